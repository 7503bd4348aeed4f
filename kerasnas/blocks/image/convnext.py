"""ConvNeXt at the scale of small pictures.

Source: Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, "A ConvNet for the 2020s", 2022. Left out: the learned scale of each branch,
which matters in trainings far longer than ours.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, channels, layers, pick, repeat
from .augment import PLAIN
from .pooling import pools
from .stem import dropped, prepared


@block("unit")
def _unit(x: Any, *, kernel: Any, ratio: int, drop: Any) -> Any:
    width = channels(x)
    y = layers.DepthwiseConv2D(kernel, padding="same", name="look")(x)
    y = layers.LayerNormalization(epsilon=1e-6)(y)
    y = layers.Dense(width * ratio, activation="gelu", name="widen")(y)
    y = dropped(layers.Dense(width, name="narrow")(y), drop)
    return layers.Add()([x, y])


@block("convnext")
def convnext(
    pixels: Any,
    *,
    downscale: Any = None,
    stages: int = 3,
    augment: Any = Choice(**PLAIN, default="shift"),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(24, 32, 48, default=32),
    depth: Any = IntRange(1, 3, default=2),
    kernel: Any = Choice(3, 5, 7, default=5),
    drop: Any = Choice(0.0, 0.1),
    pool: Any = pools(),
) -> Any:
    """Pictures to a vector: wide windows a channel, then a perceptron at each place.

    Args:
        pixels: ``(h, w, c)``, 0 to 255.
        downscale: Average so many pixels a side to one before anything else.
        stages: How often the width doubles, plus one.
        augment: What is done to training pictures.
        stride: Of the first convolution; 2 is nearly four times as fast.
        width: Channels of the first stage.
        depth: Units a stage.
        kernel: Of the windows; the paper's 7 is for maps of 56 and less.
        drop: Share of rows that go around a unit while training.
        pool: How the last map becomes a vector.

    Returns:
        A vector of ``width * 2 ** (stages - 1)`` numbers.
    """
    x = prepared(pixels, downscale, augment)
    x = layers.Conv2D(width, 3, strides=stride, padding="same", name="stem")(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    step = _unit.using(kernel=kernel, ratio=4, drop=drop)
    for stage in range(stages):
        if stage:
            x = layers.LayerNormalization(epsilon=1e-6)(x)
            x = layers.Conv2D(width * 2**stage, 2, strides=2, padding="same", name=f"smaller{stage}")(x)
        x = repeat(depth, step, x, f"stage{stage}")
    return layers.LayerNormalization(epsilon=1e-6)(pick(pool, x))
