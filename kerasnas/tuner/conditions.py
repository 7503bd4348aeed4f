"""When a decision is active, said in KerasTuner's words: one parent and the values of it that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..space import Decision, Space
from ..space.expression import Expr
from ..space.graph import Node, Region


@dataclass(frozen=True)
class Condition:
    """A decision is active only while its parent has one of some values."""

    parent: str
    values: tuple[Any, ...]


@dataclass
class _One:
    """What an expression asks a walk for, where one decision is known and nothing else."""

    path: str
    known: Any

    def value(self, decision: Decision) -> Any:  # noqa: ARG002  (as a walk is asked)
        """The known value."""
        return self.known

    def position(self, decision: Decision) -> int:
        """Which option it is."""
        return decision.options.index(self.known)


def conditions(space: Space) -> dict[str, tuple[Condition, ...]]:
    """For each decision the conditions under which it is active, outermost first.

    A branch that turns on several decisions, on a tensor's size or on a real number cannot be said as one parent with values. What
    lies in it stands without that condition: KerasTuner then draws a value also where nothing reads it, which is harmless.
    """
    found: dict[str, tuple[Condition, ...]] = {}
    for region in (space.root, space.settings):
        if region is not None:
            _collect(region, (), space.decisions, found)
    return found


def _collect(
    region: Region,
    stack: tuple[Condition, ...],
    decisions: Mapping[str, Decision],
    found: dict[str, tuple[Condition, ...]],
) -> None:
    for node in region.nodes:
        if node.kind == "decide":
            path = node.index.path
            found[path] = stack if path not in found else _common(found[path], stack)
        elif node.kind == "pick":
            for position, branch in enumerate(node.regions):
                condition = _condition(node, position, decisions)
                _collect(branch, stack if condition is None else (*stack, condition), decisions, found)
        else:
            for inner in node.regions:
                _collect(inner, stack, decisions, found)


def _common(first: tuple[Condition, ...], second: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """What holds in both of two places that ask one decision: the shared beginning; values of the same parent joined."""
    kept: list[Condition] = []
    for a, b in zip(first, second, strict=False):
        if a.parent != b.parent:
            break
        kept.append(Condition(a.parent, a.values + tuple(v for v in b.values if v not in a.values)))
        if a != b:
            break
    return tuple(kept)


def _condition(node: Node, position: int, decisions: Mapping[str, Decision]) -> Condition | None:
    index = node.index
    if not isinstance(index, Expr) or any(True for _ in index.dims()):
        return None
    refs = {ref.decision.path: ref.decision for ref in index.refs()}
    if len(refs) != 1:
        return None
    ((path, declared),) = refs.items()
    decision = decisions[path]
    if not decision.discrete or decision.optional:
        return None
    taken = [v for v in decision.domain() if int(index.at(_One(declared.path, v))) == position]  # type: ignore[arg-type]
    return Condition(path, tuple(taken))
