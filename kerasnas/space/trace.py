"""The recording itself: scopes that name what is recorded, and the list of what was recorded."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ..errors import DuplicatePathError, SpaceError
from .decision import Declaration, Decision
from .graph import Node, Region, Target, Value, nest_map

_current: ContextVar[Trace | None] = ContextVar("kerasnas_trace", default=None)


@dataclass
class Frame:
    """Where the trace stands: three kinds of scope, since decisions, calls and weights are named apart.

    Attributes:
        nodes: Scope of this call.
        layers: Scope of the weights; differs from ``nodes`` where weights are shared.
        decisions: Scope of the decisions; differs where decisions are tied.
        tied: Whether decisions may be met again.
        positional: The block's name, if this scope's name came from counting calls.
        counts: Names taken in this scope.
    """

    nodes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    tied: bool = False
    positional: str = ""
    counts: dict[str, int] = field(default_factory=dict)


class Trace:
    """One recording of a space."""

    def __init__(self) -> None:
        self.frames = [Frame()]
        self.regions = [Region()]
        self.decisions: dict[str, Decision] = {}
        self.blocks: set[tuple[str, ...]] = set()
        self.layer_paths: set[str] = set()
        self.objects: dict[str, Any] = {}

    @classmethod
    def current(cls, what: str) -> Trace:
        """The trace that is running.

        Raises:
            SpaceError: If none is; the message names what was called.
        """
        trace = _current.get()
        if trace is None:
            raise SpaceError(f"`{what}` only records inside a trace: call it from a block or function given to Space.trace(...).")
        return trace

    @contextlib.contextmanager
    def recording(self) -> Iterator[Trace]:
        """Make this the running trace."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)

    @property
    def frame(self) -> Frame:
        """The innermost scope."""
        return self.frames[-1]

    def add(self, node: Node) -> Value:
        """Record a call; returns its output."""

        def check(value: Value) -> Value:
            if value.depth != tuple(self.regions[: len(value.depth)]):
                raise SpaceError(
                    f"'{value.node.path}' was made inside a branch or block and is used outside of it: return it from there instead."
                )
            return value

        nest_map(check, Value, [node.args, node.kwargs])
        self.regions[-1].nodes.append(node)
        return Value(node, None, tuple(self.regions))

    def local(self, base: str, name: str | None = None) -> str:
        """A name that is free in the innermost scope: the one given, else the base and a count."""
        counts = self.frame.counts
        if name is not None:
            check_name(name)
            if name in counts:
                raise DuplicatePathError(f"Two layers are named '{name}' in '{'/'.join(self.frame.nodes) or 'the space'}'. Rename one.")
            counts[name] = 1
            return name
        while True:
            counts[base] = counts.get(base, 0) + 1
            free = base if counts[base] == 1 else f"{base}_{counts[base]}"
            if free == base or free not in counts:
                counts.setdefault(free, 1)
                return free

    @contextlib.contextmanager
    def scope(
        self,
        part: str,
        *,
        decisions: tuple[str, ...] | None = None,
        layers: tuple[str, ...] | None = None,
        nodes: tuple[str, ...] | None = None,
        tied: bool = False,
        fresh: bool = True,
    ) -> Iterator[Region]:
        """Record into a region of its own, under a scope; the three kinds of scope can be set apart."""
        outer = self.frame
        region = Region(label=part)
        frame = Frame(
            (*outer.nodes, part) if nodes is None else nodes,
            (*outer.layers, part) if layers is None else layers,
            (*outer.decisions, part) if decisions is None else decisions,
            tied or outer.tied,
            outer.positional,
            {} if fresh else outer.counts,
        )
        self.frames.append(frame)
        self.regions.append(region)
        try:
            yield region
        finally:
            self.frames.pop()
            self.regions.pop()

    def decide(self, name: str, given: Declaration) -> Decision:
        """Declare a decision in the innermost scope.

        Raises:
            DuplicatePathError: If its path is taken and not tied.
            SpaceError: If a tied decision is declared with other options.
        """
        frame = self.frame
        decision = Decision.declared("/".join((*frame.decisions, name)), given)
        known = self.decisions.get(decision.path)
        if known is not None:
            if not frame.tied:
                raise DuplicatePathError(
                    f"The decision '{decision.path}' is declared twice. Give each call of the block its own name=, or tie them: "
                    "tied(block, name)."
                )
            if (known.kind, known.options, known.optional) != (decision.kind, decision.options, decision.optional):
                raise SpaceError(f"The tied decision '{known.path}' was declared with {known.options}, now with {decision.options}.")
            decision = known
        elif frame.positional and not frame.tied:
            raise DuplicatePathError(
                f"The block '{frame.positional}' is called again and holds the decision '{name}': give each call name=, use repeat(...), "
                "or tied(...)."
            )
        else:
            self.decisions[decision.path] = decision
        self.regions[-1].nodes.append(Node("decide", "", index=decision))
        return decision

    def target(self, found: Any) -> Target:
        """The name by which a class or function is known, kept by reference where it cannot be imported."""
        module, path = getattr(found, "__module__", None) or "__main__", getattr(found, "__qualname__", type(found).__name__)
        if module != "__main__" and "<" not in path:
            return Target(f"{module}:{path}", found)
        base = name = f"{module}:{path}"
        count = 1
        while self.objects.get(name, found) is not found:
            count += 1
            name = f"{base}#{count}"
        self.objects[name] = found
        return Target(name, found)


def check_name(name: str) -> None:
    """Refuse names that would break paths."""
    if not re.fullmatch(r"[A-Za-z0-9_.\-/=]+", name):
        raise SpaceError(f"A name may hold letters, digits and _ . - /. Received: {name!r}.")


def snake(name: str) -> str:
    """``"BatchNormalization"`` -> ``"batch_normalization"``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
