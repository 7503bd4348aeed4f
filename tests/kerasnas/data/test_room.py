from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from kerasnas.data import room
from kerasnas.errors import DataError


@pytest.fixture(params=[(2**22, 2**18), (16, 7)], ids=["in memory", "mapped"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether arrays of a few rows are mapped from files, and worked on in small pieces."""
    most, piece = request.param
    monkeypatch.setattr(room, "MOST_BYTES", most)
    monkeypatch.setattr(room, "PIECE", piece)
    return bool(most == 16)


def test_arrays_are_what_numpy_makes(size: bool) -> None:
    rng = np.random.default_rng(0)
    rows, mask = rng.permutation(100) * 3, rng.random(100) > 0.5
    assert np.array_equal(room.counted(100), np.arange(100))
    assert np.array_equal(room.where(mask), np.flatnonzero(mask))
    assert np.array_equal(room.taken(rows.reshape(50, 2), np.arange(50)[::-1]), rows.reshape(50, 2)[::-1])
    assert np.array_equal(room.ordered(rows), np.sort(rows))
    for order in (room.counted(100), rows):
        wanted = np.random.default_rng(7).permutation(order)
        assert np.array_equal(room.shuffled(order, np.random.default_rng(7)), wanted)
    assert room.counted(100).dtype == np.int32
    assert len(room.counted(0)) == 0


def test_what_is_forgotten_is_still_there(size: bool) -> None:
    array = room.empty((100, 2), np.float32)
    assert isinstance(array.base, np.memmap) == size
    assert not array.any()
    array[:] = 5
    room.forget(array)
    assert (array == 5).all()


def test_a_full_disk_is_an_error_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    room.mapped(tmp_path / "fits.npy", (3,), "int32")[:] = 1
    assert np.load(tmp_path / "fits.npy").tolist() == [1, 1, 1]
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DataError, match=r"no room in .* for 140 bytes .* No space left on device"):
        room.mapped(tmp_path / "full.npy", (3,), "int32")
    monkeypatch.setattr(room, "MOST_BYTES", 0)
    with pytest.raises(DataError, match="TMPDIR"):
        room.empty(10, np.int32)
