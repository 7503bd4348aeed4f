"""Files that a column names: recognising them, finding where they lie, opening them."""

from __future__ import annotations

import logging
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DataError
from .values import decode, is_null

_IN_MEMORY = re.compile(r"<_io\.BytesIO[^>]*>")
_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")

# where the files of a table may lie: not below this many folders
MOST_FOLDERS = 200
SAMPLE = 40
LONGEST_PATH = 1024
MOST_NAMED = 5
MOST_BYTES = 2**30  # of one file that is read into memory

UNREADABLE = ("missing", "error", None)


logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Medium:
    """Pictures, or sounds.

    Attributes:
        kind: Of a column that holds them: "image" or "audio".
        word: For people: "picture" or "sound".
        suffixes: Of their files.
        holds: Whether a cell is one itself, and not the path of one.
    """

    kind: str
    word: str
    suffixes: frozenset[str]
    holds: Callable[[Any], bool]

    def names(self, word: str) -> bool:
        """Whether a text names a file or address of this kind by its ending."""
        return os.path.splitext(word.partition("?")[0])[1].lower() in self.suffixes  # noqa: PTH122 (fast: many cells)

    def path_of(self, cell: Any) -> str | None:
        """The path that a cell names; None where it holds the thing itself or nothing."""
        if isinstance(cell, str):
            return cell.strip() or None
        if isinstance(cell, Path):
            return str(cell)
        if isinstance(cell, bytes) and cell and len(cell) < LONGEST_PATH and not self.holds(cell):
            word = decode(cell).strip()
            return word if self.names(word) else None
        return None


def is_address(word: str) -> bool:
    """Whether a text is an address such as ``https://...``."""
    return bool(_URL.match(word))


def is_file(path: Path) -> bool:
    """Whether there is a file; no for a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class Root:
    """Where relative paths start: a folder, or a zip archive."""

    path: Path
    archive: bool = False

    def holds(self, word: str, members: frozenset[str]) -> bool:
        """Whether the file is there; ``members`` are the archive's files."""
        return _member(word) in members if self.archive else is_file(self.path / word)


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


def check_unreadable(value: Any) -> str | None:
    """The argument ``unreadable`` of a task or a prediction.

    Raises:
        DataError: If it is none of ``UNREADABLE``.
    """
    if value not in UNREADABLE:
        raise DataError(
            f"Invalid value for argument `unreadable`. Expected 'missing', 'error' or None. Received: {value!r}."
        )
    return value  # type: ignore[no-any-return]


@dataclass
class Problems:
    """What could not be read while files were decoded.

    Attributes:
        missing: Cells that hold nothing.
        unreadable: Names of files that are there but broken, or named but not there; the first few.
        count: How many those are.
    """

    missing: int = 0
    count: int = 0
    unreadable: list[str] = field(default_factory=list)

    def add(self, name: str, cause: str) -> None:
        """Note one that cannot be used."""
        self.count += 1
        if len(self.unreadable) < MOST_NAMED:
            self.unreadable.append(f"{name if len(name) <= 120 else name[:119] + '…'} ({cause})")


class Reader:
    """Opens the pictures or sounds of one column, whatever they are given as.

    Args:
        cells: The column's cells.
        base: The folder that relative paths refer to.
        medium: What they are.
        rows: The rows' numbers, for messages; counted from 0 if not given.
    """

    def __init__(
        self, cells: Sequence[Any], base: Path | None, medium: Medium, rows: Sequence[Any] | None = None
    ) -> None:
        self.cells = cells
        self.rows = range(len(cells)) if rows is None else rows
        self.base = base
        self.medium = medium
        words = [word for word in map(medium.path_of, cells) if word]
        self.root = locate([word for word in words if not os.path.isabs(word)], base) if words else None  # noqa: PTH117
        self.problems = Problems()
        self._archive: zipfile.ZipFile | None = None

    def raw(self, index: int) -> Any:
        """A file's bytes, or what the cell itself holds; None where there is nothing or the file cannot be read."""
        cell = self.cells[index]
        word = self.medium.path_of(cell)
        if word is None:
            if is_null(cell) or (isinstance(cell, str | bytes) and not cell):
                self.problems.missing += 1
                return None
            return cell
        try:
            if os.path.isabs(word) or self.root is None:  # noqa: PTH117
                return _bytes((self.base or Path.cwd()) / word)
            if self.root.archive:
                return self._member(_member(word))
            return _bytes(self.root.path / word)
        except KeyError:
            self.problems.add(word, "not in the archive")
        except OSError as error:
            self.problems.add(word, error.strerror or str(error))
        except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError) as error:
            self.problems.add(word, str(error)[:120])
        return None

    def _member(self, name: str) -> bytes:
        self._archive = self._archive or zipfile.ZipFile(self.root.path)  # type: ignore[union-attr]
        entry = self._archive.getinfo(name)
        _check_size(entry.file_size)
        return self._archive.read(entry)

    def report(self, column: str, unreadable: str | None = None) -> str | None:
        """Say what could not be read; a warning, and the same in words. None where all could be.

        Args:
            column: Its name.
            unreadable: "missing" and "error" allow any and none; None allows less than half.

        Raises:
            DataError: If there are more than allowed.
        """
        problems = self.problems
        if not problems.count:
            return None
        there = len(self.cells) - problems.missing
        more = (
            f" and {problems.count - len(problems.unreadable):,} more" if problems.count > MOST_NAMED else ""
        )
        what = (
            f"{problems.count:,} of {there:,} {self.medium.word}s in column '{column}' cannot be read: "
            f"{'; '.join(problems.unreadable)}{more}"
        )
        if unreadable == "error":
            raise DataError(
                f"{what}. Mend or remove them, or read them as missing cells with unreadable='missing'."
            )
        if unreadable is None and 2 * problems.count > there > 1:
            raise DataError(
                f"{what}. Check the files and the folder that the paths start from (base=...), or read them as missing cells with "
                "unreadable='missing'."
            )
        logger.warning("%s. They are read as empty.", what)
        return f"{what}; they are read as empty"

    def tried(self, index: int, decode_one: Callable[[Any], Any]) -> Any:
        """One of them, decoded; None, and a note in ``problems``, where there is none or it cannot be decoded."""
        raw = self.raw(index)
        if raw is None:
            return None
        try:
            return decode_one(raw)
        except Exception as error:  # noqa: BLE001 (decoders raise whatever they like on broken files)
            name = self.medium.path_of(self.cells[index]) or f"row {self.rows[index]}"
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            self.problems.add(name, f"{kind}{_IN_MEMORY.sub('it', str(error))}"[:120])
            return None


def _bytes(path: Path) -> bytes:
    """The content of a file; a device or a pipe, which may never end, is none.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no file, or too large.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("a folder" if stat.S_ISDIR(about.st_mode) else "no regular file")
    _check_size(about.st_size)
    return path.read_bytes()


def _check_size(count: int) -> None:
    if count > MOST_BYTES:
        raise ValueError(f"{count:,} bytes; more than {MOST_BYTES:,} are not read into memory")
