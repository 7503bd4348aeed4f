"""Layers of a transformer encoder, each with attention or a convolution.

Sources: Vaswani et al., "Attention is all you need", 2017; Xiong et al., "On layer normalization in the transformer architecture", 2020
(normalisation first, which needs no warm-up); Xu et al., "NAS-BERT", 2021, and Tuli et al., "FlexiBERT", 2022 (depth, heads, inner width
and the kind of mixing as decisions of each layer).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, channels, layers, pick, repeat


@block("attention")
def attention(x: Any, real: Any, *, heads: Any = Choice(4, 2, 8)) -> Any:
    """Each place looks at all real ones: ``(length, d)`` -> ``(length, d)``."""
    mixed = layers.MultiHeadAttention(heads, channels(x) // heads, name="heads")
    return mixed(x, x, key_mask=real)


@block("convolution")
def convolution(x: Any, real: Any, *, window: Any = Choice(5, 3, 9)) -> Any:
    """Each place looks at its neighbours, by a separable convolution: ``(length, d)`` -> ``(length, d)``."""
    near = layers.SeparableConv1D(channels(x), window, padding="same", name="near")
    return near(layers.KeepReal()(x, real))


@block("layer")
def layer(
    x: Any,
    real: Any,
    *,
    mixer: Any = Choice(attention=attention, convolution=convolution),
    ratio: Any = Choice(2, 1, 4),
    rate: Any = 0.1,
) -> Any:
    """Mix the places, then bend each: ``(length, d)`` -> ``(length, d)``.

    Args:
        x: The sequence.
        real: Its mask.
        mixer: How places see each other.
        ratio: Width of the net at each place, as a multiple of the sequence's.
        rate: Dropout on what either part adds.
    """
    width = channels(x)
    mixed = pick(mixer, layers.LayerNormalization(name="normal")(x), real)
    x = layers.Add()([x, layers.Dropout(rate)(mixed)])
    y = layers.LayerNormalization(name="inner_normal")(x)
    y = layers.Dense(width * ratio, activation="gelu", name="inner")(y)
    y = layers.Dense(width, name="outer")(y)
    return layers.Add()([x, layers.Dropout(rate)(y)])


@block("stack")
def stack(
    x: Any,
    real: Any,
    *,
    depth: Any = IntRange(1, 4, default=2),
    rate: Any = 0.1,
    pool: Any = Choice("mean", "max", "attention", "first"),
) -> Any:
    """Positions, layers, pooling: ``(length, d)`` -> ``(d,)``.

    Args:
        x: The sequence; a width that 8 divides.
        real: Its mask.
        depth: Layers.
        rate: Dropout in each.
        pool: How places become one vector.
    """

    def one(x: Any, name: str) -> Any:
        return layer(x, real, rate=rate, name=name)

    x = repeat(depth, one, layers.SequencePositions(name="positions")(x), "layer")
    x = layers.LayerNormalization(name="normal")(x)
    return layers.SequencePooling(pool, name="pool")(x, real)
