"""A walk with decisions left open, and what a space must be like for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import SpaceError
from ...space.decision import Decision
from ...space.graph import Region, Tensor, nodes
from ...space.slices import reads
from ...space.space import Space
from ...space.value import Value
from ...space.walk import Infer, Walk


class Open(Walk):
    """A walk in which some decisions are known and the others open."""

    def __init__(self, decisions: Mapping[str, Decision], infer: Infer) -> None:
        super().__init__(decisions, {}, None, infer)

    def knowing(self, known: Mapping[str, Any]) -> Open:
        """The same place with more decisions known; what is computed from there on is apart."""
        made = Open(self.decisions, self.infer)
        made.genotype = {**self.genotype, **known}
        made.values, made.layers = dict(self.values), dict(self.layers)
        return made

    def tensor(self, value: Value) -> Tensor:
        """The concrete tensor of a recorded one.

        Raises:
            SpaceError: If its shape is not the same on every path.
        """
        if value.node not in self.values:
            raise SpaceError(
                f"The size of '{value.node.path}' is read outside of its block, and differs between paths there, which a "
                "supernet cannot follow: read it inside, or pin the decisions that it depends on."
            )
        return super().tensor(value)

    def open(self, x: Any) -> tuple[str, ...]:
        """The open decisions that the expressions in a nest read."""
        return tuple(dict.fromkeys(p for p in reads(x) if p not in self.genotype))


def domains_of(space: Space) -> dict[str, tuple[Any, ...]]:
    """The values of every decision that the model reads.

    Raises:
        SpaceError: If one is a real number.
    """
    read: set[str] = set(reads(space.root.out))
    for node in nodes(space.root):
        index = None if node.kind == "decide" else node.index
        read.update(reads((node.config, node.args, node.kwargs, index, [r.out for r in node.regions])))
    found = {}
    for path, decision in space.decisions.items():
        if path not in read:
            continue
        if not decision.discrete:
            low, high = decision.options
            raise SpaceError(
                f"The space '{space.name}' has no supernet: '{path}' is a real number in [{low}, {high}], and a path "
                f"holds options that can be counted. Pin it: space.pin({{{path!r}: {decision.default}}}), or declare it as a Choice."
            )
        found[path] = decision.domain()
    return found


def refuse_masks(root: Region) -> None:
    """Refuse layers whose masks travel beside their outputs.

    Raises:
        SpaceError: If there is one.
    """
    for node in nodes(root):
        if node.kind == "layer" and (node.target.short == "Masking" or node.config.get("mask_zero")):
            raise SpaceError(
                f"'{node.path}' makes an implicit mask, which does not pass through a supernet's switch. Multiply by an explicit "
                "mask instead, ops.not_equal(ids, 0)."
            )
