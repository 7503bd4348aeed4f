"""A folder of pictures or sounds with one subfolder a class, as a table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ..errors import DataError
from .files import Medium
from .media import MEDIA
from .splits import TEST_WORDS, TRAIN_WORDS, VALIDATION_WORDS

LABEL, SPLIT = "label", "split"


def read(folder: Path) -> pd.DataFrame:
    """The files of a folder, with the name of the folder that each lies in as its class.

    Args:
        folder: ``folder/CLASS/.../file``; or, where its subfolders are called "train", "test", "val" and the like,
            ``folder/PART/CLASS/.../file``. Other files, and those whose names begin with a dot, are not looked at.

    Returns:
        A column "image" or "audio" with paths relative to the folder, "label", and "split" where the folder names the parts (then
        give ``holdout="split"``). The rows are in the order of their paths.

    Raises:
        DataError: If there are no pictures and no sounds in subfolders, or both.
    """
    known = TRAIN_WORDS | TEST_WORDS | VALIDATION_WORDS
    tops = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    parted = len(tops) > 1 and all(p.name.lower() in known for p in tops)
    depth = 3 if parted else 2
    found: dict[Medium, list[tuple[str, ...]]] = {}
    for parts in _walk(folder):
        medium = next((m for m in MEDIA if m.names(parts[-1])), None)
        if medium is not None and len(parts) >= depth:
            found.setdefault(medium, []).append(parts)
    if len(found) != 1:
        what = "pictures and sounds" if found else "no pictures and no sounds in subfolders"
        raise DataError(
            f"The folder {folder} holds {what}. Expected one subfolder a class with files of one kind, such as {folder / 'cat' / '1.png'}. "
            f"For anything else give a table that names the files."
        )
    ((medium, rows),) = found.items()
    frame = pd.DataFrame({medium.kind: ["/".join(parts) for parts in rows]})
    frame[LABEL] = [parts[depth - 2] for parts in rows]
    if parted:
        frame[SPLIT] = [parts[0].lower() for parts in rows]
    return frame


def _walk(folder: Path) -> Iterator[tuple[str, ...]]:
    """The parts of every file's path in it, in order."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(place).relative_to(folder).parts
        yield from ((*inside, name) for name in sorted(names) if not name.startswith("."))
