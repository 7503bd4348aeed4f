"""Texts by the weights of their words and letter groups: strong, fast, hard to beat on little data."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers

LENGTH = 8.0  # of a row as the layer sees it: on rows of length 1 a short training does not get the layer's weights large enough


@block("tfidf")
def tfidf(
    weights: Any,
    *,
    words: Any = FloatRange(0.0, 0.6, default=0.2),
    units: Any = Choice(64, 128, 256, default=128),
    rate: Any = FloatRange(0.0, 0.6, default=0.3),
) -> Any:
    """One hidden layer over TF-IDF weights: ``(terms,)`` -> ``(units,)``.

    Args:
        weights: TF-IDF of each term; rows of length 1, so single weights are small.
        words: Dropout on terms: no single word decides.
        units: Of the layer.
        rate: Dropout on what it gives.
    """
    x = layers.Dropout(words, name="words")(layers.Rescaling(LENGTH)(weights))
    x = layers.Dense(units, activation="relu", name="dense")(x)
    return layers.Dropout(rate)(x)
