"""What is stored, as plain immutable records: strings, numbers, tuples and JSON mappings.

Times are seconds since 1970 (UTC) on the clock of the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

SEARCH_STATES = ("created", "running", "paused", "stopping", "finalising", "finished", "stopped", "failed")
ENDED = ("finished", "stopped", "failed")
TRIAL_STATES = ("running", "completed", "failed", "refused", "stopped")
COMMAND_STATES = ("requested", "applied", "refused")


@dataclass(frozen=True)
class TaskRecord:
    """A task, in numbers: no row and no column name of it.

    Attributes:
        id: Its name in the store.
        fingerprint: Hash of the data and the question.
        name: For people.
        modalities: E.g. ``("image", "text")``.
        problem: ``binary``, ``multiclass`` or ``regression``.
        metric: The objective.
        direction: ``max`` or ``min``.
        rows: Rows in all parts.
        outputs: Classes, or 1.
        features: Task features by modality.
        feature_version: Of the code that computed them.
        origin: Where it came from; empty for this store itself.
        shareable: Whether it may be exported.
    """

    id: str
    fingerprint: str
    name: str
    modalities: tuple[str, ...]
    problem: str
    metric: str
    direction: str
    rows: int
    outputs: int
    features: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    feature_version: int = 1
    origin: str = ""
    shareable: bool = False


@dataclass(frozen=True)
class SpaceRecord:
    """A traced space: its fingerprint is its id."""

    id: str
    family: str
    version: int
    json: Json


@dataclass(frozen=True)
class SearchRecord:
    """A search and the state it is in."""

    id: str
    task_id: str
    space_id: str
    strategy: str
    seed: int
    budget: Json
    settings: Json = field(default_factory=dict)
    hint: Json | None = None
    versions: Json = field(default_factory=dict)
    parent: str | None = None
    run_folder: str = ""
    state: str = "created"
    reason: str | None = None
    revision: int = 0
    pid: int | None = None
    host: str | None = None
    created_at: float = 0.0
    heartbeat_at: float | None = None
    finished_at: float | None = None
    progress: Json = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ENDED


@dataclass(frozen=True)
class TrialRecord:
    """One candidate of a search."""

    search_id: str
    number: int
    genotype: Json
    config_id: str = ""
    state: str = "running"
    origin: str = ""
    parents: tuple[int, ...] = ()
    init_kind: str = "scratch"
    seed: int = 0
    attempt: int = 1
    value: float | None = None
    metrics: Json = field(default_factory=dict)
    cost: Json = field(default_factory=dict)
    error: Json | None = None
    started_at: float | None = None
    finished_at: float | None = None
    curve: tuple[Json, ...] = ()

    @property
    def trained(self) -> bool:
        """Whether it was trained, in vain or not; refused candidates and repetitions of an earlier one were not."""
        return self.state != "refused" and "same_as" not in self.cost


@dataclass(frozen=True)
class FinalRecord:
    """A finalist: retrained, and judged once on held-out rows."""

    search_id: str
    number: int
    rank: int
    validation: float
    holdout: float | None
    metrics: Json = field(default_factory=dict)
    bundle: str = ""
    seed: int = 0

    @property
    def members(self) -> tuple[int, ...]:
        """Numbers of the networks in its bundle: its own."""
        return (self.number,)


@dataclass(frozen=True)
class EnsembleRecord:
    """Finalists whose networks are averaged in one model: the result of a search that has one.

    Attributes:
        search_id: Of its search.
        members: Numbers of the finalists, the best alone first; at least two.
        validation: The objective on the validation rows, of the members as the search trained them.
        holdout: The objective on the held-out rows; None where the task has none.
        metrics: All metrics on the held-out rows.
        bundle: Where its bundle lies.
    """

    search_id: str
    members: tuple[int, ...]
    validation: float
    holdout: float | None
    metrics: Json = field(default_factory=dict)
    bundle: str = ""


@dataclass(frozen=True)
class CommandRecord:
    """What somebody asked of a running search, and what became of it."""

    id: int
    search_id: str
    verb: str
    arguments: Json
    who: str
    created_at: float
    state: str = "requested"
    result: str | None = None
    applied_at_trial: int | None = None
    settled_at: float | None = None


@dataclass(frozen=True)
class GateRecord:
    """One test of whether the past still helps."""

    search_id: str
    trial_number: int
    statistic: float | None
    verdict: str
    details: Json = field(default_factory=dict)


@dataclass(frozen=True)
class TransferRecord:
    """What a search took from another."""

    search_id: str
    source_search: str
    source_trial: int | None
    kind: str
    details: Json = field(default_factory=dict)


@dataclass(frozen=True)
class ArtifactRecord:
    """A file by its content."""

    sha256: str
    kind: str
    size: int
    path: str


@dataclass(frozen=True)
class Lease:
    """The right to write a search; every write carries its number."""

    search_id: str
    owner: str
    fence: int


@dataclass(frozen=True)
class Snapshot:
    """Everything about one search at one moment."""

    search: SearchRecord
    trials: tuple[TrialRecord, ...]
    finals: tuple[FinalRecord, ...]
    commands: tuple[CommandRecord, ...]
    gate: tuple[GateRecord, ...]
    revision: int
    taken_at: float
    ensemble: EnsembleRecord | None = None

    @property
    def result(self) -> EnsembleRecord | FinalRecord | None:
        """What the search gives: the ensemble where there is one, else the best finalist; None before any was judged."""
        return self.ensemble or min(self.finals, key=lambda final: final.rank, default=None)
