"""Frozen features on disk, by (encoder, data), so that they are computed once."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

# changes when the same encoder and data would give other numbers
VERSION = 1


def folder() -> Path:
    """The cache: ``KERASNAS_CACHE``, else the system's place for caches. Made for this user only."""
    named = os.environ.get("KERASNAS_CACHE")
    if named:
        path = Path(named).expanduser()
    else:
        import platformdirs

        path = Path(platformdirs.user_cache_dir("kerasnas", appauthor=False))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array so that no reader ever sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=".npy")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, array)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, data: Any) -> None:
    """Write JSON so that no reader ever sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_array(path: Path) -> np.ndarray | None:
    """A cached array, mapped; None where there is none or the file is damaged (it is computed again then)."""
    try:
        found: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        return None
    except (ValueError, EOFError):
        path.unlink(missing_ok=True)
        return None
    return found


def features_path(encoder: str, data: str) -> Path:
    """Where features of an encoder over data are cached.

    Args:
        encoder: The encoder's fingerprint.
        data: The fingerprint of what it reads.
    """
    return folder() / "features" / f"v{VERSION}" / encoder[:32] / f"{data[:32]}.npy"


def facts_path(encoder: str) -> Path:
    """Where facts about an encoder file are kept that need Keras to find out."""
    return folder() / "encoders" / f"v{VERSION}" / f"{encoder[:32]}.json"
