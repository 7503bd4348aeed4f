"""The ResNet family: which unit is repeated is a decision.

Sources: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2016 (basic and bottleneck units); the same,
"Identity mappings in deep residual networks", 2016 (pre-activation).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, at_least, block, layers, match_like, pick, repeat
from .attention import attentions
from .augment import PLAIN
from .pooling import pools
from .stem import MOMENTUM, opening, prepared, staged


def _settled(x: Any, activation: Any = None) -> Any:
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    return x if activation is None else layers.Activation(activation)(x)


def basic(x: Any, filters: Any, stride: int, attend: Any, activation: Any) -> Any:
    """Two 3x3 convolutions and a way around them."""
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name="first")(x)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name="second")(_settled(y, activation))
    y = pick(attend, _settled(y))
    return layers.Activation(activation)(layers.Add()([y, match_like(x, y)]))


def bottleneck(x: Any, filters: Any, stride: int, attend: Any, activation: Any) -> Any:
    """A 3x3 convolution between two 1x1 ones that narrow to a half and widen again: less than half of the basic unit's weights."""
    narrow = at_least(filters // 2, 4)
    y = layers.Conv2D(narrow, 1, use_bias=False, name="narrow")(x)
    y = layers.Conv2D(narrow, 3, strides=stride, padding="same", use_bias=False, name="look")(
        _settled(y, activation)
    )
    y = layers.Conv2D(filters, 1, use_bias=False, name="widen")(_settled(y, activation))
    y = pick(attend, _settled(y))
    return layers.Activation(activation)(layers.Add()([y, match_like(x, y)]))


def preactivation(x: Any, filters: Any, stride: int, attend: Any, activation: Any) -> Any:
    """The basic unit with normalisation and activation before each convolution, and nothing on the way around."""
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name="first")(
        _settled(x, activation)
    )
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name="second")(_settled(y, activation))
    y = pick(attend, y)
    return layers.Add()([y, match_like(x, y)])


@block("unit")
def _unit(x: Any, *, kind: Any, filters: Any, stride: int, attend: Any, activation: Any) -> Any:
    return pick(kind, x, filters, stride, attend, activation)


@block("resnet")
def resnet(
    pixels: Any,
    *,
    downscale: Any = None,
    stages: int = 3,
    augment: Any = Choice(**PLAIN, default="shift"),
    unit: Any = Choice(basic=basic, bottleneck=bottleneck, preactivation=preactivation),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(16, 24, 32, 48, default=32),
    depth: Any = IntRange(1, 3),
    attend: Any = attentions(),
    pool: Any = pools(),
    activation: Any = Choice("relu", "silu"),
) -> Any:
    """Pictures to a vector.

    Each stage after the first halves the picture and doubles the width.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        stages: How often the width doubles, plus one.
        augment: What is done to training pictures.
        unit: What is repeated.
        stride: Of the first convolution; 2 is nearly four times as fast.
        width: Channels of the first stage.
        depth: Units a stage.
        attend: Attention at the end of each unit.
        pool: How the last map becomes a vector.
        activation: Of each unit.

    Returns:
        A vector of ``width * 2 ** (stages - 1)`` numbers.
    """
    x = opening(prepared(pixels, downscale, augment), width, stride, activation)
    for stage in range(stages):
        step = _unit.using(kind=unit, filters=width * 2**stage, attend=attend, activation=activation)
        x = repeat(depth, staged(step, 1 if stage == 0 else 2), x, f"stage{stage}")
    return pick(pool, _settled(x, activation))
