"""A small vision transformer, and the transformer's layers for the hybrid.

Sources: Dosovitskiy et al., "An image is worth 16x16 words: transformers for image recognition at scale", 2021; Beyer, Zhai,
Kolesnikov, "Better plain ViT baselines for ImageNet-1k", 2022 (the mean instead of a class token).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, IntRange, block, channels, dim, layers, pick, repeat
from .augment import PLAIN
from .stem import prepared


@block("unit")
def attending(x: Any, *, heads: Any, ratio: Any, rate: Any) -> Any:
    """Each token looks at all others, then a perceptron: ``(n, d)`` -> ``(n, d)``; normalised before each."""
    width = channels(x)
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    look = layers.MultiHeadAttention(heads, width // heads, dropout=rate, name="attention")
    x = layers.Add()([x, look(y, y)])
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.Dense(width * ratio, activation="gelu", name="widen")(y)
    y = layers.Dense(width, name="narrow")(layers.Dropout(rate)(y))
    return layers.Add()([x, layers.Dropout(rate)(y)])


def tokens(x: Any) -> Any:
    """A map as a row of tokens: ``(h, w, c)`` -> ``(h * w, c)``."""
    return layers.Reshape((dim(x, 1) * dim(x, 2), channels(x)), name="tokens")(x)


def by_mean(x: Any, steps: Any) -> Any:
    """The mean of what all patches became."""
    x = steps(layers.PatchPositions(name="positions")(x))
    return layers.GlobalAveragePooling1D(name="pool")(x)


def by_class_token(x: Any, steps: Any) -> Any:
    """What became of a token of its own that looked at all patches."""
    return steps(layers.PatchPositions(class_token=True, name="positions")(x))[:, 0]


@block("vit")
def vit(
    pixels: Any,
    *,
    downscale: Any = None,
    patch: Any = Choice(4, 8),
    augment: Any = Choice(**PLAIN, default="shift"),
    width: Any = Choice(48, 64, 96, default=64),
    depth: Any = IntRange(2, 5, default=4),
    heads: Any = Choice(2, 4, default=4),
    ratio: Any = Choice(2, 4),
    rate: Any = FloatRange(0.0, 0.3, default=0.1),
    read: Any = Choice(mean=by_mean, class_token=by_class_token),
) -> Any:
    """Pictures to a vector.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        patch: Pixels a side of what becomes one token.
        augment: What is done to training pictures.
        width: Numbers a token.
        depth: Layers.
        heads: Of each layer's attention.
        ratio: How many times the perceptron is wider inside.
        rate: Dropout inside each layer.
        read: Where the vector is taken from.

    Returns:
        A vector of ``width`` numbers.
    """
    x = prepared(pixels, downscale, augment)
    x = tokens(layers.Conv2D(width, patch, strides=patch, padding="same", name="patches")(x))
    step = attending.using(heads=heads, ratio=ratio, rate=rate)
    x = pick(read, x, lambda given: repeat(depth, step, given, "layer"))
    return layers.LayerNormalization(epsilon=1e-6, name="last")(x)
