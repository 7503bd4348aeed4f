"""Branches and loops of the trace language, and what a space may demand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import SpaceError
from .blocks import Block, tied, wrapped
from .expression import Expr, Ref, ceil_div, channels, scalar_range, size
from .graph import Node, Region, nest_leaves
from .trace import LOOPED, Trace, check_name
from .twins import layers
from .value import Value


def require(condition: Expr) -> None:
    """Demand a condition; it narrows the last decision that it mentions.

    Place it before that decision is used: sampling then draws the decision again among the values that meet
    the condition. Placed later, or about sizes alone, it refuses the genotypes that break it, and sampling
    tries whole genotypes until one passes.

    Raises:
        SpaceError: If it is not a condition on decisions or tensor sizes.
    """
    if not isinstance(condition, Expr):
        raise SpaceError(f"require(...) needs a condition on decisions or sizes. Received: {condition!r}.")
    Trace.current("require").add(Node("require", "", index=condition))


def pick(choice: Any, *xs: Any, name: str | None = None) -> Any:
    """One branch per option of a structural choice, each called with ``xs``; None leaves a tensor as it is.

    Args:
        choice: A decision declared as a Choice over functions or blocks (or one function, where it was
            fixed).
        *xs: What each branch is called with.
        name: Scope of the branches instead of the decision's name; needed where one decision is picked twice
            in one scope
            and its branches declare decisions.

    Raises:
        SpaceError: If the choice is over plain values, or the branches return different structures.
    """
    if isinstance(choice, Expr) and (not isinstance(choice, Ref) or choice.position):
        raise SpaceError(
            f"pick(...) needs a decision itself, not arithmetic on it. Received: {choice!r}. Use when(...)."
        )
    whole = xs[0] if len(xs) == 1 else xs
    if not isinstance(choice, Ref):
        if choice is not None and not callable(choice):
            raise SpaceError(
                f"pick(...) needs a decision over functions, or one function. Received: {choice!r}."
            )
        return whole if choice is None else choice(*xs)
    decision = choice.decision
    if not decision.bodies:
        raise SpaceError(
            f"pick(...) needs functions to choose from, and '{decision.path}' is over {decision.options}. "
            "Declare it as Choice(label=function, ...), or use when(choice == value, a, b)."
        )
    trace = Trace.current("pick")
    part, changes = _pick_scope(trace, decision.path.rpartition("/")[2], name)
    regions = []
    for label, body in zip(decision.options, decision.bodies, strict=True):
        with trace.scope(f"{part}={label}", branch=True, **changes) as region:
            trace.give(whole if body is None else body(*xs))
        regions.append(region)
    return _branch(
        trace, Ref(decision, position=True, depth=choice.depth), regions, trace.local(f"pick_{part}")
    )


def _pick_scope(trace: Trace, decision: str, name: str | None) -> tuple[str, dict[str, Any]]:
    """The scope of a pick's branches; a second pick of a name in one scope may hold no decisions."""
    if name is not None:
        check_name(name)
        return trace.local(name, name), {}
    counts = trace.frame.counts
    key = f"{decision}="
    counts[key] = counts.get(key, 0) + 1
    if counts[key] == 1:
        return decision, {}
    return f"{decision}_{counts[key]}", {"positional": f"The decision '{decision}' is picked"}


def when(condition: Any, yes: Any, no: Any, name: str | None = None) -> Any:
    """Two branches, each a value or a function without arguments.

    Args:
        condition: May mix decisions and tensor sizes.
        yes: Taken where the condition holds: a tensor, a nest of tensors, a number, or a function that
            returns one.
        no: Taken where it does not.
        name: Scope of what the branches declare; without one, decisions inside take the surrounding scope.

    Returns:
        What the branches return; an expression, where they return numbers.

    Raises:
        SpaceError: If the branches return different structures.
    """
    return _when(condition, yes, no, name, "when")


def _when(condition: Any, yes: Any, no: Any, name: str | None, base: str) -> Any:
    if not isinstance(condition, Expr):
        chosen = yes if condition else no
        return chosen() if _is_body(chosen) else chosen
    trace = Trace.current(base)
    outer = trace.frame
    local = trace.local(base, name)
    regions = []
    for label, body in (("no", no), ("yes", yes)):
        part = f"{local}={label}"
        with trace.scope(part, decisions=None if name else outer.decisions, branch=True) as region:
            trace.give(body() if _is_body(body) else body)
        regions.append(region)
    if not any(r.nodes or nest_leaves(Value, r.out) for r in regions):
        trace.visible(condition)
        return Expr("select", condition, regions[1].out, regions[0].out)
    return _branch(trace, condition, regions, local)


def _is_body(x: Any) -> bool:
    return callable(x) and not isinstance(x, Value | Expr)


def _branch(trace: Trace, index: Expr, regions: list[Region], local: str) -> Any:
    path = "/".join((*trace.frame.nodes, local))
    shapes = [_structure(r.out) for r in regions]
    if any(s != shapes[0] for s in shapes) or not nest_leaves(Value, regions[0].out):
        raise SpaceError(
            f"The branches of '{path}' return different things, or no tensors: "
            f"{', '.join(f'{r.label}: {s}' for r, s in zip(regions, shapes, strict=True))}. "
            "Return the same structure of tensors from each."
        )
    node = Node("pick", path, regions=tuple(regions), index=index)
    return wrapped(trace.add(node), regions[0].out)


def _structure(out: Any) -> str:
    if isinstance(out, dict):
        return "{" + ", ".join(f"{k}: {_structure(v)}" for k, v in out.items()) + "}"
    if isinstance(out, tuple | list):
        return "(" + ", ".join(map(_structure, out)) + ")"
    return "tensor" if isinstance(out, Value) else "None" if out is None else f"a number ({out!r})"


def repeat(
    count: Any, body: Callable[..., Any], x: Any, name: str | None = None, *, tie: bool = False
) -> Any:
    """Apply a body several times; the count may be a decision or arithmetic on decisions.

    Args:
        count: An integer, or an expression over integer decisions.
        body: A block, or a function ``(x)`` or ``(x, name)``; it gets the name ``NAME/0``, ``NAME/1``, ...
        x: A tensor, or a nest of them that the body takes and returns as one.
        name: Scope of the steps; the block's name if not given.
        tie: One set of decisions for all steps, instead of one a step.

    Raises:
        SpaceError: If the count is not an integer for every genotype, or is negative.
    """
    trace = Trace.current("repeat")
    if name is None:
        name = body.name if isinstance(body, Block) else getattr(body, "__name__", "step").strip("<>")
    check_name(name)
    if not isinstance(body, Block) and "name" not in inspect.signature(body).parameters:
        body = Block(body, name)
    if tie:
        if not isinstance(body, Block):
            raise SpaceError("repeat(..., tie=True) needs a block, since only a block holds decisions.")
        body = tied(body, name)
    low, high = scalar_range(count)
    if low < 0:
        raise SpaceError(f"repeat(...) needs a count of 0 or more. Received: {count!r}, at least {low}.")
    for i in range(high):
        if i < low:
            x = body(x, name=f"{name}/{i}")
            continue
        with trace.scope(f"{name}/{i}=no", inside=True, branch=True) as no:
            trace.give(x)
        with trace.scope(f"{name}/{i}=yes", inside=True, branch=True) as yes:
            trace.give(body(x, name=f"{name}/{i}"))
        x = _branch(trace, count > i, [no, yes], f"{name}/{i}{LOOPED}")
    return x


def match_like(x: Value, y: Value, name: str | None = None) -> Any:
    """``x``, through a strided 1x1 convolution only where its shape differs from that of ``y`` (pictures).

    Args:
        x: ``(h, w, c)``.
        y: The tensor to match.
        name: Scope of the convolution; ``match`` if not given.
    """

    def project() -> Value:
        strides = ceil_div(size(x), size(y))
        narrow = layers.Conv2D(
            channels(y), 1, strides=strides, padding="same", use_bias=False, name="projection"
        )
        found: Value = narrow(x)
        return found

    return _when((channels(x) != channels(y)) | (size(x) != size(y)), project, x, name, "match")
