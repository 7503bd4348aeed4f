"""The last layers of a regressor."""

from __future__ import annotations

from typing import Any

from ...space import FloatRange, block, layers


@block("regression")
def regression(x: Any, *, units: int = 1, rate: Any = FloatRange(0.0, 0.3, default=0.05)) -> Any:
    """Standardised numbers: ``(d,)`` -> ``(units,)``; the bundle scales them back."""
    return layers.Dense(units, name="value", dtype="float32")(layers.Dropout(rate)(x))
