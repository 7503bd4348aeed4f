"""Pictures or texts by the features of a frozen, pretrained encoder, computed once for all candidates."""

from __future__ import annotations

from typing import Any

from ..space import Choice, FloatRange, block, layers


@block("frozen")
def frozen(
    features: Any,
    *,
    units: Any = Choice(128, 256, 512, default=256),
    rate: Any = FloatRange(0.0, 0.6, default=0.3),
) -> Any:
    """Normalise the features, drop some, and learn a layer on them: ``(d,)`` -> ``(units,)``."""
    x = layers.BatchNormalization(momentum=0.9)(features)
    x = layers.Dropout(rate)(x)
    return layers.Dense(units, activation="relu", name="dense")(x)
