"""Depthwise-separable convolutions: a window a channel, then a mixing of the channels; an eighth of a convolution's work.

Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, layers, match_like, pick, repeat
from .attention import attentions
from .augment import PLAIN
from .pooling import pools
from .stem import MOMENTUM, opening, prepared, staged


@block("unit")
def _unit(x: Any, *, filters: Any, stride: int, kernel: Any, attend: Any, activation: Any) -> Any:
    y = layers.SeparableConv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name="first")(
        x
    )
    y = layers.Activation(activation)(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.SeparableConv2D(filters, kernel, padding="same", use_bias=False, name="second")(y)
    y = pick(attend, layers.BatchNormalization(momentum=MOMENTUM)(y))
    return layers.Activation(activation)(layers.Add()([y, match_like(x, y)]))


@block("separable")
def separable(
    pixels: Any,
    *,
    downscale: Any = None,
    stages: int = 3,
    augment: Any = Choice(**PLAIN, default="shift"),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(24, 32, 48, default=32),
    depth: Any = IntRange(1, 3),
    kernel: Any = Choice(3, 5),
    attend: Any = attentions(),
    pool: Any = pools(),
    activation: Any = Choice("relu", "silu"),
) -> Any:
    """Pictures to a vector.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        stages: How often the width doubles, plus one.
        augment: What is done to training pictures.
        stride: Of the first convolution; 2 is nearly four times as fast.
        width: Channels of the first stage.
        depth: Units a stage.
        kernel: Of the windows.
        attend: Attention at the end of each unit.
        pool: How the last map becomes a vector.
        activation: Of each unit.

    Returns:
        A vector of ``width * 2 ** (stages - 1)`` numbers.
    """
    x = opening(prepared(pixels, downscale, augment), width, stride, activation)
    for stage in range(stages):
        step = _unit.using(filters=width * 2**stage, kernel=kernel, attend=attend, activation=activation)
        x = repeat(depth, staged(step, 1 if stage == 0 else 2), x, f"stage{stage}")
    return pick(pool, x)
