"""The target of all rows of a table: what it is, which rows have one, and these as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from . import room, several, values
from .tables import Table
from .target import Target, read


def learned(
    table: Table,
    name: str,
    problem: str | None = None,
    *,
    order: Sequence[Any] | None = None,
    numbers: Sequence[str] = (),
) -> tuple[Target, np.ndarray, np.ndarray]:
    """What the target of a table is, which of its rows have one, and these as numbers.

    Of a table that stays on disk a sample tells the kind of problem, and all rows the classes.

    Args:
        table: The rows.
        name: Of the target.
        problem: As for ``read``.
        order: As for ``read``.
        numbers: As for ``read``.

    Raises:
        DataError: As ``read``.
    """
    seen = table.sample([name])[name]
    target = read(seen, problem, order=order, numbers=numbers)
    if table.on_disk:
        found = _unknown(table, name, target)
        while len(found):
            seen = pd.concat([seen, found], ignore_index=True)
            target = read(seen, problem, order=order, numbers=numbers)
            found = _unknown(table, name, target)
    present = room.empty(len(table), bool)
    encoded, count = np.zeros(0), 0
    for rows, piece in table.pieces([name]):
        present[rows] = target.present(piece[name])
        numbered = target.encode(piece[name][present[rows]])
        if not count:
            encoded = room.empty((len(table), *numbered.shape[1:]), numbered.dtype)
        encoded[count : count + len(numbered)] = numbered
        count += len(numbered)
    return target, present, encoded[:count]


def _unknown(table: Table, name: str, target: Target) -> pd.Series:
    """Cells of all rows with classes that a sample did not show, each once."""
    found: pd.Series | None = None
    for _, piece in table.pieces([name]):
        column = piece[name][target.present(piece[name])]
        odd = target.unknown(column)
        if len(odd):
            found = odd if found is None else pd.concat([found, odd], ignore_index=True)
            target = replace(target, classes=(*target.classes, *_labels_of(odd, target)))
    return pd.Series([], dtype=object) if found is None else found


def _labels_of(cells: pd.Series, target: Target) -> list[str]:
    if target.problem == "multilabel":
        return sorted({label for one in several.label_lists(cells, target.separator) for label in one})
    return [str(label) for label in values.labels(cells)]
