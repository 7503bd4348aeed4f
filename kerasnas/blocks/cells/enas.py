"""The macro space of ENAS: in each layer the operation and the skip connections are decisions.

Source: Pham and others, "Efficient neural architecture search via parameter sharing", 2018.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, channels, layers, pick, when
from .darts import halved, normal


def _begun(x: Any) -> Any:
    """A pointwise convolution, before every operation."""
    return layers.ReLU()(normal(layers.Conv2D(channels(x), 1, use_bias=False)(x)))


def convolved(x: Any, kernel: int) -> Any:
    """A convolution."""
    return layers.ReLU()(
        normal(layers.Conv2D(channels(x), kernel, padding="same", use_bias=False)(_begun(x)))
    )


def separated(x: Any, kernel: int) -> Any:
    """A separable convolution."""
    return layers.ReLU()(
        normal(layers.SeparableConv2D(channels(x), kernel, padding="same", use_bias=False)(_begun(x)))
    )


OPERATION = Choice(
    conv_3x3=lambda x: convolved(x, 3),
    sep_conv_3x3=lambda x: separated(x, 3),
    conv_5x5=lambda x: convolved(x, 5),
    sep_conv_5x5=lambda x: separated(x, 5),
    avg_pool_3x3=lambda x: layers.AveragePooling2D(3, strides=1, padding="same")(_begun(x)),
    max_pool_3x3=lambda x: layers.MaxPooling2D(3, strides=1, padding="same")(_begun(x)),
)


@block("layer")
def layer(x: Any, *earlier: Any, operation: Any = OPERATION, **skips: Any) -> Any:
    """An operation on the last layer, plus the layers that skip to it: ``(h, w, c)`` -> ``(h, w, c)``.

    Args:
        x: What the last layer gave.
        *earlier: What each layer gave, the first one's first.
        operation: Which.
        **skips: ``skip0``, ``skip1``, ...: whether that layer's output is added.
    """
    y = pick(operation, x)
    for number, other in enumerate(earlier):
        y = when(skips[f"skip{number}"], y + other, y, name=f"skip{number}")
    return normal(y)


@block("enas")
def network(pixels: Any, *, width: int = 36, depth: int = 12) -> Any:
    """Pictures to a vector through layers of which each may read all before it: ``(h, w, c)`` -> ``(width,)``.

    The map is halved after a third and two thirds of the layers, with all that was kept for skips.

    Args:
        pixels: ``(h, w, c)``, standardised.
        width: Channels.
        depth: How many layers.
    """
    x = normal(layers.Conv2D(width, 3, padding="same", use_bias=False, name="stem")(pixels))
    kept: list[Any] = []
    for number in range(depth):
        bits = {f"skip{i}": Choice(False, True) for i in range(number)}
        x = layer.using(**bits)(x, *kept, name=f"layer{number}")
        kept.append(x)
        if depth >= 3 and number + 1 in (depth // 3, 2 * depth // 3):
            kept = [halved(k, filters=width, name=f"layer{i}_at{number}") for i, k in enumerate(kept)]
            x = kept[-1]
    return layers.GlobalAveragePooling2D(name="pool")(x)
