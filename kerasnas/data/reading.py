"""A table in whatever way it comes, as a frame with sound column names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError

SEPARATORS = (",", ";", "\t", "|")


def read(data: pd.DataFrame | str | Path) -> tuple[pd.DataFrame, Path | None]:
    """The frame, and the folder that relative paths in it refer to (None when it came as a frame).

    Args:
        data: A DataFrame, or the path of a CSV file (comma, semicolon, tab or bar; ``.gz`` and the like too).

    Raises:
        DataError: If the file is missing or unreadable, a column name occurs twice, or there is no row.
    """
    if isinstance(data, pd.DataFrame):
        return checked(data, "the frame"), None
    if isinstance(data, str | Path):
        path = Path(data).expanduser()
        return checked(_csv(path), str(path)), path.resolve().parent
    raise DataError(
        f"Invalid value for argument `data`. Expected a pandas DataFrame or the path of a CSV file. "
        f"Received: {type(data).__name__}. Wrap arrays as pandas.DataFrame({{'column': array, ...}})."
    )


def checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The frame with plain text column names and rows numbered from 0; no cell is copied.

    Raises:
        DataError: If a column name occurs twice, or there is no row.
    """
    names = [_name(name) for name in frame.columns]
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


def _name(name: Any) -> str:
    return "/".join(str(part) for part in name) if isinstance(name, tuple) else str(name)


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _csv(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataError(f"No such file: {path}. Give the path of a CSV file, or a pandas DataFrame.")
    failures = []
    for encoding in ("utf-8-sig", "cp1252"):
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
