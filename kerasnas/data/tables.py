"""The rows of a task, wherever they lie: one after another in pieces, or some of them by number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import reading, room, several, values

Piece = tuple[slice, pd.DataFrame]


class Table(ABC):
    """Rows with named columns.

    Attributes:
        base: The folder that relative paths in it refer to; None when it came from memory.
        on_disk: Whether it is read in pieces, because all of it might not fit into memory.
    """

    base: Path | None
    on_disk = False

    @property
    def notes(self) -> list[str]:
        """What there is to say about how it is read, for people."""
        return []

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """The columns' names."""

    @abstractmethod
    def __len__(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        """All rows in order, some at a time, each piece with the numbers of its rows, which are its index too.

        Raises:
            DataError: If a file has changed or cannot be read.
        """

    @abstractmethod
    def take(self, rows: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
        """Rows of these numbers, in this order.

        Raises:
            DataError: As ``pieces``.
        """

    @abstractmethod
    def sample(self, columns: Sequence[str]) -> pd.DataFrame:
        """What columns are typed by: all rows where they are in memory, else some, spread over all."""

    @abstractmethod
    def head(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some of the first rows, as they follow each other."""

    @abstractmethod
    def to_fit(self, train: np.ndarray) -> np.ndarray:
        """Numbers, in order, of the rows that preprocessing is fitted on.

        Args:
            train: Numbers of the training rows, in an order of chance.
        """

    @abstractmethod
    def kept(self, mask: np.ndarray) -> Table:
        """The rows that a mask marks, as a table."""

    @abstractmethod
    def in_order(self, order: np.ndarray, columns: Sequence[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
        """All rows in pieces, each with the places that its rows take where row ``order[i]`` stands at place ``i``."""

    @abstractmethod
    def joined(self, names: Sequence[str]) -> tuple[Table, str, tuple[str, ...]]:
        """The target's columns as one: see ``several.together``."""

    def each(self, function: Callable[[pd.DataFrame], np.ndarray], columns: Sequence[str]) -> np.ndarray:
        """One value for every row, ``(rows, ...)``.

        Args:
            function: From a piece to the values of its rows.
            columns: What it looks at.
        """
        out = np.zeros(0)
        for rows, piece in self.pieces(columns):
            found = function(piece)
            if len(piece) == len(self):
                return found
            if not rows.start:
                out = room.empty((len(self), *found.shape[1:]), found.dtype)
            out[rows] = found
        return out

    def labels(self, column: str) -> tuple[list[str], np.ndarray]:
        """The different labels of a column, see ``values.labels``, and the number of each row's, ``(rows,)`` int32."""
        known: dict[str, int] = {}

        def number(piece: pd.DataFrame) -> np.ndarray:
            found = values.labels(piece[column])
            return np.array([known.setdefault(label, len(known)) for label in found], dtype=np.int32)

        codes = self.each(number, [column])
        return list(known), codes


class InMemory(Table):
    """A frame: all of it is one piece."""

    def __init__(self, frame: pd.DataFrame, base: Path | None = None) -> None:
        self.frame, self.base = frame, base

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        return list(self.frame.columns)

    def __len__(self) -> int:
        return len(self.frame)

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        """The frame."""
        yield slice(0, len(self)), self._of(columns)

    def take(self, rows: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
        """Some rows."""
        return self._of(columns).iloc[rows]

    def sample(self, columns: Sequence[str]) -> pd.DataFrame:
        """All rows."""
        return self._of(columns)

    def head(self, columns: Sequence[str]) -> pd.DataFrame:
        """All rows."""
        return self._of(columns)

    def _of(self, columns: Sequence[str]) -> pd.DataFrame:
        return self.frame if list(columns) == self.columns else self.frame[list(columns)]

    def to_fit(self, train: np.ndarray) -> np.ndarray:
        """All training rows."""
        return np.sort(train)

    def kept(self, mask: np.ndarray) -> InMemory:
        """Some rows, numbered anew."""
        return InMemory(self.frame.iloc[np.flatnonzero(mask)].reset_index(drop=True), self.base)

    def in_order(self, order: np.ndarray, columns: Sequence[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
        """The frame in this order."""
        yield slice(0, len(order)), self.take(order, columns)

    def joined(self, names: Sequence[str]) -> tuple[InMemory, str, tuple[str, ...]]:
        """See ``several.together``."""
        frame, name, numbers = several.together(self.frame, names)
        return InMemory(frame, self.base), name, numbers


def read(data: reading.Data, target: str) -> Table:
    """The table, in whatever way it comes; see ``reading.read``.

    Parquet files that would take much memory stay on disk, see ``parquet``.

    Args:
        data: As for ``Task``.
        target: What the target column is called where a dataset gives pairs.

    Raises:
        DataError: As ``reading.read``.
    """
    from . import parquet

    if isinstance(data, str | Path):
        table = parquet.large(data)
        if table is not None:
            return table
    frame, folder = reading.read(data, target)
    return InMemory(frame, folder)
