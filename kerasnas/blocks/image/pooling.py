"""From a feature map to a vector: ``(h, w, c)`` -> ``(c,)``, chosen by the blocks as ``pool``."""

from __future__ import annotations

from typing import Any

from ...space import Choice, layers, ops


def mean(x: Any) -> Any:
    """The mean of each channel."""
    return layers.GlobalAveragePooling2D(name="pool")(x)


def most(x: Any) -> Any:
    """The largest value of each channel: what is somewhere in the picture."""
    return layers.GlobalMaxPooling2D(name="pool")(x)


def generalised(x: Any) -> Any:
    """Between both: a mean with a learned exponent for each channel."""
    return layers.GeneralizedMean2D(name="pool")(x)


def attention(x: Any) -> Any:
    """A mean weighted by how much each place matters, which is learned.

    Source: Ilse, Tomczak, Welling, "Attention-based deep multiple instance learning", 2018.
    """
    weight = layers.Softmax(axis=(1, 2))(layers.Conv2D(1, 1, name="score")(x))
    return ops.sum(x * weight, axis=(1, 2))


def pools() -> Choice:
    """The choice of pooling; the mean by default."""
    return Choice(mean=mean, most=most, generalised=generalised, attention=attention)
