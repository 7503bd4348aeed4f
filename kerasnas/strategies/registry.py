"""Strategies by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ..errors import SearchError
from ..space import Space
from .base import Strategy
from .evolution import RegularisedEvolution
from .nsga2 import Nsga2
from .random import RandomSearch

STRATEGIES: dict[str, type[Strategy]] = {cls.name: cls for cls in (RandomSearch, RegularisedEvolution, Nsga2)}


def names() -> list[str]:
    """What ``strategy=`` may be."""
    return list(STRATEGIES)


def asked(given: Any) -> tuple[str | type[Strategy], dict[str, Any]]:
    """What is asked for by ``strategy=``: a name or a class, and its options.

    Args:
        given: A name, a ``Strategy`` class, either in a pair with options, or a mapping with ``name`` and options.

    Raises:
        SearchError: If it is none of these.
    """
    kind, options = given, {}
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping):
        kind, options = given[0], dict(given[1])
    elif isinstance(given, Mapping):
        kind, options = given.get("name"), {k: v for k, v in given.items() if k != "name"}
    if isinstance(kind, str) or (isinstance(kind, type) and issubclass(kind, Strategy)):
        return kind, options
    raise SearchError(
        "strategy is a name ('evolution'), a pair of name and options (('evolution', {'population': 20})) or a Strategy class, alone or "
        f"with options. Received: {given!r}."
    )


def name_of(kind: str | type[Strategy]) -> str:
    """What a strategy is called."""
    return kind if isinstance(kind, str) else kind.name or kind.__name__


def find(name: str) -> type[Strategy]:
    """The class of a strategy.

    Raises:
        SearchError: If there is none of that name.
    """
    if name not in STRATEGIES:
        close = difflib.get_close_matches(name, STRATEGIES, 1)
        raise SearchError(
            f"There is no strategy '{name}'. Choose one of {names()}.{f' Did you mean {close[0]!r}?' if close else ''}"
        )
    return STRATEGIES[name]


def make(name: str, space: Space, *, seed: int, direction: str = "max", **options: Any) -> Strategy:
    """A strategy by name.

    Args:
        name: One of ``names()``.
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: "max" or "min".
        **options: The strategy's own.

    Raises:
        SearchError: If there is no such strategy, or it refuses an option.
    """
    return made(find(name), space, seed=seed, direction=direction, **options)


def made(cls: type[Strategy], space: Space, *, seed: int, direction: str = "max", **options: Any) -> Strategy:
    """A strategy of a class. See ``make``.

    Raises:
        SearchError: If it refuses an option.
    """
    try:
        return cls(space, seed=seed, direction=direction, **options)
    except TypeError as error:
        raise SearchError(
            f"The strategy '{name_of(cls)}' does not take these options: {sorted(options)}. {error}"
        ) from error
