"""How many genotypes a space has, counted without listing them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from .decision import Decision, Scalar
from .expression import Expr, Known
from .graph import Node, Plan, Region, nodes
from .slices import reads, shaping
from .walk import Infer, Walk, plan

if TYPE_CHECKING:
    from .space import Space

WALKS = 2000  # at most so many combinations of the decisions that shape tensors are walked
State = frozenset[tuple[str, tuple[str, Scalar]]]


def size(space: Space) -> tuple[int | float, bool]:
    """The number of genotypes, and whether it is exact (an upper bound otherwise).

    The graph is swept once; what is remembered of a genotype on the way are only the decisions that a later
    branch or
    requirement reads, so the work follows their interplay and not the number of genotypes. Where a branch
    that holds
    decisions, or a requirement, reads the size of a tensor, the sweep is repeated for each combination of the
    decisions
    that the size depends on, up to ``WALKS`` of them. Beyond that, or where a combination gives no model at
    all, such a
    branch counts as the larger of its sides and such a requirement as met.
    """
    regions = [r for r in (space.root, space.settings) if r is not None]
    counter = Counter(space.decisions, regions)
    bound = counter.count()
    if bound == math.inf or counter.exact:
        return bound, True
    paths = shaping(regions)
    cases = _cases(space, regions, paths)
    if cases is None:
        return bound, False
    return sum(Counter(space.decisions, regions, fixed, outcomes).count() for fixed, outcomes in cases), True


class Counter:
    """One sweep.

    Args:
        decisions: By path, as restricted.
        regions: What is swept, in order.
        fixed: Decisions that have one value only.
        outcomes: What branches and requirements that read sizes come to, by node.
    """

    def __init__(
        self,
        decisions: Mapping[str, Decision],
        regions: list[Region],
        fixed: Mapping[str, Any] | None = None,
        outcomes: Mapping[int, int] | None = None,
    ) -> None:
        self.decisions, self.regions = decisions, regions
        self.fixed, self.outcomes = dict(fixed or {}), dict(outcomes or {})
        self.exact = True
        self._last: dict[str, int] = {}
        self._order: dict[int, int] = {}
        self._seen: dict[str, int] = {}
        self._decides: dict[int, bool] = {}

    def count(self) -> int | float:
        """The number of genotypes over all regions; infinite where a real number is decided."""
        for region in self.regions:
            for node in nodes(region):
                self._order[id(node)] = len(self._order)
                if node.kind == "decide":
                    self._seen[node.index.path] = self._seen.get(node.index.path, 0) + 1
        for region in self.regions:
            self._survey(region)
        if any(not self.decisions[path].discrete for path in self._seen):
            return math.inf
        states: dict[State, int] = {frozenset(): 1}
        for region in self.regions:
            states = self._run(region, states)
        return sum(states.values())

    def _survey(self, region: Region) -> int:
        """Note after which node a decision is read no more; returns the last position inside."""
        end = -1
        for node in region.nodes:
            end = max([self._order[id(node)], *(self._survey(inner) for inner in node.regions)])
            for path in self._reads(node):
                self._last[path] = max(self._last.get(path, 0), end)
        return end

    def _reads(self, node: Node) -> Iterator[str]:
        if node.kind == "decide" and self._seen[node.index.path] > 1:
            yield node.index.path
        if isinstance(node.index, Expr) and (node.kind == "require" or self._counts(node)):
            yield from reads(node.index)

    def _counts(self, node: Node) -> bool:
        """Whether a branch matters to the count."""
        known = self._decides.get(id(node))
        if known is None:
            inner = (n for r in node.regions for n in nodes(r))
            known = self._decides[id(node)] = any(n.kind in ("decide", "require") for n in inner)
        return known

    def _run(self, region: Region, states: dict[State, int]) -> dict[State, int]:
        for node in region.nodes:
            if node.kind == "decide":
                states = self._decide(node.index.path, states)
            elif node.kind == "require":
                states = {s: n for s, n in states.items() if self._holds(node, s)}
            elif node.kind == "block":
                states = self._run(node.regions[0], states)
            elif node.kind == "pick" and self._counts(node):
                states = self._pick(node, states)
            else:
                continue
            states = self._forget(states, self._order[id(node)])
        return states

    def _decide(self, path: str, states: dict[State, int]) -> dict[State, int]:
        domain = (self.fixed[path],) if path in self.fixed else self.decisions[path].domain()
        if path not in self._last:
            return {s: n * len(domain) for s, n in states.items()}
        grown: dict[State, int] = {}
        for state, number in states.items():
            if any(p == path for p, _ in state):
                grown[state] = grown.get(state, 0) + number
                continue
            for value in domain:
                new = state | {(path, (type(value).__name__, value))}
                grown[new] = grown.get(new, 0) + number
        return grown

    def _pick(self, node: Node, states: dict[State, int]) -> dict[State, int]:
        out: dict[State, int] = {}
        for state, number in states.items():
            known = self._value(node, state)
            taken = node.regions if known is None else (node.regions[int(known)],)
            sides = [self._run(region, {state: number}) for region in taken]
            for new, count in max(sides, key=lambda side: sum(side.values())).items():
                out[new] = out.get(new, 0) + count
        return out

    def _holds(self, node: Node, state: State) -> bool:
        known = self._value(node, state)
        return known is None or bool(known)

    def _value(self, node: Node, state: State) -> Any:
        """What a condition comes to; None where that hangs on a size that is not known."""
        if any(True for _ in node.index.dims()):
            if id(node) in self.outcomes:
                return self.outcomes[id(node)]
            self.exact = False
            return None
        return node.index.at(Known({path: value for path, (_, value) in state}))

    def _forget(self, states: dict[State, int], position: int) -> dict[State, int]:
        out: dict[State, int] = {}
        for state, number in states.items():
            kept = frozenset(item for item in state if self._last[item[0]] > position)
            out[kept] = out.get(kept, 0) + number
        return out


class _Probe(Walk):
    """A walk that notes what conditions on sizes come to, and demands only what the decisions given decide."""

    def __init__(
        self, decisions: Mapping[str, Decision], given: Mapping[str, Any], paths: set[str], infer: Infer
    ) -> None:
        super().__init__(decisions, given, self._fill, infer)
        self.paths = paths
        self.outcomes: dict[int, int] = {}

    def _fill(self, decision: Decision) -> Scalar:
        if decision.path in self.paths:
            raise _NeededError(decision)
        return decision.default

    def _branch(self, node: Node) -> int:
        taken = self.outcomes[id(node)] = super()._branch(node)
        return taken

    def _require(self, node: Node) -> None:
        if {r.decision.path for r in node.index.refs()} <= self.paths:
            if not node.index.at(self):
                raise _RefusedError
            self.outcomes[id(node)] = 1


class _RefusedError(Exception):
    """A requirement is broken, whatever the other decisions are."""


class _NeededError(Exception):
    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.path)
        self.decision = decision


def _cases(
    space: Space, regions: list[Region], paths: set[str]
) -> list[tuple[dict[str, Any], dict[int, int]]] | None:
    """Every combination of some decisions, with what conditions come to; None where there are too many."""
    from ..lower.cost import infer

    todo: list[dict[str, Any]] = [{}]
    found: list[tuple[dict[str, Any], dict[int, int]]] = []
    for _ in range(WALKS):
        if not todo:
            return found
        given = todo.pop()
        probe = _Probe(space.decisions, given, paths, infer)
        try:
            _walked(probe, regions)
        except _NeededError as needed:
            todo += [{**given, needed.decision.path: value} for value in reversed(needed.decision.domain())]
            continue
        except _RefusedError:
            continue
        except SpaceError:
            return None
        found.append((given, probe.outcomes))
    return None


def _walked(probe: Walk, regions: list[Region]) -> Plan:
    return plan(probe, regions[0], regions[1] if len(regions) > 1 else None)
