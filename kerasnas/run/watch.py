"""Looking at a search from outside: its records, and whether its runner lives."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from ..errors import SearchError
from .folder import RunFolder, locked
from .process import here, is_alive, start_runner

if TYPE_CHECKING:
    from meta_store import SearchRecord, Snapshot, Store, TaskRecord, TrialRecord

LIVE = ("created", "running", "paused", "stopping", "finalising")
SILENCE = 10.0  # seconds without a heartbeat after which the runner of another machine is lost
DEAF = 60.0  # the same where its process is seen to live
AGAIN = 3.0  # seconds after which a silent runner is looked at once more: perhaps the clock jumped, or the machine slept


class Watch:
    """One search of one store.

    Args:
        where: The store's address.
        search_id: The search.

    Attributes:
        id: The search.
        process: The runner, where this process has started it.
        thread: The same, where the search runs in this process.
    """

    def __init__(self, where: str, search_id: str = "") -> None:
        self.where, self.id = where, search_id
        self.process: subprocess.Popen[bytes] | None = None
        self.thread: threading.Thread | None = None
        self._store: Store | None = None
        self._last: Snapshot | None = None
        self._silent: float | None = None

    @property
    def store(self) -> Store:
        """The store, opened when it is first used."""
        if self._store is None:
            import meta_store

            self._store = meta_store.open(self.where)
        return self._store

    @property
    def record(self) -> SearchRecord:
        """The search as it is now."""
        return self.store.get_search(self.id)

    @property
    def task(self) -> TaskRecord:
        """Its task."""
        return self.store.get_task(self.record.task_id)

    @property
    def trials(self) -> list[TrialRecord]:
        """Its trials, by number."""
        return self.store.trials(self.id)

    @property
    def folder(self) -> RunFolder:
        """Its run folder."""
        return RunFolder(self.record.run_folder)

    def look(self) -> tuple[Snapshot, str]:
        """The newest snapshot and the state, which is ``lost`` where the runner is gone."""
        record = self._read().search
        if record.state not in LIVE or self.is_ours_alive() or not self._gone(record):
            return self._read(), record.state
        fresh = self._read()  # it may have ended, and its process with it, since the first look
        return fresh, "lost" if fresh.revision == record.revision else fresh.search.state

    def status(self, *, size: bool = True) -> dict[str, Any]:
        """The state now, in plain values; see ``Search.status``.

        Args:
            size: Whether to ask the run folder for its size: all its files are looked at.
        """
        from .views import status

        snapshot, state = self.look()
        task = self.task
        told = status(snapshot, state=state, direction=task.direction, metric=task.metric, store=self.where)
        if size:
            folder = snapshot.search.run_folder
            told["run_folder_mib"] = round(RunFolder(folder).mebibytes(), 3) if folder else 0.0
        return told

    def is_ours_alive(self) -> bool:
        """Whether the runner that was started here lives."""
        if self.thread is not None and self.thread.is_alive():
            return True
        return self.process is not None and self.process.poll() is None

    def start(self, folder: RunFolder) -> None:
        """Start a runner."""
        self.process = start_runner(folder)

    def failure(self, record: SearchRecord, state: str) -> SearchError:
        """What to raise where a search failed, is lost or paused itself: why, with the last lines of its log."""
        if state == "lost":
            said = (
                f"The runner of the search {self.id!r} (process {record.pid} on {record.host}) is gone. "
                "No finished trial is lost: resume() goes on."
            )
        elif state == "paused":
            said = (
                f"The search {self.id!r} has paused itself and waits for an hour. {record.reason}\n"
                f"Mend the cause, then resume() or `kerasnas resume {self.id}` goes on; stop() ends it with what it has."
            )
        else:
            said = f"The search {self.id!r} failed: {record.reason}"
        lines = RunFolder(record.run_folder).tail()
        told = ["Last lines of its log:", *("  " + line for line in lines)] if lines else []
        return SearchError("\n".join([said, *told]))

    def bury(self) -> None:
        """Store that a search whose runner died is stopped.

        Raises:
            SearchError: If another runner has just taken over.
        """
        from .runner import acquire

        folder = self.folder
        with locked(folder) as owned:
            if not owned:
                raise SearchError(
                    f"Another runner has just taken over the search {self.id!r}. Stop it again."
                )
            lease = acquire(self.store, self.id, folder)
            self.store.set_search_state(lease, "stopped", "Its runner had died. Resume goes on from here.")
            self.store.release_lease(lease)

    def close(self) -> None:
        """Let go of the store."""
        opened, self._store, self._last = self._store, None, None
        if opened is not None:
            opened.close()

    def _read(self) -> Snapshot:
        """The newest snapshot; what has not changed is not read again."""
        known = self._last
        fresh = self.store.snapshot(self.id, None if known is None else known.revision)
        if fresh is not None:
            self._last = known = fresh
        if known is None:
            raise SearchError(f"The search {self.id!r} is not in {self.where} any more.")
        return known

    def _gone(self, record: SearchRecord) -> bool:
        """Whether a runner that is not ours has gone: its process here, its heartbeat elsewhere."""
        at = record.heartbeat_at or record.created_at
        near = record.host in (None, here()) and bool(record.pid)
        if near and not is_alive(record.pid):
            return True
        if time.time() - at <= (DEAF if near else SILENCE):
            return False
        if self._silent != at:
            time.sleep(AGAIN)  # a runner that lives has a heartbeat meanwhile, whatever the clock says
            fresh = self._read().search
            if (fresh.heartbeat_at or fresh.created_at) != at:
                return False
            self._silent = at
        return True
