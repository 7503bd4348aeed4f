"""A decision with more values: back to what was declared, and beyond where its kind allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..errors import SpaceError
from .decision import Decision, label_of, plain, same
from .expression import Expr
from .graph import Region, nodes
from .trace import LOOPED


def widened(now: Decision, declared: Decision, more: Any, looped: bool) -> Decision:
    """A decision with more values; its default stays.

    Args:
        now: As it is.
        declared: As it was declared.
        more: Options to add (a list or one value), a pair ``(low, high)`` for a range, or ``...`` for all that was declared.
        looped: Whether it says how often something is repeated: the trace unrolled it for the declared range.

    Raises:
        SpaceError: If the decision cannot take these; the message says what it can take.
    """
    if more is ...:
        return replace(declared)
    if isinstance(more, tuple) and declared.kind != "choice":
        if len(more) != 2 or None in more:
            raise _wrong(now, more, "Expected a pair (low, high).")
        return _range(now, declared, *map(plain, more), looped=looped)
    given = list(more) if isinstance(more, list | set | tuple | frozenset) else [more]
    values = [label_of(v) if callable(v) else plain(v) for v in given]
    if declared.kind == "choice":
        return _choice(now, declared, values, looped)
    return _listed(now, declared, values, looped)


def _choice(now: Decision, declared: Decision, values: list[Any], looped: bool) -> Decision:
    new = [v for v in values if not any(same(v, o) for o in declared.options)]
    fixed = "functions" if declared.bodies else "labels" if declared.values else ""
    if new and (fixed or looped):
        why = (
            "says how often a block is repeated, which the trace has unrolled"
            if looped
            else f"is over {fixed}, which are recorded when the space is traced"
        )
        raise _wrong(
            now,
            new[0],
            f"It {why}: only what was declared can come back, {list(declared.options)}. Declare a new option and trace again.",
        )
    for value in new:
        if not any(_alike(value, o) for o in declared.options):
            raise _wrong(
                now, value, f"A new option must be of the type of those declared, {list(declared.options)}."
            )
    wanted = [*now.options, *values, *([None] if now.optional else [])]
    kept = [o for o in declared.options if any(same(o, w) for w in wanted)]
    return replace(now, kind="choice", options=(*kept, *_more(now.options, kept), *_more(new, now.options)))


def _alike(value: Any, option: Any) -> bool:
    """Whether a layer that takes an option would take a value; a whole number stands for a real one."""
    if isinstance(value, bool) or isinstance(option, bool):
        return isinstance(value, bool) and isinstance(option, bool)
    if isinstance(option, float):
        return isinstance(value, int | float)
    return option is not None and type(value) is type(option)


def _more(values: Iterable[Any], known: Iterable[Any]) -> tuple[Any, ...]:
    """Those not known yet, each once."""
    found: list[Any] = []
    for value in values:
        if not any(same(value, k) for k in [*known, *found]):
            found.append(value)
    return tuple(found)


def _range(now: Decision, declared: Decision, low: Any, high: Any, *, looped: bool) -> Decision:
    kind = int if declared.kind == "int" else (int, float)
    if not all(isinstance(v, kind) and not isinstance(v, bool) for v in (low, high)):
        raise _wrong(now, (low, high), f"It is {'an integer' if declared.kind == 'int' else 'a number'}.")
    if low > high:
        raise _wrong(now, (low, high), "low is above high.")
    if declared.log and low <= 0:
        raise _wrong(now, (low, high), "It is drawn on the logarithmic scale, so low must be above 0.")
    if looped and not (declared.options[0] <= low and high <= declared.options[1]):
        raise _wrong(
            now, (low, high), f"It says how often a block is repeated, which the trace has unrolled for {declared.options}: declare a "
            "wider range and trace again.",
        )  # fmt: skip
    if now.options and not (low <= min(now.options) and max(now.options) <= high):
        raise _wrong(now, (low, high), f"That leaves out some of {now.options}: use restrict(...) to narrow.")
    cast: Any = int if declared.kind == "int" else float
    made = replace(now, kind=declared.kind, options=(cast(low), cast(high)), log=declared.log)
    return made if now.default is not None or now.optional else replace(made, default=cast(low))


def _listed(now: Decision, declared: Decision, values: list[Any], looped: bool) -> Decision:
    present = [v for v in values if v is not None]
    if None in values and not declared.optional:
        raise _wrong(now, None, "It was not declared as Optional, so nothing knows what None would mean.")
    optional = now.optional or None in values
    if not present:
        return replace(now, optional=optional)
    if declared.kind == "float" and now.kind != "choice":
        raise _wrong(now, present, f"It is a range, {now.options}. Expected a pair (low, high).")
    known = (
        list(now.options)
        if now.kind == "choice"
        else list(range(now.options[0], now.options[1] + 1))
        if now.options
        else []
    )
    union = sorted({*known, *present})
    _range(
        replace(now, options=()), declared, union[0], union[-1], looped=looped
    )  # refuses what does not fit
    if declared.kind == "int" and len(union) == union[-1] - union[0] + 1:
        return replace(now, kind="int", options=(union[0], union[-1]), log=declared.log, optional=optional)
    return replace(now, kind="choice", options=tuple(union), log=False, optional=optional)


def _wrong(decision: Decision, received: Any, instead: str) -> SpaceError:
    return SpaceError(
        f"'{decision.path}' cannot be widened by {received!r}. It is {decision.expected()}. {instead}"
    )


def looped(regions: Iterable[Region | None]) -> set[str]:
    """Decisions that say how often something is repeated."""
    found: set[str] = set()
    for region in filter(None, regions):
        for node in nodes(region):
            if node.kind == "pick" and node.path.endswith(LOOPED) and isinstance(node.index, Expr):
                found.update(ref.decision.path for ref in node.index.refs())
    return found
