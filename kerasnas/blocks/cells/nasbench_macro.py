"""The network of NAS-Bench-Macro: eight layers, three choices each.

Source: Su and others, "Prioritized architecture sampling with Monte-Carlo tree search", 2021.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, channels, layers, pick
from .mobile import inverted, normalised

STAGES = (2, 3, 3)  # layers; the first of each halves the map and doubles the width
WIDTH, LAST = 32, 1280


def _wider(x: Any, strides: int) -> Any:
    return channels(x) * strides


def operations(strides: int) -> Choice:
    """What a layer may be; identity is a pointwise convolution where sizes change."""

    def skip(x: Any) -> Any:
        return normalised(layers.Conv2D(_wider(x, strides), 1, strides=strides, use_bias=False)(x))

    def small(x: Any) -> Any:
        return inverted(x, filters=_wider(x, strides), kernel=3, expand=3, strides=strides)

    def large(x: Any) -> Any:
        return inverted(x, filters=_wider(x, strides), kernel=5, expand=6, strides=strides)

    return Choice(
        identity=None if strides == 1 else skip,
        mbconv_k3_e3=small,
        mbconv_k5_e6=large,
        default="mbconv_k3_e3",
    )


@block("layer")
def layer(x: Any, *, operation: Any) -> Any:
    """One of the three: ``(h, w, c)`` -> ``(h, w, c)``, or ``(h/2, w/2, 2c)`` where a stage begins."""
    return pick(operation, x)


@block("nasbench_macro")
def network(pixels: Any, *, width: Any = WIDTH, last: int = LAST, stages: tuple[int, ...] = STAGES) -> Any:
    """Pictures to a vector through eight layers: ``(h, w, c)`` -> ``(last,)``.

    Args:
        pixels: ``(h, w, c)``, standardised.
        width: Channels of the stem.
        last: Channels of the last convolution.
        stages: Layers a stage.
    """
    x = layers.ReLU()(
        normalised(layers.Conv2D(width, 3, padding="same", use_bias=False, name="stem")(pixels))
    )
    number = 0
    for depth in stages:
        for place in range(depth):
            x = layer(x, operation=operations(2 if place == 0 else 1), name=f"layer{number}")
            number += 1
    x = layers.ReLU()(normalised(layers.Conv2D(last, 1, use_bias=False, name="last")(x)))
    return layers.GlobalAveragePooling2D(name="pool")(x)
