"""What an adapter is: fitted on training rows, then a pure function from rows to one view."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from ...errors import DataError
from .. import values
from ..columns import ColumnInfo
from ..files import Medium, Reader
from ..views import View

FEW = 20  # columns with more values than this pool those that occur once

# of texts that stand in several columns
SEPARATOR = " \n "


@dataclass(frozen=True)
class Rows:
    """Rows to read.

    Attributes:
        frame: The table.
        base: The folder that picture paths refer to; None is the current one.
        unreadable: What becomes of pictures and sounds that cannot be read: "missing", "error", or None: missing, unless it is most
            of them.
        notes: What was noticed about them, for people.
    """

    frame: pd.DataFrame
    base: Path | None = None
    unreadable: str | None = None
    notes: list[str] = field(default_factory=list, compare=False)

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> pd.Series:
        """One column.

        Raises:
            DataError: If it is not there.
        """
        if name not in self.frame.columns:
            raise DataError(
                f"Column '{name}' is needed and not there. Received: {list(self.frame.columns)[:20]}. "
                f"A column may be empty, but not absent: add it, with None where nothing is known."
            )
        return self.frame[name]

    def take(self, rows: np.ndarray) -> Rows:
        """Some of the rows."""
        return Rows(self.frame.iloc[rows], self.base, self.unreadable, self.notes)

    def reader(self, column: str, medium: Medium) -> Reader:
        """What opens the files of one column.

        Raises:
            DataError: If the column is not there.
        """
        cells = self.column(column)
        return Reader(list(values.cells(cells)), self.base, medium, list(cells.index))

    def report(self, reader: Reader, column: str) -> None:
        """Note what could not be read.

        Raises:
            DataError: If there are more of them than ``unreadable`` allows.
        """
        said = reader.report(column, self.unreadable)
        if said is not None and said not in self.notes:
            self.notes.append(said)


class Adapter(ABC):
    """Reads columns as one view.

    Required: a class method ``fit`` (its arguments differ), ``transform``, ``state`` and ``restore``.
        ``transform`` must
    depend on nothing but the row and what was fitted: the same row gives the same numbers in any company,
        also after
    ``restore`` of what ``state`` gave, bit for bit. Forbidden: to look at rows other than those given to
    ``fit``.

    Attributes:
        kind: Names the class in a saved file.
        view: What it gives.
        columns: The columns that it reads.
    """

    kind: ClassVar[str]
    view: View
    columns: tuple[str, ...]

    @abstractmethod
    def transform(self, rows: Rows) -> Any:
        """The view of some rows.

        An array ``(rows, *view.shape)`` of ``view.dtype``, or a CSR matrix where the view is sparse.

        Raises:
            DataError: If a column is absent.
        """

    @abstractmethod
    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What was fitted, as JSON and as arrays."""

    @classmethod
    @abstractmethod
    def restore(
        cls, view: View, columns: Sequence[str], data: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Adapter:
        """The adapter that ``state`` described."""


class Settled(Adapter):
    """An adapter of which nothing was fitted but a few numbers.

    Attributes:
        number: What they are: ``int`` or ``float``.
    """

    number: ClassVar[type[int | float]] = float

    def __init__(self, view: View, columns: Sequence[str], settings: Mapping[str, Any]) -> None:
        self.view = view
        self.columns = tuple(columns)
        self._settings = dict(settings)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The numbers by name."""
        return dict(self._settings), {}

    @classmethod
    def restore(
        cls,
        view: View,
        columns: Sequence[str],
        data: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],  # noqa: ARG003 (there are none)
    ) -> Self:
        """As saved."""
        return cls(view, columns, {name: cls.number(value) for name, value in data.items()})


class Streamed(Adapter):
    """An adapter whose rows are read one after another into the array that they are wanted in: they never lie in memory together."""

    @abstractmethod
    def transform(self, rows: Rows, out: np.ndarray | None = None) -> np.ndarray:
        """As ``Adapter.transform``, written into ``out`` where it is given."""


def names(columns: Sequence[ColumnInfo]) -> tuple[str, ...]:
    """The columns' names."""
    return tuple(column.name for column in columns)


def by_frequency(counts: Counter[str]) -> list[str]:
    """What was counted, the most frequent first, equals by alphabet."""
    return sorted(counts, key=lambda one: (-counts[one], one))


def vocabulary(counts: Counter[str], most: int) -> tuple[list[str], bool]:
    """Which values of a column have a place of their own, by frequency, and whether some have none.

    Where there are more than ``FEW`` values, those that occur once have none.

    Args:
        counts: How often each occurs in the training rows.
        most: Most values that have a place.
    """
    ranked = by_frequency(counts)
    kept = [one for one in ranked if counts[one] > 1][:most] if len(ranked) > FEW else ranked
    return kept, len(kept) < len(ranked)


def joined_texts(rows: Rows, columns: Sequence[str]) -> list[str]:
    """All text columns of a row as one text, empty cells left out."""
    parts = [values.texts(rows.column(name)) for name in columns]
    return (
        [SEPARATOR.join(part for part in cells if part.strip()) for cells in zip(*parts, strict=True)]
        if parts
        else []
    )
