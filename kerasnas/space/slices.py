"""Which decisions a number or a tensor's shape depends on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .expression import Expr
from .graph import Nested, Node, Region, nest_leaves, nodes
from .value import Value


def reads(x: Any) -> Iterator[str]:
    """Paths of the decisions that the expressions in a nest depend on directly."""
    for expression in nest_leaves(Expr, x):
        for ref in expression.refs():
            yield ref.decision.path
    for inner in nest_leaves(Nested, x):
        yield from reads(inner.config)


def _dims(x: Any) -> Iterator[Value]:
    for expression in nest_leaves(Expr, x):
        for one in expression.dims():
            yield one.tensor
    for inner in nest_leaves(Nested, x):
        yield from _dims(inner.config)


def shaping(regions: list[Region]) -> set[str]:
    """Decisions that conditions on tensor sizes depend on, as far as such a condition matters to a count.

    Shapes flow backwards: from a condition to the tensors whose sizes it reads, the calls that give them,
    their arguments, and the
    decisions in all of these; and from anything inside a branch to what that branch turns on.
    """
    guards: dict[int, list[Node]] = {}
    declared: dict[str, list[Node]] = {}
    for region in regions:
        _guards(region, [], guards, declared)
    found: set[str] = set()
    seen: set[int] = set()
    todo: list[Any] = []
    for region in regions:
        for node in nodes(region):
            if isinstance(node.index, Expr) and any(True for _ in node.index.dims()) and _matters(node):
                todo += [node.index, *guards[id(node)]]
    while todo:
        x = todo.pop()
        if isinstance(x, Node):
            if id(x) in seen:
                continue
            seen.add(id(x))
            read = (
                x.config,
                x.args,
                x.kwargs,
                x.index if isinstance(x.index, Expr) else None,
                [r.out for r in x.regions],
            )
            todo += [read, *guards[id(x)]]
            continue
        todo += [v.node for v in (*nest_leaves(Value, x), *_dims(x))]
        for path in set(reads(x)) - found:
            found.add(path)
            todo += [guard for node in declared.get(path, ()) for guard in guards[id(node)]]
    return found


def _guards(
    region: Region, above: list[Node], guards: dict[int, list[Node]], declared: dict[str, list[Node]]
) -> None:
    for node in region.nodes:
        guards[id(node)] = above
        if node.kind == "decide":
            declared.setdefault(node.index.path, []).append(node)
        for inner in node.regions:
            _guards(inner, [*above, node] if node.kind == "pick" else above, guards, declared)


def _matters(node: Node) -> bool:
    return node.kind == "require" or any(
        n.kind in ("decide", "require") for r in node.regions for n in nodes(r)
    )
