"""Numbers in a row by convolutions along them.

Source: Wang, Yan and Oates, "Time series classification from scratch with deep neural networks", 2017 (the fully convolutional net).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, layers


@block("temporal")
def temporal(
    series: Any,
    *,
    stages: int = 2,
    width: Any = Choice(16, 32, 64, default=32),
    window: Any = Choice(3, 5, 9, default=5),
) -> Any:
    """A series to a vector: what is strongest along it in each map, and its mean.

    Args:
        series: ``(points, 2)``: scaled values, and where there is one.
        stages: Convolutions; each after the first looks at half as many points with twice the channels.
        width: Channels of the first.
        window: Points that one convolution sees.

    Returns:
        A vector of ``2 * width * 2 ** (stages - 1)`` numbers.
    """
    x = series
    for stage in range(stages):
        x = layers.Conv1D(
            width * 2**stage,
            window,
            strides=2 if stage else 1,
            padding="same",
            use_bias=False,
            name=f"stage{stage}",
        )(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    mean = layers.GlobalAveragePooling1D(name="mean")(x)
    return layers.Concatenate()([mean, layers.GlobalMaxPooling1D(name="strongest")(x)])
