"""The development data sets that stand beside the project, as frames that a Task takes.

Found through the environment variable ``KERASNAS_SHARED``, else in ``../shared``.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import os
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def folder() -> Path:
    """The shared folder.

    Raises:
        FileNotFoundError: If it is not there.
    """
    path = Path(os.environ.get("KERASNAS_SHARED", ROOT.parent / "shared"))
    if not (path / "data").is_dir():
        raise FileNotFoundError(
            f"No development data in {path}: set KERASNAS_SHARED to the folder that holds data/ and bench/."
        )
    return path


@functools.cache
def _reader() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_load", folder() / "data" / "load.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{folder() / 'data' / 'load.py'} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def frame(name: str) -> pd.DataFrame:
    """One set as a frame: pictures and sounds as bytes, a ``split`` column with train and test rows."""
    if name.startswith("tabular_suite/"):
        return _reader().load(name)["rows"]
    source = folder() / "data" / name
    if (source / "data.npz").exists():
        arrays = dict(np.load(source / "data.npz"))
        parts = []
        for split in ("train", "test"):
            pixels, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
            parts.append(
                pd.DataFrame(
                    {"image": [_png(p) for p in pixels], "label": labels.astype(str), "split": split}
                )
            )
        return pd.concat(parts, ignore_index=True)
    rows = pd.read_csv(source / "rows.csv")
    named = [column for column in ("image", "audio") if column in rows]
    if (source / "data.zip").exists() and named:
        with zipfile.ZipFile(source / "data.zip") as archive:
            for column in named:
                rows[column] = [archive.read(path) for path in rows[column]]
    return rows
