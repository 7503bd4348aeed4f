"""What a snapshot of the store means to a person: the best, the ranking, time used, a lost runner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kerasnas.draw.lines import Line

from .words import ENDED

if TYPE_CHECKING:
    from meta_store.records import (
        EnsembleRecord,
        FinalRecord,
        SearchRecord,
        Snapshot,
        TaskRecord,
        TrialRecord,
    )

LOST_AFTER = 10.0  # seconds without a heartbeat
WORKING = ("created", "running", "finalising", "stopping", "paused")


@dataclass(frozen=True)
class Facts:
    """A snapshot, its task, and the moment it is looked at.

    Attributes:
        snapshot: What the store said last.
        task: The task that is searched.
        store: Path or address of the store.
        usual: Whether that is the store used where none is named, so that code need not name it.
        now: Seconds since the epoch.
        default: The space's default genotype, to tell what a trial chose otherwise.
        alive: Whether the runner's process lives; None where that cannot be seen, as on another machine.
        known: Lines made for earlier snapshots, by trial; kept up to date here.
        log: Last lines of the runner's log; read only when the runner is lost or failed.
    """

    snapshot: Snapshot
    task: TaskRecord
    store: str
    now: float
    default: Mapping[str, Any] = field(default_factory=dict)
    log: Sequence[str] = ()
    usual: bool = False
    alive: bool | None = None
    known: dict[int, tuple[Any, Line]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def search(self) -> SearchRecord:
        """The search's record."""
        return self.snapshot.search

    @property
    def trials(self) -> tuple[TrialRecord, ...]:
        """All trials by number."""
        return tuple(self.snapshot.trials)

    @property
    def attach(self) -> str:
        """The arguments that name this search, for ``kn.attach`` and ``kn.Search.attach``."""
        return repr(self.search.id) + ("" if self.usual else f", store={self.store!r}")

    @property
    def sign(self) -> float:
        """1 when larger is better, else -1."""
        return 1.0 if self.task.direction == "max" else -1.0

    @cached_property
    def ranked(self) -> list[TrialRecord]:
        """Completed trials with a value, the best first; the earlier one where two are equal."""
        done = [
            t
            for t in self.trials
            if t.state == "completed" and t.value is not None and math.isfinite(t.value)
        ]
        return sorted(done, key=lambda trial: (-self.sign * (trial.value or 0.0), trial.number))

    @property
    def best(self) -> TrialRecord | None:
        """The best completed trial."""
        return self.ranked[0] if self.ranked else None

    @property
    def result(self) -> EnsembleRecord | FinalRecord | None:
        """What the search gives: judged finalists; None while the search goes on and found better."""
        judged = self.snapshot.result
        outdone = judged is not None and self.best is not None and judged.members[0] != self.best.number
        return None if outdone and self.search.state in ("running", "paused") else judged

    @property
    def latest_failure(self) -> TrialRecord | None:
        """The failed trial with the highest number."""
        return max(
            (t for t in self.trials if t.state == "failed"), key=lambda trial: trial.number, default=None
        )

    @property
    def silence(self) -> float:
        """Seconds since the runner's last heartbeat (or since the search was made)."""
        return self.now - (self.search.heartbeat_at or self.search.created_at)

    @property
    def state(self) -> str:
        """The search's state; "lost" where its runner should be at work and is gone, or silent too long."""
        state = self.search.state
        if state not in WORKING:
            return state
        patience = LOST_AFTER if self.alive is None and state != "created" else 6 * LOST_AFTER
        return "lost" if self.alive is False or self.silence > patience else state

    @property
    def live(self) -> bool:
        """Whether something can still change."""
        return self.search.state not in ENDED

    @property
    def used_seconds(self) -> float:
        """Seconds of the budget that are used."""
        told = self.search.progress.get("seconds")
        if told is not None:
            return float(told)
        return max(0.0, (self.search.finished_at or self.now) - self.search.created_at)

    @property
    def baseline(self) -> float | None:
        """Value of a model that knows nothing (majority or mean), where the search recorded it."""
        value = self.search.settings.get("baseline")
        return float(value) if isinstance(value, int | float) else None

    @cached_property
    def lines(self) -> list[Line]:
        """Each trial's curve, for the charts."""
        return [self._line(trial) for trial in self.trials]

    def _line(self, trial: TrialRecord) -> Line:
        """A trial's line: made anew only where something was added, for there may be a thousand."""
        seen = (trial.state, trial.attempt, len(trial.curve), trial.value)
        held = self.known.get(trial.number)
        if held is not None and held[0] == seen:
            return held[1]
        values = enumerate(values_of(trial, self.task.metric), start=1)
        line = Line(trial.number, tuple((float(k), value) for k, value in values), trial.value, trial.state)
        self.known[trial.number] = (seen, line)
        return line


def values_of(trial: TrialRecord, metric: str) -> list[float]:
    """The objective of every epoch, in order."""
    found = []
    for epoch in trial.curve:
        value = epoch.get("objective", epoch.get(metric))
        if value is not None:
            found.append(float(value))
    return found
