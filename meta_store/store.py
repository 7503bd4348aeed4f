"""The contract of a store, in prose; ``meta_store.testing.StoreContract`` holds it in tests.

Ownership
    A search is written by one runner at a time: the holder of its lease. ``acquire_lease`` hands out a
    rising fence number; every write of a runner carries it, and one that carries an older number raises
    ``LeaseLost`` and changes nothing. Anybody may read, and anybody may ``send_command``.

Order
    Every write to a search raises its ``revision`` by at least one, in the same transaction. A snapshot is
    one transaction.

Repetition
    ``open_trial``, ``close_trial``, ``put_task``, ``put_space``, ``put_final`` and ``put_ensemble`` may be repeated with the
    same arguments: the second time changes nothing of what is stored. A trial that is closed stays as it
    was closed, unless ``open_trial`` starts a later attempt of it.

Threads and processes
    One store object may be used from several threads; several processes may open one store. Writes wait for
    each other for a bounded time and then raise ``StoreError``.

Numbers
    ``value`` of a completed trial is a number, never NaN; infinities are stored as such. Metrics and curves
    may hold NaN.

Clock
    Times come from the database, never from the caller.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .records import (
    ArtifactRecord,
    CommandRecord,
    EnsembleRecord,
    FinalRecord,
    GateRecord,
    Lease,
    SearchRecord,
    Snapshot,
    SpaceRecord,
    TaskRecord,
    TransferRecord,
    TrialRecord,
)


class Store(ABC):
    """Where searches are kept. See the module's text for the contract."""

    # -- tasks and spaces

    @abstractmethod
    def put_task(self, task: TaskRecord) -> str:
        """Store a task, or renew its features; returns its id."""

    @abstractmethod
    def get_task(self, task_id: str) -> TaskRecord:
        """A task.

        Raises:
            StoreError: If there is none of that id.
        """

    @abstractmethod
    def list_tasks(self) -> list[TaskRecord]:
        """Every task, oldest first."""

    @abstractmethod
    def put_space(self, space: SpaceRecord) -> str:
        """Store a space; returns its id."""

    @abstractmethod
    def get_space(self, space_id: str) -> SpaceRecord:
        """A space.

        Raises:
            StoreError: If there is none of that id.
        """

    # -- searches

    @abstractmethod
    def create_search(self, search: SearchRecord) -> str:
        """Store a new search in the state ``created``; returns its id, made here where the record's is empty.

        Raises:
            StoreError: If the id is taken, or task or space are unknown.
        """

    @abstractmethod
    def get_search(self, search_id: str) -> SearchRecord:
        """A search.

        Raises:
            StoreError: If there is none of that id; the message names the newest.
        """

    @abstractmethod
    def list_searches(self, *, state: str | None = None, task_id: str | None = None) -> list[SearchRecord]:
        """Searches, newest first."""

    @abstractmethod
    def delete_search(self, search_id: str) -> None:
        """Remove a search that has ended or was never started, with all that belongs to it.

        Raises:
            LeaseHeld: If a runner owns it.
        """

    # -- ownership

    @abstractmethod
    def acquire_lease(self, search_id: str, owner: str, *, pid: int, host: str, ttl: float = 15.0) -> Lease:
        """Become the runner of a search.

        Args:
            search_id: The search.
            owner: A name of this runner, unique among runners.
            pid: Its process.
            host: Its machine.
            ttl: Seconds after which an unrenewed lease may be taken by another.

        Raises:
            LeaseHeld: If another runner's lease is alive.
        """

    @abstractmethod
    def renew_lease(self, lease: Lease) -> None:
        """Stay the runner; also the search's heartbeat.

        Raises:
            LeaseLost: If another runner took over.
        """

    @abstractmethod
    def release_lease(self, lease: Lease) -> None:
        """Stop being the runner; without effect where the lease was lost."""

    # -- what a runner writes

    @abstractmethod
    def set_search_state(self, lease: Lease, state: str, reason: str | None = None) -> None:
        """Change a search's state."""

    @abstractmethod
    def set_progress(self, lease: Lease, progress: Mapping[str, Any]) -> None:
        """Replace the progress: budget used, what the worker is doing, ..."""

    @abstractmethod
    def update_budget(self, lease: Lease, budget: Mapping[str, Any]) -> None:
        """Replace the budget."""

    @abstractmethod
    def open_trial(self, lease: Lease, trial: TrialRecord) -> None:
        """Store a trial as running, before it is trained."""

    @abstractmethod
    def record_epoch(self, lease: Lease, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Store one epoch of a running trial."""

    @abstractmethod
    def close_trial(
        self,
        lease: Lease,
        number: int,
        *,
        state: str,
        value: float | None = None,
        metrics: Mapping[str, Any] | None = None,
        cost: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """Store how a trial ended; its epochs are packed.

        Raises:
            StoreError: If the trial was never opened, or a completed one has no value.
        """

    @abstractmethod
    def put_final(self, lease: Lease, final: FinalRecord) -> None:
        """Store a finalist's figures."""

    @abstractmethod
    def put_ensemble(self, lease: Lease, ensemble: EnsembleRecord | None) -> None:
        """Store the search's ensemble in place of the one it had; None takes that away.

        Raises:
            StoreError: If it has fewer than two members or no validation figure.
        """

    @abstractmethod
    def record_gate(self, lease: Lease, gate: GateRecord) -> None:
        """Store one test of the past."""

    @abstractmethod
    def record_transfer(self, lease: Lease, transfer: TransferRecord) -> None:
        """Store what was taken from another search."""

    @abstractmethod
    def settle_command(
        self, lease: Lease, command_id: int, state: str, result: str, trial: int | None = None
    ) -> None:
        """Store what became of a command: ``applied`` or ``refused``, and why."""

    # -- what anybody does

    @abstractmethod
    def send_command(
        self, search_id: str, verb: str, arguments: Mapping[str, Any] | None = None, *, who: str = ""
    ) -> int:
        """Ask something of a search; returns the command's id.

        Raises:
            StoreError: If there is no such search.
        """

    @abstractmethod
    def pending_commands(self, search_id: str) -> list[CommandRecord]:
        """Commands that nobody has settled, oldest first."""

    @abstractmethod
    def commands(self, search_id: str) -> list[CommandRecord]:
        """Every command, oldest first."""

    @abstractmethod
    def trials(self, search_id: str, since: int = 0) -> list[TrialRecord]:
        """Trials with their curves, from a number on, by number."""

    @abstractmethod
    def curve(self, search_id: str, number: int) -> tuple[Mapping[str, Any], ...]:
        """The epochs of one trial: mappings with ``epoch`` and figures by name."""

    @abstractmethod
    def ensemble(self, search_id: str) -> EnsembleRecord | None:
        """The ensemble of the finalists; None where there is none."""

    @abstractmethod
    def finals(self, search_id: str) -> list[FinalRecord]:
        """Finalists by rank."""

    @abstractmethod
    def gate_history(self, search_id: str) -> list[GateRecord]:
        """Tests of the past, in order."""

    @abstractmethod
    def transfer_events(self, search_id: str) -> list[TransferRecord]:
        """What a search took from others."""

    @abstractmethod
    def snapshot(self, search_id: str, after: int | None = None) -> Snapshot | None:
        """All of a search; None where its revision is not above ``after``."""

    # -- files

    @abstractmethod
    def put_artifact(
        self, artifact: ArtifactRecord, *, search_id: str, number: int | None = None, role: str = ""
    ) -> None:
        """Note a file that is already in its place, and who refers to it."""

    @abstractmethod
    def artifacts(self, search_id: str) -> list[ArtifactRecord]:
        """Files that a search refers to."""

    @abstractmethod
    def put_lineage(self, child: str, parent: str, kind: str) -> None:
        """Note that one thing descends from another: ids of trials, artifacts or searches."""

    @abstractmethod
    def parents_of(self, child: str) -> Sequence[tuple[str, str]]:
        """What a thing descends from: pairs (parent, kind)."""

    @abstractmethod
    def rescue(self, path: str | Path) -> None:
        """Copy a store whose file is gone from its place, as long as it is open; SQLite only.

        Raises:
            StoreError: If it cannot be copied.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of connections; repeated closing is fine."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
