"""Each modality predicts by itself; the predictions are averaged."""

from __future__ import annotations

from typing import Any

from ...space import FloatRange, block, layers


@block("late")
def late(*vectors: Any, outputs: int, rate: Any = FloatRange(0.0, 0.5, default=0.3)) -> Any:
    """A head a modality and the mean of what they say: ``(outputs,)`` logits or numbers; no head follows.

    Under modality dropout some rows train each head alone: the auxiliary loss of a modality, without an output of its own.

    Source: Kittler, Hatef, Duin, Matas, "On combining classifiers", 1998 (the product rule: the mean of logits).

    Args:
        vectors: ``(d,)`` each.
        outputs: Logits or numbers of the task.
        rate: Dropout on each vector.
    """
    said = [
        layers.Dense(outputs, name=f"says{i}", dtype="float32")(layers.Dropout(rate)(vector))
        for i, vector in enumerate(vectors)
    ]
    return layers.Average()(said) if len(said) > 1 else said[0]
