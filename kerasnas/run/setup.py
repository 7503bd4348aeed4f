"""From a job to a loop: the same for the runner and for the inline executor."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import SearchError
from ..space import Space
from ..strategies import Strategy, asked, find, made, name_of
from .executor import Executor
from .folder import RunFolder
from .loop import Loop
from .rules import Rules

if TYPE_CHECKING:
    from meta_store import Lease, Store


def strategy_json(given: Any) -> dict[str, Any]:
    """A strategy as data.

    Args:
        given: A name, a pair (name, options), a mapping with ``name`` and options, or a ``Strategy`` class
            that can be imported, alone or in a pair (class, options).

    Raises:
        SearchError: If it is none of these.
    """
    kind, options = asked(given)
    if isinstance(kind, str):
        return {"name": kind, "options": options}
    if kind.__module__ == "__main__" or "<" in kind.__qualname__:
        raise SearchError(
            f"The runner is a process of its own and cannot import the strategy class '{kind.__qualname__}' of this notebook or "
            f"script. Put it into a module beside it."
        )
    return {"name": name_of(kind), "class": f"{kind.__module__}:{kind.__qualname__}", "options": options}


def strategy_class(data: Mapping[str, Any]) -> type[Strategy]:
    """The class of the strategy that ``strategy_json`` described.

    Raises:
        SearchError: If there is none of its name.
    """
    if "class" not in data:
        return find(data["name"])
    module, _, name = data["class"].partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def check_objectives(data: Mapping[str, Any], minimise: Sequence[str]) -> None:
    """Refuse a strategy that does not know so many objectives.

    Raises:
        SearchError: If it does not.
    """
    if minimise and (most := strategy_class(data).most_objectives) < 1 + len(minimise):
        raise SearchError(
            f"The strategy '{data['name']}' knows {most} objective{'s' if most > 1 else ''}; the metric and {', '.join(minimise)} are "
            f"{1 + len(minimise)}. Use strategy='nsga2', or limits= in place of minimise=."
        )


def make_strategy(
    data: Mapping[str, Any],
    space: Space,
    *,
    seed: int,
    direction: str,
    minimise: Sequence[str] = (),
    limits: Mapping[str, float] | None = None,
) -> Strategy:
    """The strategy that ``strategy_json`` described; it hears of costs and limits where it takes them.

    Raises:
        SearchError: If it does not know so many objectives, or refuses an option.
    """
    check_objectives(data, minimise)
    cls, options = strategy_class(data), dict(data["options"])
    if cls.most_objectives > 1:
        options = {"minimise": tuple(minimise), "limits": dict(limits or {}), **options}
    return made(cls, space, seed=seed, direction=direction, **options)


def make_loop(
    job: Mapping[str, Any],
    folder: RunFolder,
    executor: Executor,
    store: Store,
    lease: Lease,
    space: Space | None = None,
) -> Loop:
    """The loop of a job.

    Args:
        job: As ``Search`` wrote it.
        folder: The run folder.
        executor: Where candidates are trained.
        store: Where the search is.
        lease: Of the search.
        space: The job's space, where it is at hand.
    """
    space = space or Space.from_json(job["space"], folder.read_objects())
    minimise = tuple(job.get("minimise", ()))
    strategy = make_strategy(
        job["strategy"],
        space,
        seed=job["seed"],
        direction=job["direction"],
        minimise=minimise,
        limits=job["limits"],
    )
    hint = store.get_search(lease.search_id).hint
    if hint is not None:
        from ..warmstart import WarmStart, note_transfers

        note_transfers(store, lease, hint)
        strategy = WarmStart(strategy, hint, space, job["seed"], job["direction"])
    rules = Rules(
        seed=job["seed"], direction=job["direction"], finalists=job["finalists"], ensemble=job.get("ensemble", True), limits=job["limits"], minimise=minimise, growth=job["growth"],
        bundles=folder.bundles, card=job["card"],
    )  # fmt: skip
    return Loop(store, lease, space, strategy, executor, rules)
