"""The cell of NAS-Bench-101: up to five inner vertices, any edges between them, three operations.

Source: Ying and others, "NAS-Bench-101: towards reproducible neural architecture search", 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ...space import Choice, IntRange, at_least, block, channels, layers, ops, pick, require, tied, when

VERTICES, EDGES = 7, 9
OUT = VERTICES - 1
USED_AT_FIRST = {(0, 1), (1, 2), (2, 3), (3, OUT), (0, OUT)}  # three convolutions and a way around them
IMPLIED = (OUT - 1, OUT)  # the last inner vertex has no other way on
PAIRS = [(u, v) for v in range(1, VERTICES) for u in range(v) if (u, v) != IMPLIED]
Bits = dict[tuple[int, int], Any]


def normalised(x: Any, filters: Any, kernel: int) -> Any:
    """Convolution, normalisation, ReLU."""
    x = layers.Conv2D(filters, kernel, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.997, epsilon=1e-5)(x))


def conv3x3(x: Any) -> Any:
    """A convolution of three by three."""
    return normalised(x, channels(x), 3)


def conv1x1(x: Any) -> Any:
    """A pointwise convolution."""
    return normalised(x, channels(x), 1)


def maxpool3x3(x: Any) -> Any:
    """The largest of three by three."""
    return layers.MaxPooling2D(3, strides=1, padding="same")(x)


@block("vertex")
def vertex(x: Any, *, operation: Any = Choice(conv3x3, conv1x1, maxpool3x3)) -> Any:
    """One operation: ``(h, w, c)`` -> ``(h, w, c)``."""
    return pick(operation, x)


def name_of(pair: tuple[int, int]) -> str:
    """The decision that an edge is."""
    return f"edge{pair[0]}{pair[1]}"


def _any(bits: Sequence[Any]) -> Any:
    """1 where one of the bits is, else 0."""
    found = bits[0]
    for bit in bits[1:]:
        found = at_least(found, bit)
    return found


def entered(edges: Bits, v: int) -> Any:
    """Whether an inner vertex plays a part: an edge leads to it."""
    return _any([edges[u, v] for u in range(v)])


def demand(edges: Bits) -> None:
    """At most nine edges; each leads from a vertex that plays a part, and from each such vertex one leads on.

    Each edge, as it is decided, leaves enough for the vertices that still need a way on; so a draw never ends where nothing fits.
    """
    total: Any = 0
    for place, (u, v) in enumerate(PAIRS):
        known = PAIRS[: place + 1]
        total = total + edges[u, v]
        waiting: Any = 0
        for inner in range(1, min(v, OUT - 1) + 1):
            into, on = [p for p in known if p[1] == inner], [p for p in known if p[0] == inner]
            has = _any([edges[p] for p in into])
            waiting = waiting + (has * (1 - _any([edges[p] for p in on])) if on else has)
        if u:
            require(entered(edges, u) - edges[u, v] >= 0)  # a requirement narrows what it mentions last
        if v == OUT and u:
            require(-entered(edges, u) + _any([edges[u, w] for w in range(u + 1, VERTICES)]) >= 0)
        require(waiting + total <= EDGES)
    require(_any([edges[u, OUT] for u in reversed(range(OUT))]) >= 1)


def widths(edges: Bits, filters: Any) -> dict[int, Any]:
    """Channels of each inner vertex: those that lead to the output share its channels, others are as wide as what they lead to."""
    last = [edges[v, OUT] for v in range(1, OUT)]
    count: Any = at_least(sum(last[1:], last[0]), 1)
    found: dict[int, Any] = {}
    for v in reversed(range(1, OUT)):
        before: Any = sum(last[: v - 1]) if v > 1 else 0
        shared = filters // count + when(filters % count > before, 1, 0)
        onward: Any = 0
        for w in range(v + 1, OUT):
            onward = at_least(onward, edges[v, w] * found[w])
        found[v] = when(edges[v, OUT] > 0, shared, onward)
    return found


def cut(x: Any, filters: Any) -> Any:
    """The first channels of a tensor."""
    return when(channels(x) > filters, lambda: ops.split(x, [filters], axis=-1)[0], x)


def gathered(parts: Sequence[tuple[Any, Callable[[], Any]]], join: Callable[[Any, Any], Any], x: Any) -> Any:
    """The tensors whose bit is set, joined; ``x``, which nothing reads, where none is."""
    found, some = x, None
    for bit, make in parts:

        def more(found: Any = found, some: Any = some, make: Callable[[], Any] = make) -> Any:
            made = make()
            return made if some is None else when(some > 0, lambda: join(found, made), made)

        found = when(bit > 0, more, found)
        some = bit if some is None else at_least(some, bit)
    return found


@block("cell")
def cell(x: Any, *, filters: Any, edges: Any) -> Any:
    """Vertices that each add up what leads to them; the output has side by side what leads to it: ``(h, w, filters)``."""
    wide = widths(edges, filters)
    made: dict[int, Any] = {}

    def adding(a: Any, b: Any) -> Any:
        return layers.Add()([a, b])

    for v in range(1, OUT):

        def one(v: int = v) -> Any:
            parts = [(edges[0, v], partial(normalised, x, wide[v], 1))]
            parts += [(edges[u, v], partial(cut, made[u], wide[v])) for u in range(1, v)]
            return vertex(gathered(parts, adding, x), name=f"vertex{v}")

        made[v] = when(entered(edges, v) > 0, one, x)
    last = [(edges[v, OUT], lambda v=v: made[v]) for v in range(1, OUT)]
    inner = gathered(last, lambda a, b: layers.Concatenate()([a, b]), x)
    some = _any([bit for bit, _ in last])

    def with_input() -> Any:
        around = normalised(x, filters, 1)
        return when(some > 0, lambda: adding(inner, around), around)

    return when(edges[0, OUT] > 0, with_input, inner)


@block("nasbench101")
def network(pixels: Any, *, width: int = 128, stacks: int = 3, cells: int = 3, **edges: Any) -> Any:
    """Pictures to a vector through stacks of equal cells, with pooling between: ``(h, w, c)`` -> ``(width * 2 ** (stacks - 1),)``.

    Args:
        pixels: ``(h, w, c)``, standardised.
        width: Channels of the first stack; each further one doubles them.
        stacks: How many.
        cells: Cells a stack.
        **edges: ``edge01``, ``edge02``, ...: whether an edge is there. Vertex 0 is the input, 6 the output; from 5 an edge always
            leads there, where it plays a part.
    """
    bits = {pair: edges[name_of(pair)] for pair in PAIRS}
    bits[IMPLIED] = entered(bits, IMPLIED[0])
    demand(bits)
    same = tied(cell, "cell")
    x = normalised(pixels, width, 3)
    for stack in range(stacks):
        if stack:
            x = layers.MaxPooling2D(2, name=f"halve{stack}")(x)
        for number in range(cells):
            x = same(x, filters=width * 2**stack, edges=bits, name=f"stack{stack}/cell{number}")
    return layers.GlobalAveragePooling2D(name="pool")(x)


network = network.using(**{name_of(p): IntRange(0, 1, default=int(p in USED_AT_FIRST)) for p in PAIRS})
