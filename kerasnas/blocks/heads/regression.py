"""The last layers of a regressor."""

from __future__ import annotations

from typing import Any

from ...space import FloatRange, block, layers


@block("regression")
def regression(x: Any, *, rate: Any = FloatRange(0.0, 0.3, default=0.05)) -> Any:
    """One standardised number: ``(d,)`` -> ``(1,)``; the bundle scales it back."""
    return layers.Dense(1, name="value", dtype="float32")(layers.Dropout(rate)(x))
