"""Texts by a small transformer encoder that is trained from nothing.

Sources: see ``kerasnas/blocks/sequence/transformer.py``.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers
from ..sequence.shortening import shortened
from ..sequence.transformer import stack


@block("transformer")
def transformer(
    tokens: Any,
    *,
    vocabulary: int,
    stride: int = 1,
    width: Any = Choice(64, 128, default=64),
    rate: Any = FloatRange(0.0, 0.5, default=0.2),
) -> Any:
    """Word numbers to a vector: ``(length,)`` -> ``(width,)``.

    Args:
        tokens: ``(length,)`` integers below ``vocabulary``; zeros at the end are padding.
        vocabulary: How many there are.
        stride: So many words become one place before, by a convolution: for long texts.
        width: Of a word's embedding and of every layer.
        rate: Dropout on embeddings and in each layer.
    """
    x = layers.SpatialDropout1D(rate)(layers.Embedding(vocabulary, width, name="embedding")(tokens))
    x, real = shortened(x, tokens, stride)
    return stack(x, real, rate=rate, name="stack")
