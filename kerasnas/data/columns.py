"""What each column holds, and why we think so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import files, lists, values
from .files import Medium
from .guess import IDENTIFIER, Guess, by_values
from .media import medium_of, medium_of_kind
from .tables import Table

KINDS = ("image", "audio", "text", "numeric", "categorical", "tags", "series", "dropped")


@dataclass(frozen=True)
class ColumnInfo:
    """One column of the table.

    Attributes:
        name: As in the table.
        kind: "image", "audio", "text", "numeric", "categorical", "tags", "series" or "dropped".
        reason: Why, in one line, for people.
        missing: Cells that hold nothing.
        distinct: Different values among the others.
        examples: A few of them, shortened.
        settings: How the cells are read, JSON: ``{"date": {"day_first": False}}``, ``{"decimal": ","}``,
            ``{"separator": ";"}`` (between tags), ``{"codes": True}`` (whole numbers that are read as categories too).
    """

    name: str
    kind: str
    reason: str
    missing: int = 0
    distinct: int = 0
    examples: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The column as JSON."""
        return {
            "name": self.name, "kind": self.kind, "reason": self.reason, "missing": self.missing,
            "distinct": self.distinct, "examples": list(self.examples), "settings": dict(self.settings),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ColumnInfo:
        """The column that ``to_json`` wrote."""
        return cls(**{**data, "examples": tuple(data["examples"])})


def describe(
    frame: pd.DataFrame,
    *,
    given: Mapping[str, str] | None = None,
    dropped: Mapping[str, str] | None = None,
    base: Path | None = None,
) -> list[ColumnInfo]:
    """Type every column.

    Args:
        frame: The rows, without the target.
        given: Column to kind, where the person has decided.
        dropped: Column to reason, for columns that no model may read.
        base: The folder that picture paths refer to.

    Raises:
        DataError: If a given column or kind does not exist, or a column of pictures or sounds names files that
            are not there.
    """
    given, dropped = dict(given or {}), dict(dropped or {})
    for name, kind in given.items():
        if kind not in KINDS:
            raise DataError(
                f"Invalid kind for column '{name}' in `column_types`. Expected one of {KINDS}. Received: "
                f"{kind!r}."
            )
        if name not in frame.columns:
            raise DataError(
                f"`column_types` names a column that is not there: {name!r}. Columns: "
                f"{list(frame.columns)[:20]}."
            )
    return [_describe(frame[name], given.get(name), dropped.get(name), base) for name in frame.columns]


def describe_table(
    table: Table,
    names: Sequence[str],
    *,
    given: Mapping[str, str] | None = None,
    dropped: Mapping[str, str] | None = None,
    base: Path | None = None,
) -> list[ColumnInfo]:
    """Type columns of a table, by a sample of its rows where it stays on disk.

    A sample does not show that numbers follow each other without a gap: for these the first rows are looked at.

    Args:
        table: The rows.
        names: The columns.
        given: As for ``describe``.
        dropped: As for ``describe``.
        base: As for ``describe``.

    Raises:
        DataError: As ``describe``.
    """
    sample = table.sample(names)
    found = describe(sample, given=given, dropped=dropped, base=base)
    differ = [
        c.name
        for c in found
        if c.kind == "numeric" and c.name not in (given or {}) and c.distinct == len(sample) - c.missing
    ]
    if not table.on_disk or not differ:
        return found
    first = {c.name: c.reason for c in describe(table.head(differ)) if c.reason.startswith(IDENTIFIER)}
    return [
        replace(c, kind="dropped", reason=first[c.name], settings={}) if c.name in first else c for c in found
    ]


def _describe(column: pd.Series, given: str | None, dropped: str | None, base: Path | None) -> ColumnInfo:
    name = str(column.name)
    empty = values.missing(column)
    filled = column[~empty]
    distinct, examples = _summary(filled)
    facts: dict[str, Any] = {"missing": int(empty.sum()), "distinct": distinct, "examples": examples}
    if dropped is not None:
        return ColumnInfo(name, "dropped", dropped, **facts)
    if given is not None:
        return ColumnInfo(
            name, given, f"you said {given}", settings=_given_settings(filled, given, base, name), **facts
        )
    guess: Guess = by_values(name, filled, len(column), distinct)
    medium = medium_of_kind(guess.kind)
    if medium is not None:
        check_files(name, list(values.cells(filled)), base, medium)
    return ColumnInfo(name, guess.kind, guess.reason, settings=guess.settings, **facts)


def _summary(filled: pd.Series) -> tuple[int, tuple[str, ...]]:
    """How many different values, and the first few of them for people.

    Texts are counted by Python: pandas 2 takes those for equal that are so up to a NUL, or that are no UTF-8.
    """
    cells = values.cells(filled.head(200))
    if any(medium_of(cell) is not None and not isinstance(cell, bytes) for cell in cells[:5]):
        return len(filled), tuple(_shown(cell) for cell in cells[:3])
    try:
        texts = filled.dtype == object or isinstance(filled.dtype, pd.StringDtype)
        distinct = len(set(values.cells(filled))) if texts else int(filled.nunique())
    except TypeError:  # lists and the like cannot be hashed
        distinct = len({repr(cell) for cell in values.cells(filled)})
    seen: dict[str, None] = {}
    for cell in cells:
        seen.setdefault(_shown(cell))
        if len(seen) == 3:
            break
    return distinct, tuple(seen)


def _shown(cell: Any) -> str:
    medium = medium_of(cell)
    if isinstance(cell, bytes | bytearray) and medium is not None:
        return f"{medium.word} of {len(cell):,} bytes"
    if isinstance(cell, np.ndarray):
        return f"array {cell.shape}"
    if medium is not None:
        return f"{medium.word} {getattr(cell, 'size', '')}".strip()
    word = " ".join(values.text(cell).split())
    return word if len(word) <= 60 else word[:59] + "…"


def _given_settings(filled: pd.Series, kind: str, base: Path | None, name: str) -> dict[str, Any]:
    """How to read a column whose kind the person decided."""
    medium = medium_of_kind(kind)
    if medium is not None:
        check_files(name, list(values.cells(filled)), base, medium)
    if kind == "numeric":
        from .guess import reading_of_numbers

        settings = reading_of_numbers(filled)
        if settings is None:
            raise DataError(
                f"Column '{name}' was said to be numeric, but hardly any cell is a number or a date. "
                "Examples: "
                f"{list(_summary(filled)[1])}. Choose 'categorical', 'text' or 'dropped' in `column_types`."
            )
        return settings
    if kind == "series" and not any(lists.series(cell) is not None for cell in values.cells(filled)):
        raise DataError(
            f"Column '{name}' was said to be series, but no cell is a list of numbers. Examples: {list(_summary(filled)[1])}. Give "
            "lists, arrays of one axis, or texts such as '[1, 2.5, 3]'."
        )
    if kind == "tags":
        return {
            "separator": lists.separator_of([values.text(cell) for cell in values.cells(filled.head(200))])
        }
    return {}


def check_files(name: str, cells: Sequence[Any], base: Path | None, medium: Medium) -> None:
    """Look whether the files that a column names can be found.

    Raises:
        DataError: If none of a sample is there.
    """
    words = [word for word in map(medium.path_of, cells) if word]
    if not words:
        return
    step = max(1, len(words) // files.SAMPLE)
    sample = words[::step][: files.SAMPLE]
    folder = Path(base) if base is not None else Path.cwd()
    if any(files.is_file(folder / word) for word in sample) or files.locate(sample, base) is not None:
        return
    raise DataError(
        f"Column '{name}' names {medium.word}s, but none of {len(sample)} tried is there. Received: "
        f"{sample[0]!r}; looked in {folder}, "
        f"its folders and zip archives. Give the folder that the paths start from as base=..., or leave "
        "the column out "
        f"with drop=[{name!r}]."
    )


def used(columns: Sequence[ColumnInfo], *kinds: str) -> list[ColumnInfo]:
    """The columns of these kinds, in the table's order."""
    return [column for column in columns if column.kind in kinds]
