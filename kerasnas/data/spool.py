"""A task on disk: written by ``Task.spool``, read by ``TaskData.open`` in another process."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from ..objectives import METRICS, Metric
from . import cache, reading, room
from .adapters import frozen
from .adapters.base import Adapter, Rows
from .adapters.frozen import Frozen
from .feature_notes import Note, Tell, tell, teller
from .filling import fill
from .fingerprint import row_numbers
from .preprocessor import Preprocessor
from .tables import Table
from .task_data import FORMAT
from .views import View

JUDGE = "metric.pkl"


class Spooled:
    """Reads views from a spool folder; computes frozen features there once."""

    def __init__(self, folder: Path, preprocessor: Preprocessor) -> None:
        self._folder = folder
        self._preprocessor = preprocessor
        self._rows: Rows | None = None

    def __call__(self, view: str) -> Any:
        """A view of all rows, part after part; frozen features are computed once."""
        stem = self._folder / "views" / view
        if stem.with_suffix(".npz").exists():
            import scipy.sparse

            return scipy.sparse.load_npz(stem.with_suffix(".npz")).tocsr()
        if stem.with_suffix(".npy").exists():
            return np.load(stem.with_suffix(".npy"), mmap_mode="r")
        adapter = self._preprocessor.adapter(view)
        if (self._folder / "called.json").exists():
            return self._made(adapter)
        if not isinstance(adapter, Frozen):
            raise DataError(
                f"The spooled task in {self._folder} lacks the view '{view}'. Spool the task anew."
            )
        order = np.load(self._folder / "order.npy")
        raw = self._folder / "raw" / view
        mark = json.loads(raw.with_suffix(".sha256").read_text())
        features = features_of(adapter, lambda: frozen.load_raw(raw), mark, teller(self._folder))
        cache.write_array(stem.with_suffix(".npy"), features[order])
        for leftover in (raw.with_suffix(".npy"), raw.with_suffix(".json")):
            leftover.unlink(missing_ok=True)
        return np.load(stem.with_suffix(".npy"), mmap_mode="r")

    def _made(self, adapter: Adapter) -> Any:
        """A view of the rows that a factory gives, in memory."""
        if self._rows is None:
            self._rows = _call_again(self._folder, self._preprocessor)
        if not isinstance(adapter, Frozen):
            return adapter.transform(self._rows)
        raw = adapter.raw(self._rows)
        return features_of(adapter, lambda: raw, frozen.fingerprint(raw), teller(self._folder))


@dataclass(frozen=True)
class Called:
    """Where the rows come from if they are not to be copied.

    Attributes:
        factory: "package.module:function".
        target: What it calls the target.
        kept: Those of its rows that have one.
    """

    factory: str
    target: str
    kept: np.ndarray


def _note_call(
    folder: Path, called: Called, order: np.ndarray, preprocessor: Preprocessor, rows: Rows
) -> None:
    """Write how the rows are to be had again, and what tells that they are the same."""
    np.save(folder / "called.npy", called.kept[order])
    note = {
        "factory": called.factory,
        "target": called.target,
        "base": str(rows.base) if rows.base is not None else None,
        "unreadable": rows.unreadable,
        "rows": _mark(rows, preprocessor),
    }
    cache.write_json(folder / "called.json", note)


def _call_again(folder: Path, preprocessor: Preprocessor) -> Rows:
    """The rows of a task, part after part, from the factory that gave them first.

    Raises:
        DataError: If it fails, or gives other rows.
    """
    note = json.loads((folder / "called.json").read_text(encoding="utf-8"))
    frame, _ = reading.read(note["factory"], note["target"])
    order = np.load(folder / "called.npy")
    base = Path(note["base"]) if note["base"] is not None else None
    if len(frame) > order.max():
        rows = Rows(frame.iloc[order].reset_index(drop=True), base, note["unreadable"])
        if _mark(rows, preprocessor) == note["rows"]:
            return rows
    raise DataError(
        f"The factory '{note['factory']}' gave other rows than when the task was made. It must give the same rows in the same order "
        "each time it is called: no shuffling, no random choice, no data that grows."
    )


def _mark(rows: Rows, preprocessor: Preprocessor) -> str:
    numbers = row_numbers(rows.frame, preprocessor.columns(), rows.base)
    return hashlib.sha256(numbers.astype("<u8").tobytes()).hexdigest()


def read_judge(folder: Path) -> Metric | None:
    """The metric of a spooled task that is none of ours; None where it is one.

    The file is code, and is read from a folder that only this user may write into.
    """
    if not (folder / JUDGE).exists():
        return None
    import pickle

    found: Metric = pickle.loads((folder / JUDGE).read_bytes())  # noqa: S301 - our own file in a folder that is ours alone
    return found


def features_of(adapter: Frozen, raw: Callable[[], Any], fingerprint: str, tell: Tell = tell) -> np.ndarray:
    """Scaled features of a frozen encoder, from the cache where they are.

    Args:
        adapter: The encoder's adapter.
        raw: Gives what the encoder reads; called only where the cache has nothing.
        fingerprint: Of what ``raw`` gives.
        tell: Told where they come from, and before they are computed; writes into the log if not given.
    """
    path = cache.features_path(adapter.encoder.fingerprint, fingerprint)
    found = cache.read_array(path)
    named = adapter.view.name, adapter.encoder.name
    if found is None:
        given, began = raw(), time.monotonic()
        tell(Note(*named, len(given), "computing"))
        found = adapter.features(given)
        cache.write_array(path, found)
        tell(Note(*named, len(found), "computed", time.monotonic() - began))
    else:
        tell(Note(*named, len(found), "cached"))
    return adapter.scaled(np.asarray(found))


def write_spool(
    folder: Path,
    facts: Callable[[], Mapping[str, Any]],
    *,
    targets: np.ndarray,
    weights: np.ndarray | None,
    judge: Metric,
    order: np.ndarray,
    preprocessor: Preprocessor,
    table: Table,
    dress: Callable[[pd.DataFrame], Rows],
    called: Called | None = None,
) -> None:
    """Write a task for ``TaskData.open``: a folder that only this user may read, ``task.json`` last.

    Args:
        folder: Made where it is not there.
        facts: Gives them as ``Task.facts``; asked when all rows are read, for it says what was noticed.
        targets: Of all rows, part after part.
        weights: How much each row counts, part after part; None where all count alike.
        judge: The metric.
        order: Row numbers, part after part.
        preprocessor: The fitted preprocessing.
        table: All rows.
        dress: Makes rows that adapters read of a frame.
        called: Given where the rows are not to be written: whoever opens the folder calls the factory.

    Raises:
        DataError: If a task is there already.
    """
    if (folder / "task.json").exists():
        raise DataError(f"There is a spooled task in {folder} already. Choose an empty folder.")
    for part in (folder, folder / "views", folder / "raw"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    preprocessor.save(folder / "preprocessing", encoders="reference")
    np.save(folder / "targets.npy", targets)
    if weights is not None:
        np.save(folder / "weights.npy", weights)
    if METRICS.get(judge.name) is not judge:
        import cloudpickle

        (folder / JUDGE).write_bytes(cloudpickle.dumps(judge))
    np.save(folder / "order.npy", order)
    if called is None:
        _write_views(folder, preprocessor, table, order, dress)
    else:
        rows = dress(table.take(order, table.columns))
        _note_call(folder, called, order, preprocessor, rows)
    cache.write_json(folder / "task.json", {"format": FORMAT, **facts()})


def _write_views(
    folder: Path,
    preprocessor: Preprocessor,
    table: Table,
    order: np.ndarray,
    dress: Callable[[pd.DataFrame], Rows],
) -> None:
    plain = {}
    for name, adapter in preprocessor.adapters.items():
        if not isinstance(adapter, Frozen):
            plain[name] = adapter
            continue
        raw = adapter.raw(dress(table.sample(table.columns)))
        mark = frozen.fingerprint(raw)
        (folder / "raw" / name).with_suffix(".sha256").write_text(json.dumps(mark))
        if cache.read_array(cache.features_path(adapter.encoder.fingerprint, mark)) is None:
            frozen.save_raw(raw, folder / "raw" / name)
        else:
            features = features_of(adapter, lambda raw=raw: raw, mark, teller(folder))  # type: ignore[misc]
            cache.write_array((folder / "views" / name).with_suffix(".npy"), features[order])

    def make(view: View) -> np.ndarray:
        path = (folder / "views" / view.name).with_suffix(".npy")
        return room.mapped(path, (len(order), *view.shape), view.dtype)

    for name, found in fill(plain, table, order, dress, make).items():
        if isinstance(found, np.memmap):
            found.flush()
        else:
            import scipy.sparse

            scipy.sparse.save_npz((folder / "views" / name).with_suffix(".npz"), found, compressed=False)
