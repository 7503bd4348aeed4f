"""A table in whatever way it comes, as a frame with sound column names."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import datasets, factories, folders

SEPARATORS = (",", ";", "\t", "|")
PARQUET = (".parquet", ".pq")

# a tf.data.Dataset or a keras.utils.PyDataset too, whose types would have to be imported to be named
Data = pd.DataFrame | Mapping[str, Any] | str | Path | Callable[[], Any] | Any


def read(data: Data, target: str = "target") -> tuple[pd.DataFrame, Path | None]:
    """The frame, and the folder that relative paths in it refer to (None when it came from memory).

    Args:
        data: A DataFrame; a dict of arrays or lists, one entry a row; the path of a CSV file (comma, semicolon, tab or bar; ``.gz``
            and the like too) or a Parquet file; a pattern such as ``"parts/*.parquet"``, whose files are one table; or a folder of
            pictures or sounds with one subfolder a class, see ``folders.read``; a ``tf.data.Dataset`` or ``keras.utils.PyDataset``,
            read once into memory, see ``datasets.columns``; or a function that gives any of these, or its name
            ``"package.module:function"``, see ``factories``.
        target: What the target column is called where a dataset gives pairs (features, target).

    Raises:
        DataError: If the file is missing or unreadable, a column name occurs twice, arrays differ in length, or there is no row.
    """
    factory = factories.name_of(data)
    if factory is not None:
        data = factories.called(factory)
    if isinstance(data, pd.DataFrame):
        return checked(data, "the frame"), None
    if isinstance(data, Mapping):
        return checked(_arrays(data), "the dict"), None
    if datasets.is_dataset(data):
        return checked(_arrays(datasets.columns(data, target)), "the dataset"), None
    if isinstance(data, str | Path):
        path = Path(data).expanduser()
        if path.is_dir() and not any(path.glob("*.parquet")):
            return checked(folders.read(path), str(path)), path.resolve()
        found = files_of(path)
        frames = [_file(one) for one in found]
        for frame, one in zip(frames, found, strict=True):
            check_same_columns(list(frames[0].columns), list(frame.columns), found[0], one)
        frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        return checked(frame, str(path)), found[0].resolve().parent
    raise DataError(
        f"Invalid value for argument `data`. Expected a pandas DataFrame, a dict of arrays, a tf.data.Dataset, a "
        f"keras.utils.PyDataset, the path of a CSV file, a Parquet file or a folder, or a function that gives one of these. Received: {type(data).__name__}."
    )


def files_of(path: Path) -> list[Path]:
    """The files of a table: one, all that a pattern names, or all Parquet files of a folder.

    Raises:
        DataError: If there is none.
    """
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(path.glob("*.parquet"))
    if not glob.has_magic(str(path)):
        raise DataError(
            f"No such file: {path}. Give the path of a CSV or Parquet file, or a pandas DataFrame."
        )
    found = sorted(Path(name) for name in glob.glob(str(path), recursive=True) if Path(name).is_file())  # noqa: PTH207 (a pattern may be absolute)
    if not found:
        raise DataError(
            f"No file matches {path}. Give a pattern such as 'parts/*.parquet', relative to {Path.cwd()}."
        )
    return found


def check_same_columns(first: Sequence[str], columns: Sequence[str], one: Path, other: Path) -> None:
    """Parts of one table have the same columns.

    Raises:
        DataError: If they have not.
    """
    odd = sorted(set(map(str, first)) ^ set(map(str, columns)))
    if odd:
        raise DataError(
            f"{one} and {other} are to be one table, but differ in the columns {_listed(odd)}. Name files of one table only."
        )


def _file(path: Path) -> pd.DataFrame:
    return _parquet(path) if path.suffix.lower() in PARQUET else _csv(path)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError as error:
        raise DataError(
            f"{path} is a Parquet file, which needs the package pyarrow: pip install 'kerasnas[parquet]'."
        ) from error
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {error}. Is it damaged or only half there?"
        ) from error


def _arrays(data: Mapping[str, Any]) -> pd.DataFrame:
    """A dict of arrays as a frame: a matrix becomes one column a feature, pictures and the like one cell a row.

    Raises:
        DataError: If they differ in length, or one has no rows at all.
    """
    columns: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    for name, values in data.items():
        held: Any = values
        if not isinstance(held, pd.Series | pd.Categorical):
            held = held if isinstance(held, list | tuple) else np.asarray(held)
        if isinstance(held, np.ndarray) and held.ndim == 0:
            raise DataError(
                f"'{name}' holds one value, {values!r}, and not one a row. Give an array or a list with an entry for every row."
            )
        lengths[str(name)] = len(held)
        if isinstance(held, np.ndarray) and held.ndim == 2:
            width = held.shape[1]
            columns.update({str(name) if width == 1 else f"{name}/{i}": held[:, i] for i in range(width)})
        elif isinstance(held, np.ndarray) and held.ndim > 2:
            columns[str(name)] = _cells(list(held))
        elif isinstance(held, list | tuple) or (isinstance(held, np.ndarray) and held.dtype.kind in "OU"):
            columns[str(name)] = _inferred(_cells(list(held)))
        else:
            columns[str(name)] = held.reset_index(drop=True) if isinstance(held, pd.Series) else held
    if len(set(lengths.values())) > 1:
        raise DataError(
            "The arrays differ in length: "
            + ", ".join(f"'{name}' has {length:,}" for name, length in lengths.items())
            + ". Each needs one entry for every row."
        )
    return pd.DataFrame(columns)


def _cells(things: list[Any]) -> pd.Series:
    """A column of things, arrays among them, each one cell."""
    held = np.empty(len(things), dtype=object)
    for index, thing in enumerate(things):
        held[index] = thing
    return pd.Series(held, dtype=object)


def _inferred(cells: pd.Series) -> pd.Series:
    """The column in a type of its own where there is one."""
    try:
        return cells.infer_objects()
    except UnicodeEncodeError:  # lone surrogates, which Arrow's strings cannot hold
        return cells


def checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The frame with plain text column names and rows numbered from 0; no cell is copied.

    Raises:
        DataError: If a column name occurs twice, or there is no row.
    """
    names = [column_name(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DataError(
            f"Column names must differ. Received in {where}: {_listed(twice)} more than once. Rename or "
            "remove one."
        )
    if not len(frame):
        raise DataError(f"There are no rows in {where}. Columns: {_listed(names)}.")
    out = frame.reset_index(drop=True)
    out.columns = pd.Index(names, dtype=object)
    return out


def column_name(name: Any) -> str:
    """A column's name as text; the levels of a MultiIndex are joined by "/", empty ones left out."""
    return "/".join(str(part) for part in name if part != "") if isinstance(name, tuple) else str(name)


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _csv(path: Path) -> pd.DataFrame:
    failures = []
    with path.open("rb") as file:
        wide = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            head = pd.read_csv(
                path, sep="\x1f", header=None, nrows=1, dtype=str, encoding=encoding, quoting=3, engine="c"
            )
            line = str(head.iloc[0, 0])
            separator = max(SEPARATORS, key=line.count) if any(s in line for s in SEPARATORS) else ","
            names = pd.read_csv(
                path, sep=separator, header=None, nrows=1, dtype=str, encoding=encoding, keep_default_na=False
            )
            header = [str(name).strip() for name in names.iloc[0]]
            named = [name for name in header if name]
            twice = sorted({name for name in named if named.count(name) > 1})
            if twice:
                raise DataError(
                    f"Column names must differ. Received in {path}: {_listed(twice)} more than once. "
                    "Rename one."
                )
            return pd.read_csv(
                path, sep=separator, encoding=encoding, low_memory=False, skipinitialspace=True
            )
        except UnicodeDecodeError as error:
            failures.append(f"{encoding}: {error.reason}")
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DataError(
                f"{path} cannot be read as CSV: {error}. Read it with pandas and give the frame."
            ) from error
    raise DataError(
        f"{path} is text of an unknown encoding ({'; '.join(failures)}). Read it with pandas and give the "
        "frame."
    )
