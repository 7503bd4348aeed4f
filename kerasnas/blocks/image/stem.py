"""What stands before the stages of every picture block, and what it is for a picture of a given size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...space import Choice, because, layers, pick

MOMENTUM = 0.9  # of normalisation statistics: short trainings must not be judged on those of the initialiser
WORKING_SIZE = 40  # pixels a side up to which a small ConvNet trains in seconds an epoch on a CPU
TINY = 16  # pixels a side below which a picture is halved once only


def prepared(pixels: Any, downscale: Any, augment: Any) -> Any:
    """Pixels ``(h, w, c)`` from 0..255 to -1..1, averaged ``downscale`` to one a side, and changed while training."""
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    if downscale is not None:
        x = layers.AveragePooling2D(downscale, name="downscale")(x)
    return pick(augment, x)


def opening(x: Any, width: Any, stride: Any, activation: Any) -> Any:
    """The first convolution: ``(h, w, c)`` -> ``(h/stride, w/stride, width)``."""
    x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False, name="stem")(x)
    return layers.Activation(activation)(layers.BatchNormalization(momentum=MOMENTUM)(x))


def staged(step: Any, stride: int) -> Callable[..., Any]:
    """A stage's units, of which the first makes the picture smaller."""

    def one(x: Any, name: str) -> Any:
        return step(x, stride=stride if name.endswith("/0") else 1, name=name)

    return one


def dropped(y: Any, rate: Any) -> Any:
    """Leave a whole branch out of some rows while training.

    Source: Huang, Sun, Liu, Sedra, Weinberger, "Deep networks with stochastic depth", 2016.
    """
    return layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name="drop")(y)


def resolution(side: int, fine: bool) -> dict[str, Any]:
    """One choice of resolution: how far a large picture is shrunk, or the stride of a small one's first convolution.

    Large ones are brought to about ``WORKING_SIZE`` pixels by default; ``fine`` offers one step less, at four times the cost.
    """
    coarse = -(-side // WORKING_SIZE)
    if coarse == 1:
        return {"downscale": None}
    why = f"{side} pixels a side, brought to about {WORKING_SIZE}: a ConvNet then trains in seconds an epoch on a CPU"
    return {"downscale": because(Choice(coarse, coarse - 1), why) if fine else coarse, "stride": 2}


def patches(side: int) -> int:
    """Pixels a side of a patch, at least two, so that about eight stand in a row."""
    return int(2 ** round(math.log2(max(2.0, side / 8))))
