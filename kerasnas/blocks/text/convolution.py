"""Texts by embeddings and convolutions over windows of words.

Source: Kim, "Convolutional neural networks for sentence classification", 2014.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("convolution")
def convolution(
    tokens: Any,
    *,
    vocabulary: int,
    width: Any = Choice(64, 128),
    filters: Any = Choice(64, 128, 192),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
) -> Any:
    """Word numbers to a vector: windows of 2, 3 and 4 words, each filter's strongest match kept.

    Args:
        tokens: ``(length,)`` integers below ``vocabulary``.
        vocabulary: How many there are.
        width: Of a word's embedding.
        filters: A window size.
        rate: Dropout on embeddings.
    """
    x = layers.SpatialDropout1D(rate)(layers.Embedding(vocabulary, width, name="embedding")(tokens))
    found = [
        layers.GlobalMaxPooling1D()(
            layers.Conv1D(filters, k, padding="same", activation="relu", name=f"window{k}")(x)
        )
        for k in (2, 3, 4)
    ]
    return layers.Concatenate()(found)
