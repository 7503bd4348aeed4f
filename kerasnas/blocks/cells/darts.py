"""The cells of NASNet and DARTS, and the network in which a normal and a reduction cell are repeated.

Sources: Zoph and others, "Learning transferable architectures for scalable image recognition", 2018; Liu, Simonyan, Yang,
"DARTS: differentiable architecture search", 2019.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, channels, layers, pick, tied, when

NODES = 4


def normal(x: Any) -> Any:
    """Batch normalisation as in the papers."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


@block("pointwise")
def pointwise(x: Any, *, filters: Any) -> Any:
    """ReLU, pointwise convolution, normalisation."""
    return normal(layers.Conv2D(filters, 1, use_bias=False, name="convolution")(layers.ReLU()(x)))


@block("halved")
def halved(x: Any, *, filters: Any) -> Any:
    """Half the map without losing half of it: two strided convolutions, one moved by a pixel. ``(h, w, c)`` -> ``(h/2, w/2, filters)``."""
    x = layers.ReLU()(x)
    moved = layers.ZeroPadding2D(((0, 1), (0, 1)))(layers.Cropping2D(((1, 0), (1, 0)))(x))
    half = filters // 2
    kept = layers.Conv2D(half, 1, strides=2, padding="same", use_bias=False, name="kept")(x)
    rest = layers.Conv2D(filters - half, 1, strides=2, padding="same", use_bias=False, name="moved")(moved)
    return normal(layers.Concatenate()([kept, rest]))


def max_pool_3x3(x: Any, stride: Any) -> Any:
    """The largest of three by three."""
    return layers.MaxPooling2D(3, strides=stride, padding="same")(x)


def avg_pool_3x3(x: Any, stride: Any) -> Any:
    """The mean of three by three."""
    return layers.AveragePooling2D(3, strides=stride, padding="same")(x)


def skip_connect(x: Any, stride: Any) -> Any:
    """The tensor itself, halved where the cell halves."""
    return when(stride > 1, lambda: halved(x, filters=channels(x)), x)


def separable(x: Any, kernel: int, stride: Any) -> Any:
    """A separable convolution, twice."""
    for strides in (stride, 1):
        x = layers.SeparableConv2D(channels(x), kernel, strides=strides, padding="same", use_bias=False)(
            layers.ReLU()(x)
        )
        x = normal(x)
    return x


def dilated(x: Any, kernel: int, stride: Any) -> Any:
    """A separable convolution of every second pixel; with a stride of 2 these are the pixels that a smaller map holds."""
    x = layers.ReLU()(x)
    x = when(stride > 1, lambda: layers.MaxPooling2D(1, strides=2, padding="same")(x), x)
    wide = when(stride > 1, 1, 2)
    return normal(
        layers.SeparableConv2D(channels(x), kernel, dilation_rate=wide, padding="same", use_bias=False)(x)
    )


def sep_conv_3x3(x: Any, stride: Any) -> Any:
    """Separable, three by three."""
    return separable(x, 3, stride)


def sep_conv_5x5(x: Any, stride: Any) -> Any:
    """Separable, five by five."""
    return separable(x, 5, stride)


def dil_conv_3x3(x: Any, stride: Any) -> Any:
    """Dilated, three by three."""
    return dilated(x, 3, stride)


def dil_conv_5x5(x: Any, stride: Any) -> Any:
    """Dilated, five by five."""
    return dilated(x, 5, stride)


OPERATION = Choice(
    max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, dil_conv_5x5, default="sep_conv_3x3"
)  # fmt: skip


def one_of(states: list[Any], index: Any) -> Any:
    """The tensor that a decision names."""
    found = states[-1]
    for number in reversed(range(len(states) - 1)):
        found = when(index == number, states[number], found)
    return found


@block("node")
def node(
    *states: Any,
    reducing: bool,
    first: Any,
    second: Any,
    first_operation: Any = OPERATION,
    second_operation: Any = OPERATION,
) -> Any:
    """The sum of an operation on each of two earlier tensors."""
    parts = []
    for index, operation in ((first, first_operation), (second, second_operation)):
        stride = when(index < 2, 2, 1) if reducing else 1
        parts.append(pick(operation, one_of(list(states), index), stride))
    return layers.Add()(parts)


@block("cell")
def cell(before: Any, last: Any, *, filters: Any, reducing: bool, nodes: int, smaller: bool) -> Any:
    """Nodes on the outputs of the last two cells, all of them side by side: ``(h, w, nodes * filters)``.

    Args:
        before: What the cell before the last one gave; twice as large if ``smaller``.
        last: What the last cell gave.
        filters: Channels a node.
        reducing: Whether the map is halved.
        nodes: How many.
        smaller: Whether the last cell halved the map.
    """
    states = [
        (halved if smaller else pointwise)(before, filters=filters, name="before"),
        pointwise(last, filters=filters, name="last"),
    ]
    for number in range(nodes):
        step = node.using(
            reducing=reducing, first=IntRange(0, number + 1), second=IntRange(0, number + 1, default=1)
        )
        states.append(step(*states, name=f"node{number}"))
    return layers.Concatenate()(states[2:])


@block("darts")
def network(pixels: Any, *, width: int = 36, cells: int = 20, nodes: int = NODES) -> Any:
    """Pictures to a vector through one normal cell, repeated, and one reduction cell, after a third and two thirds of the depth.

    Args:
        pixels: ``(h, w, c)``, standardised.
        width: Channels a node in the first third; they double with each reduction.
        cells: How many cells.
        nodes: Nodes a cell.
    """
    kinds = {False: tied(cell, "normal"), True: tied(cell, "reduce")}
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(
        layers.Conv2D(3 * width, 3, padding="same", use_bias=False, name="stem")(pixels)
    )
    before, smaller = x, False
    for number in range(cells):
        reducing = number in (cells // 3, 2 * cells // 3)
        width = 2 * width if reducing else width
        made = kinds[reducing](
            before, x, filters=width, reducing=reducing, nodes=nodes, smaller=smaller, name=f"cell{number}"
        )
        before, x, smaller = x, made, reducing
    return layers.GlobalAveragePooling2D(name="pool")(x)
