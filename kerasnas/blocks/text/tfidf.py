"""Texts by the weights of their words and letter groups: strong, fast, hard to beat on little data."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("tfidf")
def tfidf(
    weights: Any, *, units: Any = Choice(128, 256, 512, default=256), rate: Any = FloatRange(0.0, 0.6, default=0.3)
) -> Any:
    """One hidden layer over TF-IDF weights: ``(terms,)`` -> ``(units,)``."""
    x = layers.Dense(units, activation="relu", name="dense")(weights)
    return layers.Dropout(rate)(x)
