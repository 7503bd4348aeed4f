"""A decision with fewer values."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import SpaceError
from .decision import Decision, label_of, plain, same


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths that a pattern means: itself, or all that it matches; ``*`` also matches ``/``."""
    known = list(paths)
    return [pattern] if pattern in known else [p for p in known if fnmatch.fnmatchcase(p, pattern)]


def narrowed(decision: Decision, allowed: Any) -> Decision:
    """A decision with the values allowed only.

    Args:
        decision: As it is.
        allowed: A list of values, a pair ``(low, high)`` for a range, or one value.

    Raises:
        SpaceError: If that leaves nothing, or a value is none of the decision's.
    """
    path = decision.path
    if isinstance(allowed, tuple) and decision.kind != "choice" and len(allowed) == 2:
        low, high = map(plain, allowed)
        if low is None or high is None or not (decision.accepts(low) and decision.accepts(high)):
            raise SpaceError(
                f"'{path}' cannot be restricted to {allowed}. Expected a pair within {decision.options}."
            )
        if low > high:
            raise SpaceError(f"'{path}' cannot be restricted to {allowed}: low is above high.")
        return decision.narrowed(decision.kind, (decision.check(low), decision.check(high)), optional=False)
    given = list(allowed) if isinstance(allowed, list | set | tuple | frozenset) else [allowed]
    values = [label_of(v) if callable(v) else plain(v) for v in given]
    if not values:
        raise SpaceError(f"'{path}' cannot be restricted to nothing. Expected {decision.expected()}.")
    for value in values:
        if not decision.accepts(value):
            raise SpaceError(
                f"'{path}' cannot be restricted to {value!r}. Expected "
                f"{decision.expected()}.{decision.meant(value)}"
            )
    if decision.kind == "choice":
        kept = tuple(o for o in decision.options if any(same(o, v) for v in values))
        return decision.narrowed("choice", kept, optional=decision.optional and None in values)
    absent, present = None in values, sorted({decision.check(v) for v in values if v is not None})  # type: ignore[type-var]
    if not present:
        return decision.narrowed(decision.kind, (), optional=True)
    low, high = present[0], present[-1]
    if low == high or (decision.kind == "int" and len(present) == high - low + 1):  # type: ignore[operator]
        return decision.narrowed(decision.kind, (low, high), optional=absent)
    return decision.narrowed("choice", tuple(present), optional=absent)


def differences(
    a: Mapping[str, Decision], b: Mapping[str, Decision]
) -> dict[str, tuple[str | None, str | None]]:
    """Decisions that differ: path -> (in words here, in words there); None where one side lacks it."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for path in dict.fromkeys([*a, *b]):
        here, there = (in_words(side[path]) if path in side else None for side in (a, b))
        if here != there:
            found[path] = (here, there)
    return found


def in_words(decision: Decision) -> str:
    """What a decision allows, how it is drawn, and where it starts."""
    return f"{decision.expected()}{' (log)' if decision.log else ''}, default {decision.default!r}"
