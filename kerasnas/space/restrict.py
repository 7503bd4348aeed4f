"""A decision with fewer values, and how two spaces differ."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from .decision import Decision, label_of, plain, same

if TYPE_CHECKING:
    from .changing import Changing


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


def without(decision: Decision, banned: Any) -> Decision:
    """A decision without some values.

    Args:
        decision: As it is.
        banned: A list of values, a pair ``(low, high)`` of a range (both banned, too), or one value.

    Raises:
        SpaceError: If that leaves nothing, a value is none of the decision's, or it would leave a range of real numbers with a hole.
    """
    path = decision.path
    if isinstance(banned, tuple) and decision.kind != "choice" and len(banned) == 2:
        return _without_range(decision, *map(plain, banned))
    given = list(banned) if isinstance(banned, list | set | tuple | frozenset) else [banned]
    values = [label_of(v) if callable(v) else plain(v) for v in given]
    for value in values:
        if not decision.accepts(value):
            raise SpaceError(
                f"'{path}' cannot be banned from {value!r}, which it does not have. It is "
                f"{decision.expected()}.{decision.meant(value)}"
            )
    if not decision.discrete:
        if any(v is not None for v in values):
            raise SpaceError(
                f"'{path}' is a real number in {decision.options}, from which single values cannot be banned. Give a pair (low, high) "
                "that reaches one of its ends."
            )
        return decision.narrowed("float", decision.options, optional=False) if values else decision
    left = [v for v in decision.domain() if not any(same(v, b) for b in values)]
    if not left:
        raise SpaceError(f"Banning {values} leaves nothing of '{path}', which is {decision.expected()}.")
    return narrowed(decision, left)


def _without_range(decision: Decision, low: Any, high: Any) -> Decision:
    path = decision.path
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in (low, high)) or low > high:
        raise SpaceError(f"'{path}' is banned from a range by a pair (low, high). Received: {(low, high)!r}.")
    if decision.discrete:
        values = [v for v in decision.domain() if v is not None and low <= v <= high]
        if not values:
            raise SpaceError(f"'{path}' has nothing in {(low, high)}. It is {decision.expected()}.")
        return without(decision, values)
    least, most = decision.options
    if low <= least and high < most:
        return decision.narrowed("float", (float(max(high, least)), most), optional=decision.optional)
    if high >= most and low > least:
        return decision.narrowed("float", (least, float(min(low, most))), optional=decision.optional)
    if low <= least and high >= most:
        if decision.optional:
            return narrowed(decision, [None])
        raise SpaceError(f"Banning {(low, high)} leaves nothing of '{path}', which is {decision.expected()}.")
    raise SpaceError(
        f"Banning {(low, high)} would leave a hole in '{path}', which is {decision.expected()}. Give a pair that reaches one of its ends."
    )


def differences(a: Changing, b: Changing) -> dict[str, tuple[str | None, str | None]]:
    """What differs: path of a decision, or ``where NAME`` of a constraint -> (in words here, in words there).

    None stands where one side lacks it.
    """
    here, there = _all_in_words(a), _all_in_words(b)
    return {
        key: (here.get(key), there.get(key))
        for key in dict.fromkeys([*here, *there])
        if here.get(key) != there.get(key)
    }


def differences_in_words(a: Changing, b: Changing) -> str:
    """The same as sentences, one a line; says so where nothing differs."""
    lines = []
    for key, (here, there) in differences(a, b).items():
        if here is None:
            lines.append(f"{key}: only in '{b.name}': {there}")
        elif there is None:
            lines.append(f"{key}: only in '{a.name}': {here}")
        else:
            lines.append(f"{key}: {here} -> {there}")
    if not lines:
        same_graph = a.fingerprint == b.fingerprint
        return (
            "The spaces are equal."
            if same_graph
            else "The decisions are equal; the layers they stand for are not."
        )
    return "\n".join(lines)


def _all_in_words(space: Changing) -> dict[str, str]:
    said = {path: in_words(decision) for path, decision in space.decisions.items()}
    return {**said, **{f"where {c.name}": c.in_words() for c in space.constraints}}


def in_words(decision: Decision) -> str:
    """What a decision allows, how it is drawn, and where it starts."""
    often = "".join(f", {label!r} {weight:g} times as often" for label, weight in decision.prior)
    return f"{decision.expected()}{' (log)' if decision.log else ''}, default {decision.default!r}{often}"
