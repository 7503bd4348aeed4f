"""Pictures: finding the files that a column names, and decoding them to arrays of one size."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .values import decode, is_null

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"P5", b"P6")
_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")

# where the files of a table may lie: not below this many folders
MOST_FOLDERS = 200
SAMPLE = 40


def is_picture(cell: Any) -> bool:
    """Whether a cell is a picture: encoded bytes, an array (height, width[, channels]), or a PIL image."""
    if isinstance(cell, bytes | bytearray | memoryview):
        head = bytes(cell[:16])
        return head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    if isinstance(cell, np.ndarray):
        return cell.ndim in (2, 3) and min(cell.shape[:2]) > 1 and cell.dtype.kind in "uif"
    return hasattr(cell, "convert") and hasattr(cell, "getbands")


def is_picture_path(word: str) -> bool:
    """Whether a text names a picture file or address by its ending."""
    return os.path.splitext(word.partition("?")[0])[1].lower() in SUFFIXES  # noqa: PTH122 (fast: many cells)


def is_address(word: str) -> bool:
    """Whether a text is an address such as ``https://...``."""
    return bool(_URL.match(word))


@dataclass(frozen=True)
class Root:
    """Where relative picture paths start: a folder, or a zip archive."""

    path: Path
    archive: bool = False

    def holds(self, word: str, members: frozenset[str]) -> bool:
        """Whether the file is there; ``members`` are the archive's files."""
        return _member(word) in members if self.archive else (self.path / word).is_file()


def _member(word: str) -> str:
    return os.path.normpath(word).replace(os.sep, "/").lstrip("/")


def _members(root: Root) -> frozenset[str]:
    if not root.archive:
        return frozenset()
    try:
        with zipfile.ZipFile(root.path) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return frozenset()


def _candidates(base: Path) -> Iterator[Root]:
    yield Root(base)
    folders = sorted(p for p in base.glob("*") if p.is_dir() and not p.name.startswith("."))[:MOST_FOLDERS]
    yield from (Root(p) for p in folders)
    yield from (Root(p, archive=True) for p in sorted(base.glob("*.zip")))
    inner = (p for folder in folders for p in sorted(folder.glob("*")) if p.is_dir())
    for _, path in zip(range(MOST_FOLDERS), inner, strict=False):
        yield Root(path)


def locate(words: Sequence[str], base: Path | None) -> Root | None:
    """Where the named files are: the folder itself, a folder (or zip archive) in it, or one level deeper.

    Args:
        words: Paths as the table has them, empty ones left out.
        base: The folder of the table; None is the current one.

    Returns:
        The first place that holds at least half of a sample of the files, or None.
    """
    step = max(1, len(words) // SAMPLE)
    sample = list(words[::step])[:SAMPLE]
    if not sample:
        return None
    folder = Path(base) if base is not None else Path.cwd()
    for root in _candidates(folder):
        members = _members(root)
        if 2 * sum(root.holds(word, members) for word in sample) >= len(sample):
            return root
    return None


@dataclass
class Problems:
    """What could not be read while pictures were decoded.

    Attributes:
        missing: Cells without a picture.
        unreadable: Names of pictures that are there but broken, or named but not there; the first few.
        count: How many those are.
    """

    missing: int = 0
    count: int = 0
    unreadable: list[str] = field(default_factory=list)

    def add(self, name: str, cause: str) -> None:
        """Note one picture that cannot be used."""
        self.count += 1
        if len(self.unreadable) < 5:
            self.unreadable.append(f"{name} ({cause})")


class Reader:
    """Opens the pictures of one column, whatever they are given as.

    Args:
        cells: The column's cells.
        base: The folder that relative paths refer to.
    """

    def __init__(self, cells: Sequence[Any], base: Path | None) -> None:
        self.cells = cells
        self.base = base
        words = [word for word in map(_path_of, cells) if word]
        self.root = locate([word for word in words if not os.path.isabs(word)], base) if words else None  # noqa: PTH117
        self.problems = Problems()
        self._archive: zipfile.ZipFile | None = None

    def raw(self, index: int) -> Any:
        """The picture's bytes, array or PIL image; None where there is none or the file cannot be read."""
        cell = self.cells[index]
        word = _path_of(cell)
        if word is None:
            if is_null(cell) or (isinstance(cell, str | bytes) and not cell):
                self.problems.missing += 1
                return None
            return cell
        try:
            if os.path.isabs(word) or self.root is None:  # noqa: PTH117
                return ((self.base or Path.cwd()) / word).read_bytes()
            if self.root.archive:
                self._archive = self._archive or zipfile.ZipFile(self.root.path)
                return self._archive.read(_member(word))
            return (self.root.path / word).read_bytes()
        except (OSError, KeyError, zipfile.BadZipFile, ValueError) as error:
            self.problems.add(word, type(error).__name__)
            return None

    def decoded(self, size: tuple[int, int], channels: int) -> Iterator[np.ndarray]:
        """All pictures in turn, uint8 ``(height, width, channels)``; zeros where there is none."""
        for index in range(len(self.cells)):
            raw = self.raw(index)
            yield (
                self.decode(raw, size, channels, index)
                if raw is not None
                else np.zeros((*size, channels), np.uint8)
            )

    def decode(self, raw: Any, size: tuple[int, int], channels: int, index: int) -> np.ndarray:
        """One picture at the wanted size; zeros, and a note in ``problems``, where it cannot be decoded."""
        try:
            return to_array(raw, size, channels)
        except Exception as error:  # noqa: BLE001 (decoders raise whatever they like on broken files)
            self.problems.add(
                _path_of(self.cells[index]) or f"row {index}", f"{type(error).__name__}: {error}"[:120]
            )
            return np.zeros((*size, channels), np.uint8)


def _path_of(cell: Any) -> str | None:
    """The path that a cell names, or None where it is a picture itself or empty."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, Path):
        return str(cell)
    if (
        isinstance(cell, bytes)
        and cell
        and not is_picture(cell)
        and len(cell) < 1024
        and is_picture_path(decode(cell))
    ):
        return decode(cell).strip()
    return None


def to_image(raw: Any, size: tuple[int, int] | None = None) -> Any:
    """A PIL image of mode L or RGB, upright, transparency laid on white.

    Args:
        raw: Encoded bytes, an array or a PIL image.
        size: (height, width) that is wanted in the end; lets JPEG skip detail that would be thrown away.
    """
    from PIL import Image, ImageOps

    if isinstance(raw, np.ndarray):
        image = Image.fromarray(_bytes_of(raw))
    elif isinstance(raw, bytes | bytearray | memoryview):
        image = Image.open(io.BytesIO(bytes(raw)))
        if size is not None and image.format == "JPEG":
            image.draft("RGB" if image.mode not in ("L",) else "L", (2 * size[1], 2 * size[0]))
    else:
        image = raw
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = Image.fromarray(_bytes_of(np.asarray(image, dtype=np.float32)))
    if image.mode in ("RGBA", "LA", "PA") or (image.mode == "P" and "transparency" in image.info):
        solid = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(solid, image.convert("RGBA")).convert("RGB")
    return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")


def _bytes_of(array: np.ndarray) -> np.ndarray:
    """Numbers as uint8: floats in 0..1 and wider ranges are stretched, uint8 stays."""
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 3 and array.shape[-1] not in (3, 4) and array.shape[0] in (1, 3, 4):
        array = np.moveaxis(array, 0, -1)
        array = array[..., 0] if array.shape[-1] == 1 else array
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    values = np.nan_to_num(array.astype(np.float32))
    top = float(values.max(initial=0.0))
    if top > 255:
        values = values * (255.0 / top)
    elif array.dtype.kind == "f" and top <= 1.0:
        values = values * 255.0
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def to_array(raw: Any, size: tuple[int, int], channels: int) -> np.ndarray:
    """A picture as uint8 ``(height, width, channels)``; channels is 1 (grey) or 3."""
    from PIL import Image

    image = to_image(raw, size)
    image = image.convert("L" if channels == 1 else "RGB")
    height, width = size
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    array = np.asarray(image, dtype=np.uint8)
    return array[..., None] if channels == 1 else array
