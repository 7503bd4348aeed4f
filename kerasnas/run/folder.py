"""The private folder of a run: where its data, its code, its log and its bundles lie."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import SearchError

MOST_LOG = 4 * 2**20  # bytes of a log; what is older is kept aside up to as many again
TAIL = 16_384  # bytes at the end of a log that are read for its last lines


def home() -> Path:
    """Where kerasnas keeps what it makes: ``KERASNAS_HOME``, or the user's data directory.

    Made (mode 0700) if missing.
    """
    told = os.environ.get("KERASNAS_HOME")
    if told:
        folder = Path(told).expanduser()
    else:
        import platformdirs

        folder = Path(platformdirs.user_data_dir("kerasnas"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


def default_store() -> Path:
    """The store that is used where none is named: ``KERASNAS_STORE``, or ``store.db`` in ``home()``."""
    told = os.environ.get("KERASNAS_STORE")
    return Path(told).expanduser().resolve() if told else home() / "store.db"


class RunFolder:
    """One run's folder.

    Only its owner may read it: it holds rows of the data, and code that its processes execute.

    Args:
        path: The folder.

    Attributes:
        path: The folder.
        data: Spooled rows.
        job: What to do, as JSON; appears when everything else is in place.
        objects: Classes and functions that cannot be imported, by cloudpickle; only where the space has some.
        log: What runner and worker print.
        old_log: The part of it before, where it has grown large.
        bundles: One bundle a finalist, and one of their ensemble.
        predictions: What the best candidates say of the validation rows.
        checkpoints: The state of the trial or finalist that is being trained.
        lines: The lines to beat, where somebody has asked for them.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.data = self.path / "data"
        self.job = self.path / "job.json"
        self.objects = self.path / "objects.pkl"
        self.log = self.path / "runner.log"
        self.old_log = self.path / "runner.log.1"
        self.bundles = self.path / "bundles"
        self.predictions = self.path / "predictions"
        self.checkpoints = self.path / "checkpoints"
        self.lines = self.path / "lines.json"

    @classmethod
    def make(cls, search_id: str) -> RunFolder:
        """A new folder (mode 0700) for a search."""
        runs = home() / "runs"
        runs.mkdir(mode=0o700, exist_ok=True)
        folder = cls(runs / search_id)
        folder.path.mkdir(mode=0o700)
        folder.bundles.mkdir(mode=0o700)
        return folder

    def check_private(self) -> None:
        """Refuse a folder that another user could have written into.

        Raises:
            SearchError: If it does not exist, belongs to another user, or others may enter it.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise SearchError(
                f"The run folder {self.path} does not exist: it was moved, deleted, or is on another machine."
            ) from None
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise SearchError(
                f"The run folder {self.path} must belong to you and be closed to others (mode 0700), because code is read from it. "
                f"Found: owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}."
            )

    def write_job(self, job: Mapping[str, Any]) -> None:
        """Put the job in place, whole or not at all."""
        fresh = self.job.with_suffix(".new")
        fresh.write_text(json.dumps(job, indent=1))
        fresh.replace(self.job)

    def read_job(self) -> dict[str, Any]:
        """The job.

        Raises:
            SearchError: If there is none.
        """
        if not self.job.exists():
            raise SearchError(
                f"The run folder {self.path} holds no job: its search was never started completely. Start a new one."
            )
        job: dict[str, Any] = json.loads(self.job.read_text())
        return job

    def write_objects(self, objects: Mapping[str, Any]) -> None:
        """Keep what cannot be imported; nothing is written where there is nothing."""
        if objects:
            import cloudpickle

            self.objects.write_bytes(cloudpickle.dumps(dict(objects)))

    def read_objects(self) -> dict[str, Any]:
        """What ``write_objects`` kept.

        Raises:
            SearchError: If the folder is not private.
        """
        if not self.objects.exists():
            return {}
        self.check_private()
        import pickle

        objects: dict[str, Any] = pickle.loads(self.objects.read_bytes())  # noqa: S301 - our own file in a folder that is ours alone
        return objects

    def checkpoint(self, number: int) -> Path:
        """Where a trial's training keeps its state until the trial is closed."""
        return self.checkpoints / f"trial-{number}.npz"

    @property
    def final_checkpoint(self) -> Path:
        """Where the retraining of a finalist keeps its state until that is judged; the next one's takes its place."""
        return self.checkpoints / "finalist.npz"

    def drop_checkpoints(self, number: int) -> None:
        """Remove what trainings of a trial have kept, also what they were just writing when they died."""
        for file in (self.checkpoint(number), self.final_checkpoint):
            for each in (file, file.with_name(f".{file.name}")):
                each.unlink(missing_ok=True)

    def features(self) -> list[str]:
        """Where the features of frozen encoders come from, one line a view."""
        from ..data.feature_notes import read

        return [str(note) for note in read(self.data)]

    def mebibytes(self) -> float:
        """What the folder takes of the disk, in MiB; 0 where it is gone.

        It is bounded: the rows, two parts of a log, one state of a training and one of a retraining, one bundle for each of the present
        finalists, and predictions of the validation rows by the best candidates.
        """
        found = 0
        for root, _, names in os.walk(self.path):
            for name in names:
                with suppress(FileNotFoundError):  # it was replaced meanwhile
                    found += (Path(root) / name).stat().st_size
        return found / 2**20

    def bound_log(self) -> None:
        """Put the log aside where it has grown past ``MOST_LOG``; what was aside before goes.

        The file stays the same, for runner and worker have it open and append to it.
        """
        try:
            if self.log.stat().st_size <= MOST_LOG:
                return
        except FileNotFoundError:
            return
        fresh = self.old_log.with_suffix(".new")
        with self.log.open("r+b") as file:
            fresh.write_bytes(_end(file, MOST_LOG))
            file.truncate(0)
        fresh.replace(self.old_log)

    def tail(self, lines: int = 12) -> list[str]:
        """The last lines of the log; none where there is no log."""
        found: list[str] = []
        for part in (self.log, self.old_log):
            if len(found) < lines and part.exists():
                with part.open("rb") as file:
                    found = _end(file, TAIL).decode("utf-8", "replace").splitlines() + found
        return found[-lines:]


def _end(file: BinaryIO, most: int) -> bytes:
    """The last bytes of a file."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - most))
    return file.read()


@contextmanager
def locked(folder: RunFolder) -> Iterator[bool]:
    """Hold the folder's lock, which says that this process runs the search; False where another does."""
    with (folder.path / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def logged(folder: RunFolder) -> Iterator[None]:
    """Write what the runner's code says into the folder's log, where this process runs the search itself."""
    log, handler = logging.getLogger("kerasnas.run"), logging.FileHandler(folder.log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
