"""How many genotypes a space has, counted without listing them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .decision import Decision
from .expression import Expr
from .graph import Node, Region, nodes

State = frozenset[tuple[str, Any]]


@dataclass
class Counter:
    """An exact count by a sweep over the graph that remembers only decisions which later conditions read.

    Conditions on tensor sizes cannot be known without shapes: a branch that turns on one is counted as the larger of its
    sides (an upper bound; ``exact`` is then False). A requirement on sizes is counted as met.
    """

    decisions: Mapping[str, Decision]
    exact: bool = True
    _last: dict[str, int] = field(default_factory=dict)
    _order: dict[int, int] = field(default_factory=dict)

    def count(self, *regions: Region) -> int | float:
        """The number of genotypes over all regions; infinite where a real number is decided."""
        seen: dict[str, int] = {}
        for region in regions:
            for node in nodes(region):
                self._order[id(node)] = len(self._order)
                if node.kind == "decide":
                    seen[node.index.path] = seen.get(node.index.path, 0) + 1
        for region in regions:
            self._survey(region, seen)
        if any(not self.decisions[path].discrete for path in seen):
            return math.inf
        states: dict[State, int] = {frozenset(): 1}
        for region in regions:
            states = self._run(region, states)
        return sum(states.values())

    def _survey(self, region: Region, seen: Mapping[str, int]) -> int:
        """Note after which node a decision is read no more; returns the last position inside."""
        end = 0
        for node in region.nodes:
            end = self._order[id(node)]
            for inner in node.regions:
                end = max(end, self._survey(inner, seen))
            for path in self._reads(node, seen):
                self._last[path] = max(self._last.get(path, 0), end)
        return end

    @staticmethod
    def _reads(node: Node, seen: Mapping[str, int]) -> Iterator[str]:
        if node.kind == "decide" and seen[node.index.path] > 1:
            yield node.index.path
        if isinstance(node.index, Expr) and (node.kind == "require" or any(_decides(r) for r in node.regions)):
            for ref in node.index.refs():
                yield ref.decision.path

    def _run(self, region: Region, states: dict[State, int]) -> dict[State, int]:
        for node in region.nodes:
            if node.kind == "decide":
                states = self._decide(node.index.path, states)
            elif node.kind == "require":
                states = {s: n for s, n in states.items() if self._holds(node.index, s)}
            elif node.kind == "block":
                states = self._run(node.regions[0], states)
            elif node.kind == "pick" and any(_decides(r) for r in node.regions):
                states = self._pick(node, states)
            states = self._forget(states, self._order[id(node)])
        return states

    def _decide(self, path: str, states: dict[State, int]) -> dict[State, int]:
        domain = self.decisions[path].domain()
        if path not in self._last:
            return {s: n * len(domain) for s, n in states.items()}
        grown: dict[State, int] = {}
        for state, number in states.items():
            known = any(p == path for p, _ in state)
            for value in [...] if known else domain:
                new = state if known else state | {(path, (type(value).__name__, value))}
                grown[new] = grown.get(new, 0) + number
        return grown

    def _pick(self, node: Node, states: dict[State, int]) -> dict[State, int]:
        out: dict[State, int] = {}
        if any(True for _ in node.index.dims()):
            self.exact = False
            sides = [self._run(r, dict(states)) for r in node.regions]
            return max(sides, key=lambda side: sum(side.values()))
        for state, number in states.items():
            branch = node.regions[int(node.index.at(_Known(state, self.decisions)))]
            for new, count in self._run(branch, {state: number}).items():
                out[new] = out.get(new, 0) + count
        return out

    def _holds(self, condition: Expr, state: State) -> bool:
        if any(True for _ in condition.dims()):
            self.exact = False
            return True
        return bool(condition.at(_Known(state, self.decisions)))  # type: ignore[arg-type]

    def _forget(self, states: dict[State, int], position: int) -> dict[State, int]:
        out: dict[State, int] = {}
        for state, number in states.items():
            kept = frozenset(item for item in state if self._last[item[0]] > position)
            out[kept] = out.get(kept, 0) + number
        return out


@dataclass
class _Known:
    """What an expression asks a walk for, answered from a state."""

    state: State
    decisions: Mapping[str, Decision]

    def value(self, decision: Decision) -> Any:
        return dict(self.state)[decision.path][1]

    def position(self, decision: Decision) -> int:
        return decision.options.index(self.value(decision))


def _decides(region: Region) -> bool:
    return any(node.kind in ("decide", "require") for node in nodes(region))
