"""Reading trials: with their figures and epochs, whole or since the last look."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..records import TrialRecord
from . import rows
from . import tables as t
from .codec import load, unpack

BATCH = 500  # names in one IN list
MOST_SEARCHES = 8  # whose closed trials are remembered


def trial_key(search_id: str, number: int) -> Any:
    """The query for one trial's row."""
    return sa.select(t.trial).where(t.trial.c.search_id == search_id, t.trial.c.number == number)


def live_epochs(c: Connection, ids: Sequence[int]) -> dict[int, tuple[dict[str, Any], ...]]:
    """Epochs of running trials, which are not packed yet, by row number."""
    points: dict[int, list[dict[str, Any]]] = {}
    for some in _batches(ids):
        query = (
            sa.select(t.curve_point).where(t.curve_point.c.trial_id.in_(some)).order_by(t.curve_point.c.epoch)
        )
        for row in c.execute(query).mappings():
            points.setdefault(row["trial_id"], []).append({"epoch": row["epoch"], **load(row["metrics"])})
    return {k: tuple(v) for k, v in points.items()}


def read_trials(c: Connection, search_id: str, since: int = 0) -> list[TrialRecord]:
    """Trials of a search from a number on."""
    return _records(c, t.trial.c.search_id == search_id, t.trial.c.number >= since)


def read_curve(c: Connection, search_id: str, number: int) -> tuple[Mapping[str, Any], ...]:
    """Epochs of one trial; none where there is no such trial."""
    row = c.execute(trial_key(search_id, number)).mappings().first()
    if row is None:
        return ()
    return unpack(row["curve_names"], row["curve"]) or live_epochs(c, [row["id"]]).get(row["id"], ())


def _records(c: Connection, *where: Any) -> list[TrialRecord]:
    joined = t.trial.join(t.config, t.trial.c.config_id == t.config.c.id)
    found = (
        c.execute(
            sa.select(t.trial, t.config.c.genotype)
            .select_from(joined)
            .where(*where)
            .order_by(t.trial.c.number)
        )
        .mappings()
        .all()
    )
    measured = t.trial_metric.join(t.trial, t.trial.c.id == t.trial_metric.c.trial_id)
    figures: dict[int, dict[str, Any]] = {}
    for row in c.execute(sa.select(t.trial_metric).select_from(measured).where(*where)).mappings():
        figures.setdefault(row["trial_id"], {})[row["name"]] = load(row["value"])
    live = live_epochs(c, [row["id"] for row in found if row["state"] == "running"])
    return [rows.trial(row, figures.get(row["id"], {}), live.get(row["id"], ())) for row in found]


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


class Remembered:
    """Trials for one snapshot after another; a closed trial is read once.

    It does not change within its attempt. May be called from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed: dict[str, dict[int, TrialRecord]] = {}

    def __call__(self, c: Connection, search_id: str) -> tuple[TrialRecord, ...]:
        """Every trial of a search, by number."""
        columns = (t.trial.c.number, t.trial.c.state, t.trial.c.attempt, t.trial.c.finished_at)
        present = c.execute(
            sa.select(*columns).where(t.trial.c.search_id == search_id).order_by(t.trial.c.number)
        ).all()
        with self._lock:
            known = self._closed.get(search_id, {})
        kept = {
            number: known[number]
            for number, state, attempt, finished_at in present
            if number in known
            and (known[number].state, known[number].attempt, known[number].finished_at)
            == (state, attempt, finished_at)
        }
        missing = [number for number, *_ in present if number not in kept]
        for some in _batches(missing):
            for record in _records(c, t.trial.c.search_id == search_id, t.trial.c.number.in_(some)):
                kept[record.number] = record
        with self._lock:
            self._closed.pop(search_id, None)
            self._closed[search_id] = {n: r for n, r in kept.items() if r.state != "running"}
            while len(self._closed) > MOST_SEARCHES:
                self._closed.pop(next(iter(self._closed)))
        return tuple(kept[number] for number, *_ in present)
