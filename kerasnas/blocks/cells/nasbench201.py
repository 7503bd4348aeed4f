"""The cell of NAS-Bench-201 and the network that it is repeated in.

Source: Dong and Yang, "NAS-Bench-201: extending the scope of reproducible neural architecture search", 2020.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, channels, layers, pick, tied


def none(x: Any) -> Any:
    """Zeros. The product, not a constant, so that what leads here stays part of the model, as it was published."""
    return x * 0.0


def convolved(x: Any, filters: Any, kernel: int, strides: int = 1) -> Any:
    """ReLU, convolution, normalisation: the order in which the paper has them."""
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(layers.ReLU()(x))
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def nor_conv_1x1(x: Any) -> Any:
    """A pointwise convolution."""
    return convolved(x, channels(x), 1)


def nor_conv_3x3(x: Any) -> Any:
    """A convolution of three by three."""
    return convolved(x, channels(x), 3)


def avg_pool_3x3(x: Any) -> Any:
    """A mean over three by three."""
    return layers.AveragePooling2D(3, strides=1, padding="same")(x)


OPERATION = Choice(
    none=none, skip_connect=None, nor_conv_1x1=nor_conv_1x1, nor_conv_3x3=nor_conv_3x3, avg_pool_3x3=avg_pool_3x3,
    default="nor_conv_3x3",
)  # fmt: skip


@block("cell")
def cell(
    x: Any,
    *,
    edge0: Any = OPERATION,
    edge1: Any = OPERATION,
    edge2: Any = OPERATION,
    edge3: Any = OPERATION,
    edge4: Any = OPERATION,
    edge5: Any = OPERATION,
) -> Any:
    """Four nodes, each the sum of one operation on every node before it: ``(h, w, c)`` -> ``(h, w, c)``.

    Args:
        x: The first node.
        edge0: From node 0 to node 1.
        edge1: From node 0 to node 2.
        edge2: From node 1 to node 2.
        edge3: From node 0 to node 3.
        edge4: From node 1 to node 3.
        edge5: From node 2 to node 3.
    """
    one = pick(edge0, x)
    two = pick(edge1, x) + pick(edge2, one)
    return pick(edge3, x) + pick(edge4, one) + pick(edge5, two)


@block("reduction")
def reduction(x: Any, *, filters: Any) -> Any:
    """A residual unit that halves the map: ``(h, w, c)`` -> ``(h/2, w/2, filters)``."""
    y = convolved(convolved(x, filters, 3, strides=2), filters, 3)
    around = layers.AveragePooling2D(2)(x)
    return y + layers.Conv2D(filters, 1, use_bias=False, name="around")(around)


@block("nasbench201")
def network(pixels: Any, *, width: Any = 16, cells: int = 5, stages: int = 3) -> Any:
    """Pictures to a vector through equal cells in stages, with residual reductions between: ``(h, w, c)`` -> ``(width * 2 ** (stages - 1),)``.

    Args:
        pixels: ``(h, w, c)``, standardised.
        width: Channels of the first stage; each further stage doubles them.
        cells: Cells a stage, N in the paper.
        stages: Stages, 3 in the paper.
    """
    same = tied(cell, "cell")
    x = layers.Conv2D(width, 3, padding="same", use_bias=False, name="stem")(pixels)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    for stage in range(stages):
        if stage:
            x = reduction(x, filters=width * 2**stage, name=f"reduction{stage}")
        for number in range(cells):
            x = same(x, name=f"stage{stage}/cell{number}")
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x))
    return layers.GlobalAveragePooling2D(name="pool")(x)
