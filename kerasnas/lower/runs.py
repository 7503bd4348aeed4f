"""Blocks that follow each other and are equal: where a reader wants to see one, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..space.graph import Step, Tensor, leaves, nest_leaves, nest_map


@dataclass(frozen=True)
class Run:
    """Equal blocks in a chain.

    Attributes:
        blocks: In order; each reads what the one before gave.
    """

    blocks: tuple[Step, ...]

    @property
    def name(self) -> str:
        """What the blocks are called, with their number."""
        return f"{str(self.blocks[0].node.target).rpartition('/')[2]} x {len(self.blocks)}"

    @property
    def detail(self) -> str:
        """Their paths, and what they all take."""
        inside = [s for block in self.blocks for s in leaves([block])]
        layers = {s.node.layer: s.parameters for s in inside if s.node.layer}
        flops = None if any(s.flops is None for s in inside) else sum(s.flops or 0 for s in inside)
        shown = "unknown FLOPs" if flops is None else f"{flops:,} FLOPs"
        first, last = self.blocks[0].node.path, self.blocks[-1].node.path
        return f"{first} to {last}: {len(self.blocks)} equal blocks, {sum(layers.values()):,} parameters and {shown} in all"


def entries(steps: list[Step], readers: Callable[[Step], set[int]], fold: bool) -> list[Step | Run]:
    """Steps in order: those of blocks in place of the block, but equal blocks in a chain as one.

    Args:
        steps: Blocks nested.
        readers: The steps, by ``id``, that read a step's outputs.
        fold: Whether equal blocks are put together.
    """
    found: list[Step | Run] = []
    i = 0
    while i < len(steps):
        step = steps[i]
        if step.steps is None:
            found.append(step)
            i += 1
            continue
        end = i + 1
        while fold and end < len(steps) and _follows(steps[end - 1], steps[end], readers):
            end += 1
        if end - i > 1:
            found.append(Run(tuple(steps[i:end])))
        else:
            found += entries(step.steps, readers, fold)
        i = end
    return found


def _follows(a: Step, b: Step, readers: Callable[[Step], set[int]]) -> bool:
    """Whether a block is equal to the one before, which nothing but it reads."""
    if b.steps is None or a.node.target != b.node.target or _signature(a) != _signature(b):
        return False
    inside = {id(s) for s in leaves([a])}
    allowed = inside | {id(s) for s in leaves([b])}
    outside = set().union(*(readers(s) for s in leaves([a]))) - inside
    return bool(outside) and outside <= allowed


def _signature(block: Step) -> tuple[Any, ...]:
    """All that a block computes, whatever it is called and wherever it stands."""
    inside = list(leaves([block]))
    place: dict[tuple[int, Any], Any] = {}

    def wired(tensor: Tensor) -> Any:
        key = (id(tensor.step), repr(tensor.item))
        return place.setdefault(key, ("given", len(place)))

    said = []
    for number, step in enumerate(inside):
        given = repr(nest_map(wired, Tensor, (step.args, step.kwargs)))
        outs = nest_leaves(Tensor, step.out)
        place.update({(id(step), repr(t.item)): ("made", number, repr(t.item)) for t in outs})
        shapes = tuple(t.shape for t in outs)
        said.append((step.node.target, _plain(step.config), given, shapes))
    return (*said, repr(nest_map(wired, Tensor, block.out)))


def _plain(config: dict[str, Any]) -> str:
    """Arguments as text that is equal where they are."""
    return repr(
        {k: (type(v).__name__, v.get_config()) if hasattr(v, "get_config") else v for k, v in config.items()}
    )
