"""What a supernet runs: the steps of all paths in one tree, with forks where paths part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...space.graph import Nested, Step, Tensor, nest_leaves, nest_map


@dataclass(eq=False)
class Branch:
    """One way through a fork.

    Attributes:
        items: What is computed, in order.
        out: What it gives to the rest; the same shapes in every branch of the fork.
    """

    items: list[Step | Fork]
    out: list[Tensor]


@dataclass(eq=False)
class Fork:
    """A switch: one of its branches runs.

    Attributes:
        step: Stands for the outputs: item ``i`` of it is output ``i``.
        reads: The decisions that it depends on.
        table: For each combination of their values (in the order of ``itertools.product``) the branch; what no valid
            genotype asks for goes to branch 0.
        branches: At least two.
    """

    step: Step
    reads: tuple[str, ...]
    table: tuple[int, ...]
    branches: list[Branch]
    layers: frozenset[str] = frozenset()


@dataclass(eq=False)
class Program:
    """A whole supernet.

    Attributes:
        items: In order.
        out: Tensor, or a dict of Tensors by output name.
        domains: Values of each decision that a path holds.
        forks: All of them.
        always: Layers outside of any fork.
        loose: Layers that some path may compute although no output needs them there.
    """

    items: list[Step | Fork]
    out: Any
    domains: dict[str, tuple[Any, ...]]
    forks: list[Fork] = field(default_factory=list)
    always: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.items = _needed(self.items, nest_leaves(Tensor, self.out))
        self.always = frozenset(i.node.layer for i in self.items if isinstance(i, Step) and i.node.layer)
        self._survey(self.items)
        loose: set[str] = set()
        _certain(self.items, nest_leaves(Tensor, self.out), loose)
        self.loose = frozenset(loose)
        self.always -= self.loose

    def _survey(self, items: list[Step | Fork]) -> set[str]:
        """Lists the forks, and the layers inside of each."""
        found: set[str] = set()
        for item in items:
            if isinstance(item, Fork):
                self.forks.append(item)
                item.layers = frozenset().union(*(self._survey(b.items) for b in item.branches))
                found |= item.layers
            elif item.node.layer:
                found.add(item.node.layer)
        return found


def steps(items: list[Step | Fork]) -> Iterator[Step]:
    """Every step, those of all branches too."""
    for item in items:
        if isinstance(item, Fork):
            for branch in item.branches:
                yield from steps(branch.items)
        else:
            yield item


def shapes(x: Any) -> Any:
    """A nest with every tensor replaced by its shape and dtype."""
    return nest_map(lambda t: (t.shape, t.dtype), Tensor, x)


def variant_key(step: Step) -> str:
    """What tells two configurations of one layer apart: its arguments, and the shapes that it is called on."""
    written = nest_map(lambda n: (n.target.name, repr(n.config)), Nested, step.config)
    return repr((written, shapes((step.args, step.kwargs))))


def _needed(items: list[Step | Fork], wanted: list[Tensor]) -> list[Step | Fork]:
    """The items that lead to what is wanted."""
    needed = {id(t.step) for t in wanted}
    return _pruned(items, needed)


def _pruned(items: list[Step | Fork], needed: set[int]) -> list[Step | Fork]:
    kept: list[Step | Fork] = []
    for item in reversed(items):
        if isinstance(item, Step):
            if id(item) in needed:
                needed.update(id(t.step) for t in nest_leaves(Tensor, (item.args, item.kwargs)))
                kept.append(item)
        elif id(item.step) in needed:
            for branch in item.branches:
                needed.update(id(t.step) for t in branch.out)
                branch.items = _pruned(branch.items, needed)
            kept.append(item)
    return kept[::-1]


def _certain(items: list[Step | Fork], wanted: list[Tensor], loose: set[str]) -> list[Tensor]:
    """The tensors that every path through some items needs for what is wanted; the layers that are not sure of it are listed."""
    needed: dict[int, list[Tensor]] = {}

    def need(tensors: list[Tensor]) -> None:
        for tensor in tensors:
            needed.setdefault(id(tensor.step), []).append(tensor)

    need(wanted)
    for item in reversed(items):
        if isinstance(item, Step):
            if id(item) in needed:
                need(nest_leaves(Tensor, (item.args, item.kwargs)))
            elif item.node.layer:
                loose.add(item.node.layer)
            continue
        outs = {t.item for t in needed.get(id(item.step), [])}
        if not outs:
            loose.update(item.layers)
            continue
        by_branch = [
            {(id(t.step), t.item): t for t in _certain(b.items, [b.out[i] for i in outs], loose)}
            for b in item.branches
        ]
        need([t for key, t in by_branch[0].items() if all(key in other for other in by_branch[1:])])
    return [t for tensors in needed.values() for t in tensors]
