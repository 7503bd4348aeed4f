"""From a job to a loop: the same for the runner and for the inline executor."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SearchError
from ..space import Space
from ..strategies import Strategy, asked, made, make, name_of
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


def make_strategy(data: Mapping[str, Any], space: Space, *, seed: int, direction: str) -> Strategy:
    """The strategy that ``strategy_json`` described."""
    if "class" not in data:
        return make(data["name"], space, seed=seed, direction=direction, **data["options"])
    module, _, name = data["class"].partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return made(found, space, seed=seed, direction=direction, **data["options"])


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
    strategy = make_strategy(job["strategy"], space, seed=job["seed"], direction=job["direction"])
    hint = store.get_search(lease.search_id).hint
    if hint is not None:
        from ..warmstart import WarmStart, note_transfers

        note_transfers(store, lease, hint)
        strategy = WarmStart(strategy, hint, space, job["seed"], job["direction"])
    rules = Rules(
        seed=job["seed"], direction=job["direction"], finalists=job["finalists"], ensemble=job.get("ensemble", True), limits=job["limits"], growth=job["growth"],
        bundles=folder.bundles, card=job["card"],
    )  # fmt: skip
    return Loop(store, lease, space, strategy, executor, rules)
