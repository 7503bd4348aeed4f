"""The inverted residual of MobileNetV2, with kernel, expansion and stride to choose: what mobile search spaces are made of.

Sources: Sandler and others, "MobileNetV2: inverted residuals and linear bottlenecks", 2018; Cai, Zhu, Han, "ProxylessNAS", 2019.
"""

from __future__ import annotations

from typing import Any

from ...space import block, channels, layers, when

MOMENTUM, EPSILON = 0.9, 1e-5


def normalised(x: Any) -> Any:
    """Batch normalisation with the statistics' momentum and the epsilon that PyTorch has by default."""
    return layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON)(x)


@block("mbconv")
def inverted(
    x: Any, *, filters: Any, kernel: Any = 3, expand: Any = 6, strides: int = 1, activation: Any = "relu"
) -> Any:
    """Widen, look at neighbours, narrow; with a way around where sizes stay: ``(h, w, c)`` -> ``(h/strides, w/strides, filters)``.

    Args:
        x: ``(h, w, c)``.
        filters: Channels that it gives.
        kernel: Of the depthwise convolution.
        expand: How many times as wide it is inside.
        strides: Of the depthwise convolution.
        activation: After the first two normalisations.
    """
    y = normalised(layers.Conv2D(channels(x) * expand, 1, use_bias=False, name="widen")(x))
    y = layers.DepthwiseConv2D(kernel, strides=strides, padding="same", use_bias=False, name="look")(
        layers.Activation(activation)(y)
    )
    y = layers.Activation(activation)(normalised(y))
    y = normalised(layers.Conv2D(filters, 1, use_bias=False, name="narrow")(y))
    return y if strides > 1 else when(channels(x) == filters, lambda: layers.Add()([x, y]), y)
