"""The recording itself: scopes that name what is recorded, and the list of what was recorded."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import DuplicatePathError, SpaceError
from .decision import NAME, Decision, Declaration
from .expression import Expr, Ref
from .graph import Nested, Node, Region, Target, nest_leaves
from .value import Value

LOOPED = "?"  # ends the name of a step of a loop that is taken or not; no other name may hold it
_current: ContextVar[Trace | None] = ContextVar("kerasnas_trace", default=None)


@dataclass
class Frame:
    """Where the trace stands: three kinds of scope, since decisions, calls and weights are named apart.

    Attributes:
        nodes: Scope of this call.
        layers: Scope of the weights; differs from ``nodes`` where weights are shared.
        decisions: Scope of the decisions; differs where decisions are tied.
        tied: Decisions met in this call of a tied block; None outside of one, where each may be declared
            once.
        shared: Weights named in this call of a shared block; None outside of one, where each may be named
            once.
        positional: What was called, if this scope's name came from counting calls.
        counts: Names taken in this scope.
    """

    nodes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    tied: set[str] | None = None
    shared: set[str] | None = None
    positional: str = ""
    counts: dict[str, int] = field(default_factory=dict)


class Trace:
    """One recording of a space.

    Attributes:
        frames: Scopes, innermost last.
        regions: What is recorded into, innermost last.
        decisions: Declared so far, by path.
        blocks: Names of block calls so far.
        weights: Names of layers so far -> whether they may be named again (by a shared block).
        objects: What nodes call that cannot be imported by name.
        reasons: Why choices are bounded as they are, by path.
    """

    def __init__(self) -> None:
        self.frames = [Frame()]
        self.regions = [Region()]
        self.decisions: dict[str, Decision] = {}
        self.blocks: set[tuple[str, ...]] = set()
        self.weights: dict[str, bool] = {}
        self.objects: dict[str, Any] = {}
        self.reasons: dict[str, str] = {}

    @classmethod
    def current(cls, what: str) -> Trace:
        """The trace that is running.

        Raises:
            SpaceError: If none is; the message names what was called.
        """
        trace = _current.get()
        if trace is None:
            raise SpaceError(
                f"`{what}` only records inside a trace: call it from a block or function given to "
                "Space.trace(...)."
            )
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
        """Record a call; returns its output.

        Raises:
            SpaceError: If it uses a tensor, a size or a decision of a branch that it is outside of.
        """
        self.visible((node.config, node.args, node.kwargs, node.index))
        self.regions[-1].nodes.append(node)
        return Value(node, None, tuple(self.regions))

    def visible(self, used: Any) -> None:
        """Refuse what was made inside a block or branch that has ended."""
        for value in nest_leaves(Value, used):
            if value.depth != tuple(self.regions[: len(value.depth)]):
                raise SpaceError(
                    f"'{value.node.path}' was made inside a branch or block and is used outside of it: "
                    "return it from there instead."
                )
        for expression in nest_leaves(Expr, _opened(used)):
            for ref in expression.refs():
                self._reached(ref.depth, f"The decision '{ref.decision.path}' was declared")
            for one in expression.dims():
                self._reached(one.tensor.depth, f"'{one.tensor.node.path}', whose size is read, was made")

    def _reached(self, depth: tuple[Region, ...], what: str) -> None:
        """A number is known wherever its branch is taken, also outside of the block that made it."""
        if any(region.branch and region not in self.regions for region in depth):
            raise SpaceError(
                f"{what} inside a branch and is used outside of it, where it may be unknown: use it inside, "
                "or declare the decision outside."
            )

    def give(self, out: Any) -> Any:
        """What the region that is being recorded returns."""
        self.visible(out)
        self.regions[-1].out = out
        return out

    def local(self, base: str, name: str | None = None) -> str:
        """A name that is free in the innermost scope: the one given, else the base and a count.

        Raises:
            DuplicatePathError: If the name given is taken.
        """
        counts = self.frame.counts
        if name is not None:
            check_name(name)
            if name in counts:
                raise DuplicatePathError(
                    f"Two layers are named '{name}' in '{'/'.join(self.frame.nodes) or 'the space'}'. "
                    "Rename one."
                )
            counts[name] = 1
            return name
        while True:
            counts[base] = counts.get(base, 0) + 1
            free = base if counts[base] == 1 else f"{base}_{counts[base]}"
            if free == base or free not in counts:
                counts.setdefault(free, 1)
                return free

    def weigh(self, path: str) -> None:
        """Claim a name for weights.

        Raises:
            DuplicatePathError: If another layer has it, also after writing it as Keras does.
        """
        key, shared = keras_name(path), self.frame.shared
        again = self.weights.get(key)
        if again is not None and (not again or shared is None or key in shared):
            raise DuplicatePathError(
                f"Two layers are named '{path}'. Give one of them, or a block around it, another name=."
            )
        self.weights[key] = shared is not None
        if shared is not None:
            shared.add(key)

    @contextlib.contextmanager
    def scope(
        self,
        part: str,
        *,
        decisions: tuple[str, ...] | None = None,
        layers: tuple[str, ...] | None = None,
        branch: bool = False,
        inside: bool = False,
        **changes: Any,
    ) -> Iterator[Region]:
        """Record into a region of its own, under a scope.

        Args:
            part: Name of the scope.
            decisions: Scope of decisions, if not ``part`` inside the one around.
            layers: Scope of weights, if not ``part`` inside the one around.
            branch: Whether the region runs for some genotypes only.
            inside: Whether names stay those of the scope around.
            **changes: Other attributes of the frame.
        """
        outer = self.frame
        frame = replace(outer, **changes)
        if not inside:
            frame.nodes = (*outer.nodes, part)
            frame.layers = (*outer.layers, part) if layers is None else layers
            frame.decisions = (*outer.decisions, part) if decisions is None else decisions
            frame.counts = {}
        region = Region(label=part, branch=branch)
        self.frames.append(frame)
        self.regions.append(region)
        try:
            yield region
        finally:
            self.frames.pop()
            self.regions.pop()

    def decide(self, name: str, given: Declaration) -> Ref:
        """Declare a decision in the innermost scope; returns its value.

        Raises:
            DuplicatePathError: If its path is taken and not tied.
            SpaceError: If a tied decision is declared with other options.
        """
        frame = self.frame
        decision = Decision.declared("/".join((*frame.decisions, name)), given)
        known = self.decisions.get(decision.path)
        if frame.positional:
            raise DuplicatePathError(
                f"{frame.positional} again and declares the decision '{name}', so its path would depend on "
                "a count: "
                "give each call its own name=, use repeat(...), or tie them with tied(block, name)."
            )
        if known is not None:
            if frame.tied is None or decision.path in frame.tied:
                raise DuplicatePathError(
                    f"The decision '{decision.path}' is declared twice. Give each call of the block its own "
                    "name=, "
                    "or tie them: tied(block, name)."
                )
            if (known.kind, known.options, known.optional) != (
                decision.kind,
                decision.options,
                decision.optional,
            ):
                raise SpaceError(
                    f"The tied decision '{known.path}' was declared with {known.options}, now with "
                    f"{decision.options}."
                )
            decision = known
        self.decisions[decision.path] = decision
        if reason := getattr(given, "reason", ""):
            self.reasons[decision.path] = reason
        if frame.tied is not None:
            frame.tied.add(decision.path)
        self.regions[-1].nodes.append(Node("decide", "", index=decision))
        return Ref(decision, depth=tuple(self.regions))

    def target(self, found: Any) -> Target:
        """The name of a class or function; it is kept itself where its name imports something else."""
        module = getattr(found, "__module__", None) or "__main__"
        path = getattr(found, "__qualname__", None) or type(found).__qualname__
        name = base = f"{module}:{path}"
        if module != "__main__" and imported(module, path) == found:
            return Target(name, found)
        count = 1
        while name in self.objects and self.objects[name] is not found:
            count += 1
            name = f"{base}#{count}"
        self.objects[name] = found
        return Target(name, found)


def imported(module: str, path: str) -> Any:
    """What a name stands for in a module that is loaded; None where it stands for nothing."""
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def _opened(x: Any) -> Any:
    """A nest with the configurations of wrapped layers beside it."""
    inner = [n.config for n in nest_leaves(Nested, x)]
    return [x, *map(_opened, inner)] if inner else x


def keras_name(path: str) -> str:
    """A path as Keras and TensorFlow take a name: ``"stage/0/conv"`` -> ``"stage.0.conv"``; what else they refuse becomes ``-``."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", path.replace("/", "."))


def check_name(name: str) -> None:
    """Refuse names that would break paths.

    Raises:
        SpaceError: If a name holds anything but letters, digits and ``_ . - / =``.
    """
    if not NAME.fullmatch(name) or name.startswith("/") or name.endswith("/"):
        raise SpaceError(
            f"A name may hold letters, digits and _ . - / (not at its ends). Received: {name!r}."
        )


def snake(name: str) -> str:
    """``"BatchNormalization"`` -> ``"batch_normalization"``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
