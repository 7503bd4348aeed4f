"""The last layers of a classifier whose classes have an order."""

from __future__ import annotations

from typing import Any

from ...space import FloatRange, block, layers


@block("cumulative")
def cumulative(x: Any, *, classes: int, rate: Any = FloatRange(0.0, 0.5, default=0.2)) -> Any:
    """One score and a threshold between each two classes: ``(d,)`` -> ``(classes,)`` log-probabilities; see ``CumulativeLogits``.

    All classes share one direction, so a rare grade is learned from its neighbours.

    Source: Cao, Mirjalili, Raschka, "Rank consistent ordinal regression for neural networks with application to age estimation", 2020.
    """
    score = layers.Dense(1, use_bias=False, name="score", dtype="float32")(layers.Dropout(rate)(x))
    return layers.CumulativeLogits(classes, name="logits", dtype="float32")(score)
