"""Blocks: functions over recorded tensors whose keyword defaults may be decisions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DuplicatePathError, SpaceError
from .decision import DECLARATIONS
from .graph import Node
from .later import Later, waits
from .trace import Trace, check_name
from .value import Value

Parameters = Mapping[str, inspect.Parameter]


class Block:
    """A function over recorded tensors whose keyword defaults may be decisions; made by ``@block(name)``.

    Args:
        fn: Takes tensors, and keywords after ``*``. Returns a tensor, or a nest of tensors.
        name: In paths.
        fixed: Keywords fixed or declared otherwise.
        ties: Scope of the decisions that all calls share.
        share: Scope of the weights that all calls share.

    Raises:
        SpaceError: If a decision is declared for a parameter that is not keyword-only, or a keyword is called
            ``name``.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str,
        fixed: Mapping[str, Any] | None = None,
        ties: tuple[str, ...] | None = None,
        share: tuple[str, ...] | None = None,
    ) -> None:
        check_name(name)
        self.fn, self.name, self.fixed, self.ties, self.share = fn, name, dict(fixed or {}), ties, share
        self.__doc__ = fn.__doc__
        self.__name__ = name
        self.parameters: Parameters = inspect.signature(fn).parameters
        for key, parameter in self.parameters.items():
            if isinstance(parameter.default, DECLARATIONS) and parameter.kind is not parameter.KEYWORD_ONLY:
                raise SpaceError(
                    f"The block '{name}' declares the decision '{key}' for a parameter that is not "
                    "keyword-only. "
                    "Put it after a star: def f(x, *, ...)."
                )
            if key == "name" and parameter.kind is parameter.KEYWORD_ONLY:
                raise SpaceError(
                    f"The block '{name}' has a keyword 'name', which names its calls. Rename it."
                )

    def using(self, **fixed: Any) -> Block:
        """The same block with some keywords fixed (or declared otherwise).

        Raises:
            SpaceError: If the block has no such keyword.
        """
        self._known(fixed, tensors=False)
        return Block(self.fn, self.name, {**self.fixed, **fixed}, self.ties, self.share)

    def _known(self, keywords: Mapping[str, Any], *, tensors: bool) -> None:
        kinds = {p.kind for p in self.parameters.values()}
        if inspect.Parameter.VAR_KEYWORD in kinds:
            return
        allowed = (
            inspect.Parameter.KEYWORD_ONLY,
            *([inspect.Parameter.POSITIONAL_OR_KEYWORD] if tensors else []),
        )
        names = [n for n, p in self.parameters.items() if p.kind in allowed]
        for name in keywords:
            if name not in names:
                raise SpaceError(f"The block '{self.name}' has no keyword '{name}'. It has: {sorted(names)}.")

    def __call__(self, *xs: Any, name: str | None = None, **keywords: Any) -> Any:
        """Record a call.

        Args:
            *xs: Tensors.
            name: Scope of this call; the block's name if not given.
            **keywords: As declared; a declaration in place of a value makes it a decision.

        Raises:
            SpaceError: If a keyword is unknown or missing.
            DuplicatePathError: If the name is taken.
        """
        self._known(keywords, tensors=True)
        if waits(xs, keywords):
            return Later(self, xs, keywords if name is None else {**keywords, "name": name})
        trace = Trace.current(self.name)
        keywords = {**self.fixed, **keywords}
        only = {n: p for n, p in self.parameters.items() if p.kind is p.KEYWORD_ONLY}
        missing = [n for n, p in only.items() if p.default is p.empty and n not in keywords]
        if missing:
            raise SpaceError(
                f"The block '{self.name}' needs {missing}: pass them, or fix them with using(...)."
            )
        key, again = self._claim(trace, name)
        changes: dict[str, Any] = {}
        if self.ties is not None:
            changes.update(tied=set(), positional="")
        elif again:
            changes["positional"] = f"The block '{self.name}' is called"
        if self.share is not None:
            changes["shared"] = set()
        with trace.scope(key[-1], decisions=self.ties, layers=self.share, **changes):
            given = {**{n: p.default for n, p in only.items()}, **keywords}
            values = {n: trace.decide(n, v) if isinstance(v, DECLARATIONS) else v for n, v in given.items()}
            out = trace.give(self.fn(*xs, **values))
            region, prefix = trace.regions[-1], "/".join(trace.frame.layers)
        tensors = {n: v for n, v in keywords.items() if isinstance(v, Value)}
        node = Node("block", "/".join(key), self.name, {"prefix": prefix}, xs, tensors, regions=(region,))
        return wrapped(trace.add(node), out)

    def _claim(self, trace: Trace, name: str | None) -> tuple[tuple[str, ...], bool]:
        """The scope of a call, and whether it was named by counting."""
        if name is not None:
            check_name(name)
        outer, part = trace.frame.nodes, name or self.name
        key, count = (*outer, part), 1
        if key in trace.blocks and name:
            raise DuplicatePathError(
                f"Two calls are named '{name}' in '{'/'.join(outer) or 'the space'}'. Rename one."
            )
        while key in trace.blocks:
            count += 1
            key = (*outer, f"{part}_{count}")
        trace.blocks.add(key)
        return key, count > 1

    def __repr__(self) -> str:
        return f"<block '{self.name}'>"


def wrapped(value: Value, out: Any, item: tuple[Any, ...] = ()) -> Any:
    """The outputs of a block or branch as its author returned them; numbers among them stay what they are."""
    if isinstance(out, Value):
        return Value(value.node, None if not item else item[0] if len(item) == 1 else item, value.depth)
    if isinstance(out, dict):
        return {k: wrapped(value, v, (*item, k)) for k, v in out.items()}
    if isinstance(out, tuple | list):
        inner = [wrapped(value, v, (*item, i)) for i, v in enumerate(out)]
        return type(out)(*inner) if hasattr(out, "_fields") else type(out)(inner)
    return out


def block(name: str) -> Callable[[Callable[..., Any]], Block]:
    """Make a block of a function: its keyword-only defaults that are declarations become decisions.

    Args:
        name: Its name in paths, e.g. ``"residual"``.
    """
    check_name(name)
    return lambda fn: Block(fn, name)


def tied(what: Block, name: str) -> Block:
    """A block all of whose calls take the same decisions, with weights of their own.

    The decisions are declared at the first call.

    Args:
        what: The block.
        name: Scope of the decisions.
    """
    check_name(name)
    frame = Trace.current("tied").frame
    return Block(what.fn, what.name, what.fixed, (*frame.decisions, name), what.share)


def shared(what: Block, name: str) -> Block:
    """A block all of whose calls take the same decisions and the same weights.

    Args:
        what: The block.
        name: Scope of the decisions and weights.
    """
    check_name(name)
    frame = Trace.current("shared").frame
    return Block(what.fn, what.name, what.fixed, (*frame.decisions, name), (*frame.layers, name))


def call(fn: Callable[..., Any], given: Mapping[str, Value]) -> Any:
    """Call a block or function with the inputs of a space.

    They go by name where its parameters have their names, else in order. Decisions that a plain function
    declares stand at the top of the space, without a scope.

    Raises:
        SpaceError: If some names fit and others do not.
    """
    parameters = fn.parameters if isinstance(fn, Block) else inspect.signature(fn).parameters
    kinds = {p.kind for p in parameters.values()}
    named = {
        n for n in given if n in parameters and parameters[n].kind is not inspect.Parameter.POSITIONAL_ONLY
    }
    by_name = inspect.Parameter.VAR_KEYWORD in kinds or named == set(given)
    if named and not by_name:
        raise SpaceError(
            f"The inputs are called {list(given)}, the parameters {list(parameters)}: give all inputs the "
            "names of parameters, "
            "or none."
        )
    decisions: dict[str, Any] = {}
    if not isinstance(fn, Block):
        Block(fn, "space")  # refuses declarations that are not keyword-only
        trace = Trace.current("Space.trace")
        for name, parameter in parameters.items():
            if isinstance(parameter.default, DECLARATIONS):
                decisions[name] = trace.decide(name, parameter.default)
    return fn(**given, **decisions) if by_name else fn(*given.values(), **decisions)
