"""Targets of several values a row: labels as lists or in one text, or several columns taken together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import values

LISTS = (list, tuple, set, frozenset, np.ndarray)
SEPARATORS = ("|", ";", ",")


def holds_lists(column: pd.Series) -> bool:
    """Whether the first cells that say something are lists."""
    return any(isinstance(cell, LISTS) for cell in values.cells(column.head(50)))


def length(filled: pd.Series) -> int:
    """How many values the first list holds; 0 where there is none."""
    return next((len(cell) for cell in values.cells(filled) if isinstance(cell, LISTS)), 0)


def all_numbers(filled: pd.Series) -> bool:
    """Whether the lists hold numbers and no texts, as far as the first of them tell."""
    lists = [cell for cell in values.cells(filled.head(50)) if isinstance(cell, LISTS)]
    return all(isinstance(part, int | float | np.number) for cell in lists for part in cell)


def separator_of(filled: pd.Series) -> str:
    """What stands between the labels of a text: the first of ``| ; ,`` that any cell holds; "" where every cell is one label."""
    texts = [cell for cell in values.texts(filled) if cell]
    return next((s for s in SEPARATORS if any(s in text for text in texts)), "")


def label_lists(column: pd.Series, separator: str) -> list[list[str]]:
    """The labels of each cell, without outer white space and empty ones."""
    out = []
    for cell in values.cells(column):
        if isinstance(cell, set | frozenset):
            parts: list[Any] = sorted(cell, key=str)
        elif isinstance(cell, LISTS):
            parts = list(cell)
        elif values.is_null(cell):
            parts = []
        else:
            parts = values.text(cell).split(separator) if separator else [values.text(cell)]
        out.append([label for part in parts if (label := values.text(part).strip())])
    return out


def number_lists(column: pd.Series, count: int) -> np.ndarray:
    """The numbers of each cell, ``(rows, count)``; NaN where a cell is empty or holds another number of them."""
    out = np.full((len(column), count), np.nan)
    for place, cell in enumerate(values.cells(column)):
        if isinstance(cell, LISTS) and len(cell) == count:
            out[place] = [values.number(values.text(part)) for part in cell]
    return out


def together(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """The target's columns as one, see ``joined``; one column as it is.

    Raises:
        DataError: If there is none, one is named twice, one of several is not there, or as ``joined``.
    """
    if len(names) == 1:
        return frame, names[0], ()
    check(list(frame.columns), names)
    return joined(frame, names)


def check(columns: Sequence[str], names: Sequence[str]) -> None:
    """See whether several target columns are there.

    Raises:
        DataError: If there is none, one is named twice, or one is not there.
    """
    absent = [name for name in names if name not in columns]
    if absent or not names or len(set(names)) != len(names):
        raise DataError(
            f"Argument `target` names columns that are not there, none, or one twice. Received: {list(names)}. Columns: "
            f"{columns[:20]}."
        )


def joined(
    frame: pd.DataFrame, columns: Sequence[str], as_numbers: bool | None = None
) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Several target columns as one, whose cells are lists.

    Columns of yes and no become the list of those that are yes; columns of numbers the list of numbers. A row in which one is empty
    has no target.

    Args:
        frame: The rows.
        columns: At least two of its columns.
        as_numbers: Whether they are numbers, and not yes and no; None looks at them.

    Returns:
        The frame with one column in their place, that column's name, and the names of the numbers; none where they are labels.

    Raises:
        DataError: If they are neither all of yes and no nor all numbers.
    """
    name = ", ".join(columns)
    numbers = np.stack([values.numbers(frame[c]) for c in columns], axis=1)
    known = np.stack([~values.missing(frame[c]) for c in columns], axis=1)
    present = np.asarray(known.all(axis=1))
    truths = np.stack([_truths(frame[c]) for c in columns], axis=1)
    cells = np.empty(len(frame), dtype=object)
    rest = frame.drop(columns=list(columns))
    labels = bool(present.any()) and not np.isnan(truths[present]).any()
    if as_numbers is False and present.any() and not labels:
        raise DataError(
            f"The target columns {list(columns)} are of yes and no in most rows, and of something else in others. Let each cell be yes, no "
            "or empty."
        )
    if labels if as_numbers is None else not as_numbers:
        cells[:] = [
            [c for c, true in zip(columns, row, strict=True) if true] if there else None
            for row, there in zip(truths, present, strict=True)
        ]
        return rest.assign(**{name: cells}), name, ()
    finite = np.asarray(np.isfinite(numbers).all(axis=1))
    if as_numbers is None and (not present.any() or finite[present].mean() < 0.95):
        kinds = {
            c: "numbers" if np.isfinite(numbers[known[:, i], i]).mean() >= 0.95 else "classes"
            for i, c in enumerate(columns)
            if known[:, i].any()
        }
        raise DataError(
            f"Several targets at once are all numbers, or all of yes and no (then each is a label). Received: {kinds}. Search for each of "
            "them on its own."
        )
    cells[:] = [row.tolist() if there else None for row, there in zip(numbers, finite, strict=True)]
    return rest.assign(**{name: cells}), name, tuple(columns)


def _truths(column: pd.Series) -> np.ndarray:
    """1 and 0 for yes and no; NaN for what is neither."""
    words = {"true": 1.0, "yes": 1.0, "1": 1.0, "false": 0.0, "no": 0.0, "0": 0.0}
    return np.array([words.get(label.lower(), np.nan) for label in values.labels(column)])
