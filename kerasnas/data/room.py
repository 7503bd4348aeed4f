"""Arrays that hold something for every row of a table: in memory, or in a file where there are many rows."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError

MOST_BYTES = 4 * 2**20  # an array of more is mapped from a file
PIECE = 2**18  # rows that are looked at together where one number a row is computed


def empty(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array to be written into, zeros at first.

    One of more than ``MOST_BYTES`` is mapped from a file without a name, in the system's folder for such files, that is gone with it:
    the system writes it out where memory is short.

    Raises:
        DataError: If there is no room on the disk.
    """
    full = (shape,) if isinstance(shape, int) else shape
    size = int(np.prod(full, dtype=np.int64)) * np.dtype(dtype).itemsize
    if size <= MOST_BYTES:
        return np.zeros(full, dtype)
    with tempfile.TemporaryFile() as file:
        _reserve(file.fileno(), size, Path(tempfile.gettempdir()))
        return np.asarray(np.memmap(file, dtype=dtype, mode="w+", shape=full))


def mapped(path: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
    """An array of zeros in a file that ``np.load`` reads.

    Raises:
        DataError: If there is no room on the disk.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)
    with path.open("r+b") as file:
        _reserve(file.fileno(), path.stat().st_size, path.parent)
    return array


def _reserve(file: int, size: int, folder: Path) -> None:
    """Have the disk's room before it is written to by way of memory, where there would be no error but an end of the process."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        raise DataError(
            f"There is no room in {folder} for {size:,} bytes that the rows of a task take there: {error.strerror}. Make room, or choose "
            "another folder (TMPDIR for temporary files)."
        ) from error


def pieces(count: int) -> Iterator[slice]:
    """Slices of at most ``PIECE`` that make up so many rows."""
    return (slice(start, min(start + PIECE, count)) for start in range(0, count, PIECE))


def numbering(count: int) -> np.dtype[Any]:
    """The smallest type that numbers so many rows."""
    return np.dtype(np.int32 if count < 2**31 else np.int64)


def counted(count: int) -> np.ndarray:
    """0, 1, 2, ... as row numbers."""
    out = empty(count, numbering(count))
    for part in pieces(count):
        out[part] = np.arange(part.start, part.stop)
    return out


def where(mask: np.ndarray) -> np.ndarray:
    """Numbers of the rows that a mask marks, in order."""
    out, place = empty(int(np.count_nonzero(mask)), numbering(len(mask))), 0
    for part in pieces(len(mask)):
        found = np.flatnonzero(mask[part])
        out[place : place + len(found)] = found + part.start
        place += len(found)
    return out


def taken(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """``array[rows]``."""
    out = empty((len(rows), *array.shape[1:]), array.dtype)
    for part in pieces(len(rows)):
        out[part] = array[rows[part]]
    return out


def shuffled(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As ``rng.permutation(rows)``, which copies more."""
    out = empty(len(rows), rows.dtype)
    out[:] = rows
    rng.shuffle(out)
    return out


def ordered(numbers: np.ndarray) -> np.ndarray:
    """As ``np.sort(numbers)``."""
    out = empty(len(numbers), numbers.dtype)
    out[:] = numbers
    out.sort()
    return out


def forget(array: np.ndarray) -> None:
    """Let the pages of an array that is mapped from a file leave this process; the file keeps what was written."""
    held = getattr(array, "_mmap", None)
    if held is None and isinstance(array.base, np.memmap):
        held = getattr(array.base, "_mmap", None)
    if held is not None and hasattr(mmap, "MADV_DONTNEED"):
        held.madvise(mmap.MADV_DONTNEED)
