"""Parquet files that are read in pieces, because all of their rows might not fit into memory.

How columns are typed and what preprocessing learns rests on a sample of the rows; targets, splits, missing cells and what a row is known
by are of all of them. Nothing but a few numbers a row is held, see ``room``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import factories, reading, room, several
from .tables import Piece, Table

MOST_MEMORY = 256 * 2**20  # a table that would take more bytes in memory stays on disk
SAMPLE_ROWS, SAMPLE_BYTES = 200_000, 64 * 2**20  # that typing and fitting look at, at most
PIECE_ROWS, PIECE_BYTES = 2**15, 16 * 2**20  # that are read together, at most
FIRST = 1_000  # rows by which the size of all is told
BUFFER = 2**20  # bytes of a column that are read at a time


@dataclass(frozen=True)
class File:
    """A file as it was when it was first opened.

    Attributes:
        path: Where it is.
        rows: How many it has.
        mark: Its size and the time of its last change.
    """

    path: Path
    rows: int
    mark: tuple[int, int]

    def check(self) -> None:
        """See whether it is still the same.

        Raises:
            DataError: If it is not.
        """
        try:
            same = _mark(self.path) == self.mark
        except OSError:
            same = False
        if not same:
            raise DataError(
                f"{self.path} has changed, or is gone, since the task was made; its rows are read again and again. Leave the file as it "
                "is, and make the task anew."
            )


@dataclass(frozen=True)
class Joined:
    """Several target columns as one.

    Attributes:
        columns: The columns.
        name: Of the one.
        numbers: Whether its cells are lists of numbers, and not of labels.
    """

    columns: tuple[str, ...]
    name: str
    numbers: bool


@dataclass(frozen=True, eq=False)
class OnDisk(Table):
    """A table of Parquet files with the same columns.

    Attributes:
        files: Its files.
        schema: Of the columns, by the names in the files.
        names: Column to its name in the files.
        width: Bytes that a row takes in memory, by the first ones.
        holes: Columns of whole numbers or truths that have empty cells, which makes them another type.
        base: The folder of the first file.
        mask: Which rows count; None where all do.
        join: The target's columns, where it has several.
    """

    files: tuple[File, ...]
    schema: Any
    names: dict[str, str]
    width: float
    holes: frozenset[str]
    base: Path | None
    mask: np.ndarray | None = None
    join: Joined | None = None
    on_disk = True

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        if self.join is None:
            return list(self.names)
        return [*(name for name in self.names if name not in self.join.columns), self.join.name]

    def __len__(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        return (
            sum(file.rows for file in self.files) if self.mask is None else int(np.count_nonzero(self.mask))
        )

    @property
    def notes(self) -> list[str]:
        """See ``Table``."""
        few = f"{self.sampled:,} rows drawn by chance" if self.sampled < len(self) else "all rows"
        return [
            f"the table would take about {self.width * len(self) / 2**30:.1f} GiB and stays on disk: columns are typed by, and "
            f"preprocessing is fitted on, {few}"
        ]

    @property
    def sampled(self) -> int:
        """Rows that typing and fitting look at."""
        return int(min(SAMPLE_ROWS, max(FIRST, SAMPLE_BYTES // self.width)))

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        """See ``Table``."""
        start = 0
        for batch, rows in self._batches(columns):
            frame = self._frame(batch, columns)
            if rows is not None:
                frame = frame.iloc[rows]
            if len(frame):
                stop = start + len(frame)
                yield slice(start, stop), frame.set_axis(pd.RangeIndex(start, stop), axis=0)
                start = stop

    def take(self, rows: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
        """See ``Table``; all files are gone through."""
        import pyarrow as pa

        by_place = np.argsort(rows, kind="stable")
        wanted = np.asarray(rows)[by_place]
        found, start = [], 0
        for batch, known in self._batches(columns):
            stop = start + (len(batch) if known is None else len(known))
            here = wanted[slice(*np.searchsorted(wanted, (start, stop)))] - start
            if len(here):
                found.append(batch.take(pa.array(here if known is None else known[here])))
            start = stop
            if not len(wanted) or stop > wanted[-1]:
                break
        frame = self._frame(pa.concat_tables(found).unify_dictionaries().combine_chunks(), columns)
        back = np.empty(len(rows), np.int64)
        back[by_place] = np.arange(len(rows))
        return frame.iloc[back].set_axis(pd.Index(rows), axis=0)

    def sample(self, columns: Sequence[str]) -> pd.DataFrame:
        """Rows at even distances, each moved a little by chance."""
        count, most = len(self), self.sampled
        if count <= most:
            return self.take(np.arange(count), columns)
        places = (np.arange(most) + np.random.default_rng(0).random(most)) * (count / most)
        return self.take(np.unique(places.astype(np.int64)), columns)

    def head(self, columns: Sequence[str]) -> pd.DataFrame:
        """The first rows, as they stand."""
        return self.take(np.arange(min(len(self), FIRST)), columns)

    def to_fit(self, train: np.ndarray) -> np.ndarray:
        """As many training rows as may be looked at."""
        return np.sort(train[: self.sampled])

    def kept(self, mask: np.ndarray) -> OnDisk:
        """See ``Table``."""
        return self if mask.all() else replace(self, mask=mask)

    def in_order(self, order: np.ndarray, columns: Sequence[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
        """In the order of the files."""
        places = room.empty(len(order), order.dtype)
        for part in room.pieces(len(order)):
            places[order[part]] = np.arange(part.start, part.stop)
        for rows, piece in self.pieces(columns):
            yield places[rows], piece

    def joined(self, names: Sequence[str]) -> tuple[OnDisk, str, tuple[str, ...]]:
        """See ``several.together``; whether they are labels or numbers is told by a sample."""
        if len(names) == 1:
            return self, names[0], ()
        several.check(self.columns, names)
        _, name, numbers = several.joined(self.sample(names), names)
        return replace(self, join=Joined(tuple(names), name, bool(numbers))), name, numbers

    def _batches(self, columns: Sequence[str]) -> Iterator[tuple[Any, np.ndarray | None]]:
        """Arrow tables of the columns in the files, and which of their rows count; None where all do.

        Raises:
            DataError: If a file has changed or is damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        fields = [self.names[name] for name in self._read(columns)]
        schema = pa.schema([self.schema.field(name) for name in fields], self.schema.metadata)
        size = int(min(PIECE_ROWS, max(1, PIECE_BYTES // self.width)))
        start = 0
        for file in self.files:
            file.check()
            try:
                with pq.ParquetFile(file.path, buffer_size=BUFFER) as opened:
                    for batch in opened.iter_batches(size, columns=fields):
                        table = pa.Table.from_batches([batch]).select(fields)
                        if table.schema.remove_metadata() != schema.remove_metadata():
                            table = table.cast(schema)
                        stop = start + len(table)
                        rows = None if self.mask is None else np.flatnonzero(self.mask[start:stop])
                        yield table.replace_schema_metadata(schema.metadata), rows
                        start = stop
            except (OSError, pa.ArrowException) as error:
                file.check()
                raise DataError(
                    f"{file.path} cannot be read as Parquet: {error}. Is it damaged or only half there?"
                ) from error

    def _read(self, columns: Sequence[str]) -> list[str]:
        """The columns in the files that some columns come from."""
        if self.join is None or self.join.name not in columns:
            return list(columns)
        return [*(name for name in columns if name != self.join.name), *self.join.columns]

    def _frame(self, batch: Any, columns: Sequence[str]) -> pd.DataFrame:
        """Rows in the types that pandas would give them, had it read all."""
        frame: pd.DataFrame = batch.to_pandas().set_axis(self._read(columns), axis=1)
        for name in self.holes & set(frame.columns):
            kind = frame[name].dtype
            if isinstance(kind, np.dtype) and kind.kind in "iub":
                frame[name] = frame[name].astype(object if kind.kind == "b" else np.float64)
        if self.join is not None and self.join.name in columns:
            frame, _, _ = several.joined(frame, self.join.columns, self.join.numbers)
        return frame[list(columns)]


def large(data: str | Path) -> OnDisk | None:
    """Parquet files as a table that stays on disk; None where the data is none, or would not take much memory.

    Args:
        data: A path, a folder or a pattern.

    Raises:
        DataError: If a file is damaged, or the files differ in their columns or the types of these.
    """
    if isinstance(data, str) and factories.name_of(data) is not None:
        return None
    path = Path(data).expanduser()
    if path.is_dir() and not any(path.glob("*.parquet")):
        return None
    found = reading.files_of(path)
    if not all(one.suffix.lower() in reading.PARQUET for one in found):
        return None
    try:
        import pyarrow.parquet as pq
    except ImportError:  # whoever reads it says what is needed
        return None
    table = _table(found, [_opened(pq, one) for one in found])
    return table if table is not None and table.width * len(table) > MOST_MEMORY else None


def _opened(pq: Any, path: Path) -> tuple[Any, Any]:
    """What a file says of itself, and the schema of its columns."""
    import pyarrow as pa

    try:
        with pq.ParquetFile(path) as file:
            return file.metadata, file.schema_arrow
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {error}. Is it damaged or only half there?"
        ) from error


def _table(found: Sequence[Path], about: Sequence[tuple[Any, Any]]) -> OnDisk | None:
    """The files as a table; None where it has no row, or columns of one name."""
    import pyarrow as pa

    schemas = [_columns_of(schema) for _, schema in about]
    first = schemas[0]
    names = dict(zip(_names(first), first.names, strict=False))
    if len(names) < len(first.names) or not sum(meta.num_rows for meta, _ in about):
        return None
    for schema, path in zip(schemas, found, strict=True):
        reading.check_same_columns(first.names, schema.names, found[0], path)
        try:
            first = pa.unify_schemas([first, schema], promote_options="permissive")
        except pa.ArrowException as error:
            odd = next(n for n in first.names if first.field(n).type != schema.field(n).type)
            raise DataError(
                f"{found[0]} and {path} are to be one table, but column '{odd}' is {first.field(odd).type} in one and "
                f"{schema.field(odd).type} in the other. Write it with one type, or name files of one table only."
            ) from error
    files = tuple(
        File(path, meta.num_rows, _mark(path)) for path, (meta, _) in zip(found, about, strict=True)
    )
    holes = frozenset(name for name, inside in names.items() if _has_holes(first.field(inside), about))
    table = OnDisk(files, first, names, 1024.0, holes, found[0].resolve().parent)
    frame = table.head(table.columns)
    return replace(
        table, width=max(1.0, float(frame.memory_usage(index=False, deep=True).sum()) / len(frame))
    )


def _columns_of(schema: Any) -> Any:
    """A schema without what pandas kept as the index."""
    import pyarrow as pa

    index = {n for n in (schema.pandas_metadata or {}).get("index_columns", ()) if isinstance(n, str)}
    return pa.schema([column for column in schema if column.name not in index], schema.metadata)


def _names(schema: Any) -> list[str]:
    return [reading.column_name(name) for name in schema.empty_table().to_pandas().columns]


def _has_holes(field: Any, about: Sequence[tuple[Any, Any]]) -> bool:
    """Whether a column of whole numbers or truths may have empty cells."""
    import pyarrow as pa

    if not (pa.types.is_integer(field.type) or pa.types.is_boolean(field.type)):
        return False
    for meta, _ in about:
        place = [meta.schema.column(i).path for i in range(meta.num_columns)].index(field.name)
        for group in range(meta.num_row_groups):
            known = meta.row_group(group).column(place).statistics
            if known is None or not known.has_null_count or known.null_count:
                return True
    return False


def _mark(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns
