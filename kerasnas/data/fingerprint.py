"""The content of a table as one number, whatever the order of its rows and columns."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import room, values
from .files import is_file
from .media import medium_named

MOST_NUMBERS = 2**24  # of an array that count


def fingerprint(rows: np.ndarray, target: str) -> str:
    """sha256 over the rows as a set, and the name of the target.

    Two tasks with the same rows, target and columns have the same fingerprint, in whatever order the rows and
    columns stand, however the rows are split and whatever metric judges.

    Args:
        rows: ``row_numbers`` of the columns that a model may read and of the target.
        target: The column that is predicted.
    """
    digest = hashlib.sha256(b"kerasnas task 1\0" + target.encode() + b"\0")
    ordered = room.ordered(rows)
    for part in room.pieces(len(rows)):
        digest.update(ordered[part].astype("<u8").tobytes())
    return digest.hexdigest()


def row_numbers(frame: pd.DataFrame, columns: Sequence[str], base: Path | None) -> np.ndarray:
    """The content of every row as one number, the same for equal rows; ``(rows,)`` uint64.

    The numbers of several columns together are the sum of those of each.

    Args:
        frame: The rows.
        columns: Those that count.
        base: The folder that paths of pictures and sounds refer to; such a file counts by its name and size.
    """
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in sorted(set(columns)):
        cells = _cells(frame[name], base)
        salt = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        with np.errstate(over="ignore"):
            total += _mixed(cells ^ np.uint64(salt))
    return total


def _cells(column: pd.Series, base: Path | None) -> np.ndarray:
    """A number for every cell's content, uint64."""
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iufb" and not isinstance(column.dtype, pd.CategoricalDtype):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        numbers = np.where(np.isnan(numbers), np.nan, numbers + 0.0)
        return _mixed(numbers.view(np.uint64))
    known: dict[Any, int] = {}
    if values.is_arrow(column):
        codes, found = pd.factorize(column, use_na_sentinel=True)
        each = [_cell(cell, base, known) for cell in [*found, None]]
        return np.array(each, dtype=np.uint64)[codes]
    return np.array([_cell(cell, base, known) for cell in values.cells(column)], dtype=np.uint64)


def _cell(cell: Any, base: Path | None, known: dict[Any, int]) -> int:
    if isinstance(cell, str):
        found = known.get(cell)
        if found is None:
            content = cell
            if medium_named(cell) is not None:
                path = (base or Path.cwd()) / cell
                content = f"{Path(cell).name} {path.stat().st_size if is_file(path) else ''}"
            found = known[cell] = _hash(content.encode("utf-8", "surrogatepass"))
        return found
    if isinstance(cell, bytes | bytearray | memoryview):
        return _hash(bytes(cell))
    if isinstance(cell, np.ndarray):
        # a giant is told by some of its rows: nobody has two that differ in the others only
        step = 1 + cell.size // MOST_NUMBERS
        return _hash(
            repr(cell.shape).encode() + np.ascontiguousarray(cell[::step]).tobytes()
            if step > 1
            else np.ascontiguousarray(cell).tobytes()
        )
    if hasattr(cell, "tobytes") and hasattr(cell, "getbands"):
        return _hash(cell.tobytes())
    return _hash(values.text(cell).encode("utf-8", "surrogatepass"))


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Bits spread over the word (the finaliser of SplitMix64), so that sums over columns do not cancel."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
