"""The last layers of a classifier."""

from __future__ import annotations

from typing import Any

from ...space import FloatRange, block, layers


@block("classification")
def classification(x: Any, *, classes: int, rate: Any = FloatRange(0.0, 0.5, default=0.2)) -> Any:
    """One logit a class: ``(d,)`` -> ``(classes,)``; the loss and the bundle apply softmax, or a sigmoid where a row may have several labels."""
    return layers.Dense(classes, name="logits", dtype="float32")(layers.Dropout(rate)(x))
