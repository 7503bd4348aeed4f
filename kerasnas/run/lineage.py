"""Where a candidate comes from, for the card of its bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..strategies.base import PORTFOLIO

if TYPE_CHECKING:
    from meta_store import TrialRecord


def past(record: TrialRecord, hint: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The entry of a warm start's portfolio that a candidate was taken from; None where it was not."""
    if record.origin != PORTFOLIO or not hint:
        return None
    return next((e for e in hint["portfolio"] if e["genotype"] == dict(record.genotype)), None)


def lineage(record: TrialRecord, hint: Mapping[str, Any] | None) -> dict[str, Any]:
    """A candidate's line in the card.

    Args:
        record: Its trial.
        hint: What the search was given of the past.

    Returns:
        ``trial``, ``origin``, ``parents`` (trials of the same search), ``seed`` of its training, ``init`` (what its weights began
        as) and ``past``: the task, search and trial of the store that its decisions were taken from, or None.
    """
    source = past(record, hint)
    return {
        "trial": record.number,
        "origin": record.origin,
        "parents": list(record.parents),
        "seed": record.seed,
        "init": record.init_kind,
        "past": source and {key: source[key] for key in ("task", "name", "search", "trial")},
    }


def sources(hint: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The past tasks that a search was warm-started from, the nearest first; none where it began cold."""
    told = hint["sources"] if hint else []
    return [{"task": s["task"], "name": s["name"], "similarity": round(s["similarity"], 4)} for s in told]
