"""Inverted bottlenecks: widen, look at each channel, weigh the channels, narrow.

Sources: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: inverted residuals and linear bottlenecks", 2018; Tan, Le,
"EfficientNet: rethinking model scaling for convolutional neural networks", 2019 (with squeeze-and-excitation).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, channels, layers, pick, repeat, size, when
from .attention import attentions
from .augment import PLAIN
from .pooling import pools
from .stem import MOMENTUM, dropped, opening, prepared, staged


@block("unit")
def _unit(
    x: Any, *, filters: Any, stride: int, expand: Any, kernel: Any, attend: Any, drop: float, activation: Any
) -> Any:
    y = layers.Conv2D(channels(x) * expand, 1, use_bias=False, name="widen")(x)
    y = layers.Activation(activation)(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name="look")(y)
    y = layers.Activation(activation)(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.Conv2D(filters, 1, use_bias=False, name="narrow")(pick(attend, y))
    y = layers.BatchNormalization(momentum=MOMENTUM)(y)
    same = (channels(x) == channels(y)) & (size(x) == size(y))
    return when(same, lambda: layers.Add()([x, dropped(y, drop)]), y, name="around")


@block("mbconv")
def mbconv(
    pixels: Any,
    *,
    downscale: Any = None,
    stages: int = 3,
    augment: Any = Choice(**PLAIN, default="shift"),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(16, 24, 32, default=24),
    depth: Any = IntRange(1, 3, default=2),
    expand: Any = Choice(2, 4, 6, default=4),
    kernel: Any = Choice(3, 5),
    attend: Any = attentions("squeeze_excite"),
    drop: float = 0.05,
    pool: Any = pools(),
    activation: Any = Choice("relu", "silu", default="silu"),
) -> Any:
    """Pictures to a vector.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        stages: How often the picture is halved after the stem, plus one; the width grows by half of itself each time.
        augment: What is done to training pictures.
        stride: Of the first convolution; 2 is nearly four times as fast.
        width: Channels of the first stage.
        depth: Units a stage.
        expand: How many times a unit is wider inside.
        kernel: Of the windows.
        attend: Attention inside each unit.
        drop: Share of rows that go around a unit while training.
        pool: How the last map becomes a vector.
        activation: Of each unit.

    Returns:
        A vector of ``4 * width`` numbers.
    """
    x = opening(prepared(pixels, downscale, augment), width, stride, activation)
    for stage in range(stages):
        step = _unit.using(
            filters=width * (2 + stage) // 2, expand=expand, kernel=kernel, attend=attend, drop=drop, activation=activation
        )  # fmt: skip
        x = repeat(depth, staged(step, 1 if stage == 0 else 2), x, f"stage{stage}")
    x = layers.Conv2D(4 * width, 1, use_bias=False, name="last")(x)
    x = layers.Activation(activation)(layers.BatchNormalization(momentum=MOMENTUM)(x))
    return pick(pool, x)
