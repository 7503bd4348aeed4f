"""Numbers in a row as a sequence of one length."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ...errors import DataError
from .. import lists, values
from ..views import View
from .base import Rows, Settled
from .numbers import scale, soften

MOST_POINTS = 256
COVERED = 0.95  # share of the series that fit whole
MOST_SCALED = 1_000_000  # numbers that the scale is learned from


class Series(Settled):
    """One column of series as float32 ``(points, 2)``: the scaled value, and 1 where there is one.

    The length lets 95 % of the training series fit whole; longer ones are cut at their end, shorter ones followed by zeros. Where that
    is more than 256, means of so many neighbours take their place that it is not. All numbers of a column share one scale, median 0
    with drawn in tails, so that a series' level can be told from its course. An empty cell is zeros.
    """

    kind: ClassVar[str] = "series"

    @classmethod
    def fit(cls, rows: Rows, column: str, name: str) -> Series:
        """Choose the length and learn the scale.

        Args:
            rows: Training rows.
            column: The column of series.
            name: Of the view.

        Raises:
            DataError: If no cell of the training rows holds numbers.
        """
        found = [one for one in map(lists.series, values.cells(rows.column(column))) if one is not None]
        numbers = np.concatenate([np.zeros(0), *found])
        numbers = numbers[np.isfinite(numbers)]
        if not len(numbers):
            raise DataError(
                f"No training row of column '{column}' holds a list of numbers. Drop it with drop=[{column!r}], or decide with column_types="
            )
        length = max(1, int(np.ceil(np.quantile([len(one) for one in found], COVERED))))
        step = -(-length // MOST_POINTS)
        numbers = numbers[:: max(1, len(numbers) // MOST_SCALED)]
        centre, spread = scale(numbers)
        soft = soften(numbers, centre, spread)
        settings = {
            "step": step, "centre": centre, "spread": spread, "mean": float(soft.mean()), "deviation": float(soft.std()) or 1.0,
        }  # fmt: skip
        shape = (-(-length // step), 2)
        return cls(
            View(name, "series", shape, "float32", {"columns": [column], "length": length}),
            (column,),
            settings,
        )

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, points, 2)`` float32."""
        points, step = self.view.shape[0], int(self._settings["step"])
        out = np.zeros((len(rows), points, 2), np.float32)
        for index, cell in enumerate(values.cells(rows.column(self.columns[0]))):
            numbers = lists.series(cell)
            if numbers is None:
                continue
            whole = np.full(points * step, np.nan)
            whole[: len(numbers)] = numbers[: points * step]
            parts = whole.reshape(points, step)
            known = np.isfinite(parts)
            count = known.sum(axis=1)
            there = count > 0
            means = np.where(known, parts, 0.0).sum(axis=1)[there] / count[there]
            soft = soften(means, self._settings["centre"], self._settings["spread"])
            out[index, there, 0] = (soft - self._settings["mean"]) / self._settings["deviation"]
            out[index, there, 1] = 1.0
        return out
