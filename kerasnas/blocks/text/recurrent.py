"""Texts by a recurrent layer that reads them from both ends.

Source: Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers
from ..sequence.recurrent import both_ways
from ..sequence.shortening import shortened


@block("recurrent")
def recurrent(
    tokens: Any,
    *,
    vocabulary: int,
    stride: int = 1,
    width: Any = Choice(64, 128, default=128),
    rate: Any = FloatRange(0.0, 0.6, default=0.3),
) -> Any:
    """Word numbers to a vector: ``(length,)`` -> ``(2 * units,)``.

    Args:
        tokens: ``(length,)`` integers below ``vocabulary``; zeros at the end are padding.
        vocabulary: How many there are.
        stride: So many words become one place before, by a convolution: for long texts.
        width: Of a word's embedding.
        rate: Dropout of whole embedding channels.
    """
    x = layers.SpatialDropout1D(rate)(layers.Embedding(vocabulary, width, name="embedding")(tokens))
    x, real = shortened(x, tokens, stride)
    return both_ways(x, real, name="layer")
