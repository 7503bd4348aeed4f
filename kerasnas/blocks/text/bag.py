"""Texts by the embeddings of their words, wherever these stand.

Source: Joulin, Grave, Bojanowski and Mikolov, "Bag of tricks for efficient text classification", 2017.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("bag")
def bag(
    tokens: Any,
    *,
    vocabulary: int,
    width: Any = Choice(64, 128, 256, default=128),
    pool: Any = Choice("attention", "mean", "max", "mean_max"),
    rate: Any = FloatRange(0.0, 0.6, default=0.3),
) -> Any:
    """Word numbers to a vector: ``(length,)`` -> ``(width,)``, or ``(2 * width,)`` by ``mean_max``.

    Args:
        tokens: ``(length,)`` integers below ``vocabulary``; zeros at the end are padding.
        vocabulary: How many there are.
        width: Of a word's embedding.
        pool: How words become one vector.
        rate: Dropout of whole embedding channels.
    """
    real = layers.SequenceMask()(tokens)
    x = layers.SpatialDropout1D(rate)(layers.Embedding(vocabulary, width, name="embedding")(tokens))
    return layers.SequencePooling(pool, name="pool")(x, real)
