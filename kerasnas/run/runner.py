"""The runner: the process that owns one search, from its run folder. Started by ``process.start_runner``."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import SearchError
from .executor import Executor
from .folder import RunFolder, locked
from .process import extend_path, here
from .worker_client import WorkerExecutor

if TYPE_CHECKING:
    from meta_store import Lease, Store

    from ..space import Space

log = logging.getLogger("kerasnas.run")

BEAT = 2.0  # seconds between two renewals of the lease
PATIENCE = 25.0  # seconds to wait for another runner's lease to end


def main(path: str, starter: int) -> int:
    """Run the search of a run folder to its end; returns the exit status.

    Args:
        path: The run folder.
        starter: The process that started this one, and that may still be writing the folder.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr)
    log.setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, _leave)
    folder = RunFolder(path)
    folder.check_private()
    with locked(folder) as owned:
        if not owned:
            log.warning("another runner of this search lives on this machine: this one ends")
            return 3
        log.info("runner %d begins", os.getpid())
        executor = WorkerExecutor(folder)
        executor.start()  # it loads Keras while we prepare
        try:
            job = _wait_for_job(folder, starter)
            executor.prepare()
            extend_path(job["sys_path"])
            return run(folder, job, executor)
        finally:
            executor.close()


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    """Leave by the ``finally`` clauses; the search can be resumed."""
    raise SystemExit(128 + number)


def _wait_for_job(folder: RunFolder, starter: int) -> dict[str, Any]:
    """Wait until whoever started us has written the job; end with it if it dies before."""
    while not folder.job.exists():
        if os.getppid() != starter:
            raise SystemExit("the process that started this search ended before the search was complete")
        time.sleep(0.02)
    return folder.read_job()


def run(folder: RunFolder, job: Mapping[str, Any], executor: Executor, space: Space | None = None) -> int:
    """Own the search while its loop runs; returns the exit status.

    Whatever ends the loop is stored as the search's state, so that nobody waits for a search that nobody
    runs.
    """
    import meta_store
    from meta_store import LeaseLost, StoreError, StoreGone

    from .setup import make_loop

    for line in folder.features():
        log.info("%s", line)
    with meta_store.open(job["store"]) as store, _owned(store, job["search"], folder) as lease:
        try:
            make_loop(job, folder, executor, store, lease, space).run()
        except LeaseLost as lost:
            log.warning("%s This runner ends.", lost)
            return 4
        except SystemExit:
            store.set_search_state(
                lease, "stopped", "The runner was ended from outside. Resume goes on from here."
            )
            raise
        except StoreGone as gone:
            log.error("%s", gone)  # noqa: TRY400 - the message says it all
            store.rescue(folder.path / "rescued.db")
            log.info("all that the store had is in %s", folder.path / "rescued.db")
            return 5
        except Exception as error:
            log.exception("the search failed")
            reason = str(error) if isinstance(error, SearchError) else f"{type(error).__name__}: {error}"
            try:
                store.set_search_state(lease, "failed", reason)
            except StoreError:
                log.exception("the failure could not be stored")
            return 1
    return 0


@contextmanager
def _owned(store: Store, search_id: str, folder: RunFolder) -> Iterator[Lease]:
    """The search's lease, renewed by a thread of its own until the end; the thread also keeps the log from growing."""
    from meta_store import StoreGone

    lease = acquire(store, search_id, folder)
    ended = threading.Event()
    heart = threading.Thread(target=_beat, args=(store, lease, folder, ended), name="heart", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        ended.set()
        heart.join(5)
        with suppress(StoreGone):  # then there is nothing to release
            store.release_lease(lease)


def acquire(store: Store, search_id: str, folder: RunFolder) -> Lease:
    """Become the search's runner.

    On this machine the folder's lock says that nobody else is; another's lease is waited for.
    """
    from meta_store import LeaseHeld

    owner = f"{here()}:{folder.path}"
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return store.acquire_lease(search_id, owner, pid=os.getpid(), host=here())
        except LeaseHeld:
            if time.monotonic() > until:
                raise
            time.sleep(1.0)


def _beat(store: Store, lease: Lease, folder: RunFolder, stop: threading.Event) -> None:
    from meta_store import LeaseLost, StoreError, StoreGone

    while not stop.wait(BEAT):
        try:
            folder.bound_log()
        except OSError as error:
            log.warning("the log could not be put aside: %s", error)
        try:
            store.renew_lease(lease)
        except (LeaseLost, StoreGone):
            return  # the loop's next write says so
        except StoreError as error:
            log.warning("the heartbeat could not be written: %s", error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
