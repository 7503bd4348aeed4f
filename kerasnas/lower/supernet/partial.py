"""Space -> program: the walk of ``kerasnas.space.walk`` with the decisions left open.

Nothing is declared a second time: what a decision changes is found out by inferring shapes under each of its values.

- A branch (``pick``, ``when``, a step of ``repeat``) becomes a fork over the decisions that its condition reads.
- A decision that changes one call and no shape (a kernel under ``padding="same"``, an activation) becomes a fork around that call.
- A decision that changes a shape (a width, a stride) becomes a fork that reaches from its first use to where all shapes are the same
  again. Where that is outside of the block, the fork is around the block; where it is the space's output, there is no supernet.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

from ...errors import InfeasibleError, SpaceError
from ...space.expression import Expr
from ...space.graph import Nested, Node, Region, Step, Tensor, nest_leaves, nest_map, nodes
from ...space.space import Space
from ...space.value import Value
from ...space.walk import Infer
from .opening import Open, domains_of, refuse_masks
from .program import Branch, Fork, Program, shapes

COMBINATIONS = 256  # of the decisions that one fork may read together
CALLS = 4000  # in the whole supernet; each is traced and compiled
PLANNED = 5 * CALLS  # while looking for where shapes agree again

Items = list[Step | Fork]


class ShapingError(Exception):
    """A decision changes the shape of what leaves a region, so the fork must be further out."""

    def __init__(self, path: str, where: str) -> None:
        super().__init__(path)
        self.path, self.where = path, where


@dataclass
class Option:
    """A shaping decision under one of its values."""

    value: Any
    walk: Open
    ahead: Iterator[tuple[int, Items]]
    at: int
    items: Items = field(default_factory=list)


def program(space: Space, infer: Infer) -> Program:
    """Lay out a space as one program.

    Raises:
        SpaceError: If the space has no supernet; the message names the decision and what to do.
    """
    domains = domains_of(space)
    refuse_masks(space.root)
    start = Open(space.decisions, infer)
    start.genotype = {p: d[0] for p, d in domains.items() if len(d) == 1}
    planner = Planner(space)
    try:
        items = planner.region(space.root, start)
    except ShapingError as error:
        raise SpaceError(
            f"The space '{space.name}' has no supernet: '{error.path}' changes the shape of its output (from "
            f"'{error.where}' on), which must be the same on every path. Pin it: space.pin({{{error.path!r}: value}})."
        ) from error
    return Program(items, start.concrete(space.root.out), {p: d for p, d in domains.items() if len(d) > 1})


class Planner:
    """One layout; counts what it looks at, so that a space with too many combinations is refused in time.

    Args:
        space: What is laid out.
    """

    def __init__(self, space: Space) -> None:
        self.space, self.decisions = space, space.decisions
        self.planned = 0
        self.shaping: dict[str, None] = {}
        self._after: dict[tuple[int, int], set[int]] = {}

    def region(self, region: Region, walk: Open) -> Items:
        """All items of a region; the walk then knows its outputs.

        Raises:
            ShapingError: If an open decision changes the shape of what it gives.
            InfeasibleError: If no value of the open decisions makes a model.
        """
        items: Items = []
        for _, more in self._ahead(region, 0, walk):
            items += more
        for path in walk.open(region.out):
            raise ShapingError(path, region.label)
        return items

    def _ahead(self, region: Region, start: int, walk: Open) -> Iterator[tuple[int, Items]]:
        """Item by item: how many nodes are done, and what they became."""
        at = start
        while at < len(region.nodes):
            try:
                items = self._node(region.nodes[at], walk)
                at += 1
            except ShapingError as error:
                at, items = self._segment(region, at, walk, error)
            yield at, items

    def _node(self, node: Node, walk: Open) -> Items:
        if node.kind == "decide":
            return []
        if node.kind == "require":
            if not walk.open(node.index) and not node.index.at(walk):
                raise InfeasibleError(f"`{node.index!r}` is demanded, and does not hold.")
            return []
        if node.kind == "block":
            items = self.region(node.regions[0], walk)
            walk.values[node] = walk.concrete(node.regions[0].out)
            return items
        return self._pick(node, walk) if node.kind == "pick" else self._call(node, walk)

    # -- forks

    def _pick(self, node: Node, walk: Open) -> Items:
        read = walk.open(node.index)
        combinations = self._combinations(read, node)
        table = [_index(node, walk.knowing(c)) for c in combinations]
        ways: dict[int, tuple[Open, Items]] = {}
        for way in sorted({b for b in table if b is not None}):
            asked = [c for c, b in zip(combinations, table, strict=True) if b == way]
            only = {p: asked[0][p] for p in read if all(c[p] == asked[0][p] for c in asked)}
            inner = walk.knowing(only)
            try:
                items = self.region(node.regions[way], inner)
                inner.values[node] = inner.concrete(node.regions[way].out)
            except InfeasibleError:
                continue
            ways[way] = (inner, items)
        if not ways:
            raise InfeasibleError(f"No branch of '{node.path}' can be computed.")
        outs = {repr(shapes(w.values[node])) for w, _ in ways.values()}
        if len(outs) > 1:
            for path in read:
                raise ShapingError(path, node.path)
        order = {way: i for i, way in enumerate(ways)}
        where = [order.get(b, 0) if b is not None else 0 for b in table]
        return self._fork(node, read, where, [*ways.values()], [node], walk)

    def _call(self, node: Node, walk: Open) -> Items:
        self._count(node)
        whole = Region([node])
        read = walk.open((node.config, node.args, node.kwargs))
        if not read:
            return [*walk.run(whole)]
        combinations = self._combinations(read, node)
        ways: list[tuple[Open, Items]] = []
        where: list[int] = []
        met: list[tuple[dict[str, Any], str]] = []
        refused: SpaceError | None = None
        for known in combinations:
            inner = walk.knowing(known)
            try:
                items: Items = [*inner.run(whole)]
            except SpaceError as error:
                refused = error
                where.append(0)
                continue
            met.append((known, repr(shapes(inner.values[node]))))
            where.append(len(ways))
            ways.append((inner, items))
        if refused is not None and not ways:
            raise refused
        if len({s for _, s in met}) > 1:
            raise ShapingError(_culprit(read, met), node.path)
        return self._fork(node, read, where, ways, [node], walk)

    def _segment(self, region: Region, start: int, walk: Open, shaping: ShapingError) -> tuple[int, Items]:
        """Fix a shaping decision from a node on, until all shapes that are still needed agree over its values."""
        path = shaping.path
        domain = self.decisions[path].domain()
        if len(domain) > COMBINATIONS:
            raise SpaceError(
                f"'{path}' has {len(domain)} values that change shapes, each of which is compiled on its own in a supernet: declare "
                "it as a Choice of a few, or restrict it."
            )
        self.shaping[path] = None
        options = []
        for value in domain:
            inner = walk.knowing({path: value})
            options.append(Option(value, inner, self._ahead(region, start, inner), start))
        refused: InfeasibleError | None = None
        goal = start + 1
        while True:
            for option in list(options):
                try:
                    while option.at < goal:
                        option.at, more = next(option.ahead)
                        option.items += more
                except InfeasibleError as error:
                    refused = error
                    options.remove(option)
            if not options:
                raise refused or InfeasibleError(f"No value of '{path}' makes a model.")
            goal = max(o.at for o in options)
            if any(o.at < goal for o in options):
                continue
            live = [n for n in _produced(region.nodes[start:goal]) if id(n) in self._later(region, goal)]
            if self._agree(live, options):
                break
            if goal == len(region.nodes):
                raise ShapingError(path, shaping.where)
            goal += 1
        for node in _produced(
            region.nodes[start:goal]
        ):  # what was made inside of a block is read for its size only
            if node in options[0].walk.values and self._agree([node], options):
                walk.values[node] = options[0].walk.values[node]
        order = dict.fromkeys(range(len(domain)), 0)
        for i, option in enumerate(options):
            order[next(k for k, v in enumerate(domain) if v is option.value)] = i
        given = [n for n in live if n in region.nodes[start:goal]]
        ways = [(o.walk, o.items) for o in options]
        return goal, self._fork(
            region.nodes[start], (path,), [order[i] for i in range(len(domain))], ways, given, walk
        )

    def _agree(self, live: list[Node], options: list[Option]) -> bool:
        seen = [repr([shapes(o.walk.values.get(n)) for n in live]) for o in options]
        return all(s == seen[0] for s in seen)

    def _later(self, region: Region, at: int) -> set[int]:
        """The nodes that the rest of a region mentions, tensors and sizes."""
        key = (id(region), at)
        if key not in self._after:
            found: set[int] = set()
            _mentioned(region.out, found)
            for node in nodes(Region(region.nodes[at:])):
                _mentioned((node.config, node.args, node.kwargs, node.index), found)
                for inner in node.regions:
                    _mentioned(inner.out, found)
            self._after[key] = found
        return self._after[key]

    def _fork(
        self,
        node: Node,
        read: tuple[str, ...],
        table: list[int],
        ways: list[tuple[Open, Items]],
        given: list[Node],
        walk: Open,
    ) -> Items:
        """A fork that gives the values of some nodes; none where only one way is left."""
        if len(ways) == 1:
            inner, items = ways[0]
            walk.values.update({n: inner.values[n] for n in given})
            walk.layers = inner.layers
            return items
        step = Step(node, {}, (), {})
        outs = [nest_leaves(Tensor, [w.values[n] for n in given]) for w, _ in ways]
        numbers = itertools.count()
        for n in given:
            walk.values[n] = nest_map(
                lambda t: Tensor(step, next(numbers), t.shape, t.dtype), Tensor, ways[0][0].values[n]
            )
        step.out = tuple(Tensor(step, i, t.shape, t.dtype) for i, t in enumerate(outs[0]))
        branches = [Branch(items, out) for (_, items), out in zip(ways, outs, strict=True)]
        return [Fork(step, read, tuple(table), branches)]

    # -- limits

    def _combinations(self, read: tuple[str, ...], node: Node) -> list[dict[str, Any]]:
        domains = [self.decisions[p].domain() for p in read]
        if prod(map(len, domains)) > COMBINATIONS:
            raise SpaceError(
                f"'{node.path}' depends on {list(read)} together: {prod(map(len, domains))} combinations, of which a supernet "
                f"compiles each. At most {COMBINATIONS}: restrict or pin some of them."
            )
        return [dict(zip(read, values, strict=True)) for values in itertools.product(*domains)]

    def _count(self, node: Node) -> None:
        self.planned += 1
        if self.planned > PLANNED:
            raise SpaceError(
                f"The supernet of '{self.space.name}' would hold too many combinations at '{node.path}': {list(self.shaping)} change "
                "shapes over long stretches, so the values of one multiply those of another. Pin or restrict some of them."
            )


def _index(node: Node, walk: Open) -> int | None:
    """Which branch is taken; None where the decisions, which no genotype holds together then, give none."""
    try:
        return int(node.index.at(walk))
    except SpaceError:
        return None


def _culprit(read: tuple[str, ...], met: list[tuple[dict[str, Any], str]]) -> str:
    """A decision that alone changes the shape."""
    for path in read:
        seen: dict[str, set[str]] = {}
        for known, shape in met:
            others = repr({p: v for p, v in known.items() if p != path})
            seen.setdefault(others, set()).add(shape)
        if any(len(s) > 1 for s in seen.values()):
            return path
    return read[0]


def _produced(made: Iterable[Node]) -> Iterator[Node]:
    """Nodes that give a value, those inside of blocks too."""
    for node in nodes(Region(list(made))):
        if node.kind not in ("decide", "require"):
            yield node


def _mentioned(x: Any, found: set[int]) -> None:
    found.update(id(v.node) for v in nest_leaves(Value, x))
    for expression in nest_leaves(Expr, x):
        found.update(id(one.tensor.node) for one in expression.dims())
    for inner in nest_leaves(Nested, x):
        _mentioned(inner.config, found)
