"""A small residual ConvNet for pictures from 8 to about 128 pixels.

Sources: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2016; Hu, Shen, Sun, "Squeeze-and-excitation
networks", 2018.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, layers, match_like, pick, repeat
from .attention import squeeze_excite
from .augment import PLAIN
from .stem import MOMENTUM, opening, prepared, staged


@block("unit")
def unit(x: Any, *, filters: Any, stride: int = 1, attend: Any = None, activation: Any = "relu") -> Any:
    """Two convolutions and a way around them: ``(h, w, c)`` -> ``(h/stride, w/stride, filters)``."""
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name="first")(x)
    y = layers.Activation(activation)(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name="second")(y)
    y = pick(attend, layers.BatchNormalization(momentum=MOMENTUM)(y))
    return layers.Activation(activation)(layers.Add()([y, match_like(x, y)]))


@block("residual")
def residual(
    pixels: Any,
    *,
    downscale: Any = 1,
    stages: int = 3,
    augment: Any = Choice(**PLAIN, default="shift"),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(16, 24, 32, 48, default=24),
    depth: Any = IntRange(1, 3),
    attend: Any = Choice(none=None, squeeze_excite=squeeze_excite),
    activation: Any = Choice("relu", "silu"),
) -> Any:
    """Pictures to a vector.

    Each stage after the first halves the picture and doubles the width.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        stages: How often the width doubles, plus one.
        augment: What is done to training pictures.
        stride: Of the first convolution; 2 is nearly four times as fast.
        width: Channels of the first stage.
        depth: Units a stage.
        attend: Channel attention in each unit.
        activation: Of each unit.

    Returns:
        A vector of ``width * 2 ** (stages - 1)`` numbers.
    """
    x = prepared(pixels, downscale, augment)
    x = tower(x, stages, 1, stride, width, depth, attend, activation)
    return layers.GlobalAveragePooling2D(name="pool")(x)


def tower(
    x: Any, stages: int, first: int, stride: Any, width: Any, depth: Any, attend: Any, activation: Any
) -> Any:
    """A convolution and stages of units; each stage after the first halves the map and doubles the width, ``first`` is that one's stride."""
    x = opening(x, width, stride, activation)
    for stage in range(stages):
        step = unit.using(filters=width * 2**stage, attend=attend, activation=activation)
        x = repeat(depth, staged(step, first if stage == 0 else 2), x, f"stage{stage}")
    return x
