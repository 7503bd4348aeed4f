"""Cells as numbers, texts, labels and dates, whatever types the frame holds them in.

Everything here is a pure function of the cells, so that prediction reads a row as training did.
"""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd

# what people write into an empty cell of an otherwise numeric column
PLACEHOLDERS = frozenset(
    {
        "",
        "?",
        "-",
        "--",
        "na",
        "n/a",
        "nan",
        "none",
        "null",
        "nil",
        "missing",
        "unknown",
        "not available",
        ".",
    }
)

_SPACES = re.compile(r"[\s\u00a0\u202f_]")
_CURRENCY = re.compile(r"^([+-]?)[$€£¥₹]|[$€£¥₹%]$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_THOUSANDS_DOTS = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$")
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_DATE = re.compile(
    r"^\s*(\d{4}[-/. ]\d{1,2}([-/. ]\d{1,2})?|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|"
    r"(\w{3,9},? )?\d{1,2}\.?[- ]([^\W\d_]{3,9})\.?,?[- ]\d{2,4}|"
    r"(\w{3,9},? )?[^\W\d_]{3,9}\.? \d{1,2}(st|nd|rd|th)?,? \d{4})"
    r"([T ,]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([AaPp][Mm])?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?\s*$"
)


def is_null(cell: Any) -> bool:
    """Whether a cell is None, NaN, NaT or NA. Arrays and lists are not."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    return isinstance(cell, float | np.floating) and math.isnan(cell)


def cells(column: pd.Series) -> np.ndarray:
    """The cells as Python objects, ``(rows,)`` of dtype object."""
    values = np.empty(len(column), dtype=object)
    values[:] = list(column.array)
    return values


def decode(cell: bytes | bytearray | memoryview) -> str:
    """Bytes as text; what is not UTF-8 is read as Latin-1, which never fails."""
    raw = bytes(cell)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def text(cell: Any) -> str:
    """A cell as text: missing is empty, a whole float loses its ".0", a list is joined by spaces."""
    if isinstance(cell, str):
        return cell
    if is_null(cell):
        return ""
    if isinstance(cell, bytes | bytearray | memoryview):
        return decode(cell)
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating):
        value = float(cell)
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        return " ".join(
            text(part)
            for part in (sorted(cell, key=str) if isinstance(cell, set | frozenset) else list(cell))
        )
    return str(cell)


def texts(column: pd.Series) -> list[str]:
    """All cells as text."""
    return [text(cell) for cell in cells(column)]


def labels(column: pd.Series) -> np.ndarray:
    """Cells as category labels: text without outer white space; "" is missing. ``(rows,)`` of dtype object.

    ``2011``, ``2011.0`` and ``"2011"`` are the same label: a missing value elsewhere in the column, which
    turns whole numbers into floats, must not rename the categories.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = np.array([*(text(c).strip() for c in column.cat.categories), ""], dtype=object)
        return names[column.cat.codes.to_numpy()]
    if _repeats(column):
        codes, unique = pd.factorize(column, use_na_sentinel=True)
        names = np.array([*(text(c).strip() for c in np.asarray(unique, dtype=object)), ""], dtype=object)
        return names[codes]
    out = np.empty(len(column), dtype=object)
    out[:] = [value.strip() for value in texts(column)]
    return out


def _repeats(column: pd.Series) -> bool:
    """Whether cells can be told apart by pandas itself, which is faster where values repeat."""
    return column.dtype != object and not isinstance(column.dtype, pd.SparseDtype)


def is_arrow(column: pd.Series) -> bool:
    """Whether a column holds texts in Arrow's way, which tells different ones apart whatever they hold."""
    kind = column.dtype
    return isinstance(kind, pd.StringDtype) and kind.storage == "pyarrow"


def missing(column: pd.Series) -> np.ndarray:
    """Which cells hold nothing: null, or text of white space only. ``(rows,)`` of bool."""
    null: np.ndarray = column.isna().to_numpy(dtype=bool, na_value=True)
    if is_arrow(column):
        codes, found = pd.factorize(column, use_na_sentinel=True)
        null = null | np.array([*(not str(cell).strip() for cell in found), False], dtype=bool)[codes]
    elif column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        blank = [isinstance(cell, str | bytes | bytearray) and not cell.strip() for cell in cells(column)]
        null = null | np.array(blank, dtype=bool)
    return null


def number(value: str, decimal: str = ".") -> float:
    """A number as people write it ("1,234.5", "$12", "45 %", "1e-3"; "3,14" if ``decimal=","``), or NaN."""
    word = _SPACES.sub("", value)
    word = _CURRENCY.sub(r"\1", _CURRENCY.sub(r"\1", word))
    if decimal == ",":
        if _THOUSANDS_DOTS.match(word):
            word = word.replace(".", "")
        word = word.replace(",", ".")
    elif _THOUSANDS.match(word):
        word = word.replace(",", "")
    return float(word) if _NUMBER.match(word) else math.nan


def numbers(column: pd.Series, decimal: str = ".") -> np.ndarray:
    """All cells as float64, NaN where there is no finite number. Booleans are 0 and 1, time spans seconds."""
    kind = getattr(column.dtype, "kind", "O")
    if kind == "m":
        column = column.dt.total_seconds()
        kind = "f"
    if kind in "iufb" and not isinstance(column.dtype, pd.CategoricalDtype):
        out: np.ndarray = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        known: dict[Any, float] = {}
        out = np.empty(len(column), dtype=np.float64)
        for index, cell in enumerate(cells(column)):
            out[index] = _cell_number(cell, decimal, known)
    return np.where(np.isfinite(out), out, np.nan)


def _cell_number(cell: Any, decimal: str, known: dict[Any, float]) -> float:
    if isinstance(cell, str | bytes):
        found = known.get(cell)
        if found is None:
            found = known[cell] = number(decode(cell) if isinstance(cell, bytes) else cell, decimal)
        return found
    if is_null(cell):
        return math.nan
    if isinstance(cell, pd.Timedelta):
        return cell.total_seconds()
    if isinstance(cell, complex | np.complexfloating):
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def looks_like_date(value: str) -> bool:
    """Whether a text has the shape of a date, with or without a time."""
    return bool(_DATE.match(value))


def dates(column: pd.Series, day_first: bool = False) -> pd.DatetimeIndex:
    """All cells as points in time (UTC), NaT where there is none."""
    if getattr(column.dtype, "kind", "O") == "M":
        index = pd.DatetimeIndex(column)
        return index.tz_localize("UTC") if index.tz is None else index.tz_convert("UTC")
    if isinstance(column.dtype, pd.PeriodDtype):
        return pd.DatetimeIndex(column.dt.to_timestamp()).tz_localize("UTC")
    words = [value.strip() for value in texts(column)]
    unique = sorted({word for word in words if looks_like_date(word)})
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # "14/08" read with the month first: expected in mixed columns
        parsed = pd.to_datetime(
            pd.Series(unique, dtype=object), format="mixed", errors="coerce", dayfirst=day_first, utc=True
        )
    known = dict(zip(unique, parsed, strict=True))
    return pd.DatetimeIndex([known.get(word, pd.NaT) for word in words], dtype="datetime64[us, UTC]")
