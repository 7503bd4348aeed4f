"""What makes figures too good to be true: rows on both sides of a split, and a column that gives the target away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from . import room, values
from .columns import ColumnInfo
from .splits import Splits
from .tables import Table

MOST_ROWS = 2000  # training rows looked at for a column that gives the target away
LEAST_ROWS = 40
MOST_COLUMNS = 200
SURE = 0.98  # share of the rows whose target one column alone tells
KNOWN = 0.9  # share of the commonest class above which so much is no surprise
FEW = 0.01  # share of a part's rows that may repeat training rows without a word


def repeated(numbers: np.ndarray, splits: Splits) -> str | None:
    """Say how many validation and held-out rows stand among the training rows too, up to the target.

    Args:
        numbers: ``fingerprint.row_numbers`` of the columns that a model may read.
        splits: The parts.

    Returns:
        A note; None where it is no more than one row in a hundred of each part.
    """
    trained = room.ordered(room.taken(numbers, splits.train))
    found = []
    for name, part in (("validation", splits.validation), ("held-out", splits.holdout)):
        count = sum(_known(trained, numbers[part[piece]]) for piece in room.pieces(len(part)))
        if count > FEW * len(part):
            found.append(f"{count:,} of {len(part):,} {name} rows")
    if not found:
        return None
    return (
        f"{' and '.join(found)} are also among the training rows: the figures flatter. Where they belong together, name a column with "
        "group=..."
    )


def _known(known: np.ndarray, numbers: np.ndarray) -> int:
    """How many of some numbers are among others, which are sorted."""
    places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return int(np.count_nonzero(known[places] == numbers))


def telling(
    table: Table,
    columns: Sequence[ColumnInfo],
    targets: np.ndarray,
    train: np.ndarray,
    regression: bool,
) -> list[str]:
    """Say which columns alone give the target away: known afterwards, perhaps, and not when a prediction is wanted.

    A small decision tree is fitted on half of (at most 2,000) training rows and judged on the others, one column at a time.

    Args:
        table: The rows.
        columns: All columns with their kinds; numbers and categories are looked at, two hundred at most.
        targets: Of every row.
        train: Numbers of the training rows.
        regression: Whether the target is a number.

    Returns:
        A note for each such column.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows = train[:MOST_ROWS]
    wanted = targets[rows]
    if len(rows) < LEAST_ROWS or (not regression and _told_little(wanted)):
        return []
    half = len(rows) // 2
    found = []
    looked_at = [c for c in columns if c.kind in ("numeric", "categorical")][:MOST_COLUMNS]
    frame = table.take(rows, [column.name for column in looked_at])
    for column in looked_at:
        seen = _numbers(frame[column.name], column)
        make = DecisionTreeRegressor if regression else DecisionTreeClassifier
        tree = make(max_depth=8, min_samples_leaf=2, random_state=0).fit(seen[:half], wanted[:half])
        sure = float(tree.score(seen[half:], wanted[half:]))
        if sure >= SURE:
            what = (
                f"explains {sure:.0%} of the target"
                if regression
                else f"tells the target in {sure:.0%} of the rows"
            )
            found.append(
                f"'{column.name}' alone {what}: is it known when a prediction is wanted? If not, drop=[{column.name!r}]"
            )
    return found


def _told_little(classes: np.ndarray) -> bool:
    """Whether nearly all rows are of one class, or there are nearly as many classes as rows."""
    counts = np.unique(classes, return_counts=True)[1]
    return bool(counts.max() > KNOWN * len(classes) or 2 * len(counts) > len(classes))


def _numbers(cells: pd.Series, column: ColumnInfo) -> np.ndarray:
    """A column as one number a row: its value, or a number for its category."""
    if column.kind == "numeric" and "date" not in column.settings:
        numbers = values.numbers(cells, column.settings.get("decimal", "."))
        return np.asarray(np.nan_to_num(numbers, nan=-1e12).reshape(-1, 1))
    return np.asarray(pd.factorize(values.labels(cells))[0], dtype="float64").reshape(-1, 1)
