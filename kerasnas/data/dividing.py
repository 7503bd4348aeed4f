"""Which rows train, validate and judge, as a person says it: by shares, positions, a column, groups or time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import room, splits, values
from .adapters.numbers import date_parts
from .guess import reading_of_numbers
from .tables import Table


def divide(
    table: Table,
    strata: np.ndarray,
    *,
    group: str | None,
    holdout: Any,
    validation: float,
    seed: int,
    present: np.ndarray,
) -> tuple[splits.Splits, list[str]]:
    """Divide rows by chance, in equal shares of every stratum, or as a column or positions say.

    Args:
        table: The rows that have a target.
        strata: A class number for each.
        group: A column; rows of one group stay on one side.
        holdout: A share, positions in the whole table, or a column of words.
        validation: Share of the other rows.
        seed: Of chance.
        present: Which rows of the whole table these are.

    Returns:
        The parts, and what there is to say about them.

    Raises:
        DataError: If a share, a position or the column makes no sense, or a part would be empty.
    """
    notes: list[str] = []
    if not 0 < validation < 1:
        raise DataError(
            f"Invalid value for argument `validation`. Expected a share between 0 and 1. Received: "
            f"{validation!r}."
        )
    chosen: float | np.ndarray
    validating: float | np.ndarray = float(validation)
    if isinstance(holdout, str):
        names, codes = table.labels(holdout)
        chosen, official = (
            room.where(np.isin(codes, which)) for which in splits.by_words(np.array(names, dtype=object))
        )
        if not len(chosen):
            words = sorted(names)[:10]
            raise DataError(
                f"No row of column '{holdout}' says which rows are held out. Expected 'test', "
                "'holdout' or true in some. "
                f"Received: {words}."
            )
        if len(official):
            validating = official
            notes.append(
                f"column '{holdout}' names {len(official):,} validation rows, which are used as such"
            )
    elif not isinstance(holdout, int | float | np.number):
        positions = np.unique(np.asarray(holdout, dtype=np.int64)) if len(holdout) else np.zeros(0, np.int64)
        rows = len(present)
        if len(positions) and not 0 <= positions[0] <= positions[-1] < rows:
            raise DataError(
                f"Invalid value for argument `holdout`. Expected row positions from 0 to {rows - 1}. "
                f"Received: {positions[-1]}."
            )
        marked = np.zeros(rows, dtype=bool)
        marked[positions] = True
        chosen = room.where(marked[present])
    elif not 0 <= holdout < 1:
        raise DataError(
            f"Invalid value for argument `holdout`. Expected a share from 0 to below 1. Received: "
            f"{holdout!r}."
        )
    else:
        chosen = float(holdout)
    groups = None if group is None else _groups(table, group)
    found = splits.split(strata, holdout=chosen, validation=validating, seed=seed, groups=groups)
    return found, notes


def _groups(table: Table, column: str) -> np.ndarray:
    """A group number for every row; a row whose cell is empty is a group of its own."""
    names, codes = table.labels(column)
    if "" in names:
        alone = np.flatnonzero(codes == names.index(""))
        codes[alone] = np.arange(len(names), len(names) + len(alone))
        names = [*names, *(f"\0{row}" for row in alone)]
    ranks = np.unique(np.array(names, dtype=str), return_inverse=True)[1]
    return np.asarray(ranks[codes])


def divide_by_time(
    table: Table, time: str, *, group: str | None, holdout: Any, validation: float, seed: int
) -> tuple[splits.Splits, list[str]]:
    """Divide rows so that older ones train and the newest judge.

    Args:
        table: The rows that have a target.
        time: A column of dates or numbers.
        group: Must be None.
        holdout: A share.
        validation: Share of the other rows.
        seed: Of the order within the parts.

    Returns:
        The parts, and what there is to say about them.

    Raises:
        DataError: If shares or column make no sense, or a part would be empty.
    """
    notes: list[str] = []
    shares = (holdout, validation)
    if (
        group is not None
        or not all(isinstance(s, int | float) and 0 <= s < 1 for s in shares)
        or not validation
    ):
        raise DataError(
            f"With time={time!r} the newest rows judge: holdout and validation are shares from 0 to below 1, and there is no group. "
            f"Received: holdout={holdout!r}, validation={validation!r}, group={group!r}."
        )
    column = table.sample([time])[time]
    reading = reading_of_numbers(column[~values.missing(column)])
    if reading is None:
        raise DataError(
            f"Column '{time}' was named as time=, but its cells are neither dates nor numbers. Received: "
            f"{values.text(column.iloc[0])!r}. Write dates as 2026-11-24."
        )

    def read(piece: pd.DataFrame) -> np.ndarray:
        if "date" in reading:
            return date_parts(values.dates(piece[time], reading["date"]["day_first"]))["days"]
        return values.numbers(piece[time], reading.get("decimal", "."))

    moments = table.each(read, [time])
    lost = int((~np.isfinite(moments)).sum())
    if lost:
        notes.append(f"{lost:,} rows have no {time!r} and are taken for the oldest")
    found = splits.by_time(moments, holdout=float(holdout), validation=float(validation), seed=seed)
    return found, notes
