"""Numbers and dates as features that a neural net likes: scaled, tails drawn in, and cut into ramps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .. import values
from ..columns import ColumnInfo
from ..views import View
from .base import Adapter, Rows, names

# ramps a number at most, all numbers together at most, and training rows that one ramp should see
MOST_RAMPS = 16
MOST_RAMP_FEATURES = 768
ROWS_A_RAMP = 40
# where the tails are drawn in, in interquartile ranges
SOFT_LIMIT = 3.0


def date_parts(times: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """A point in time as numbers: days since 1970, year, and the circles of year, week and day."""
    absent = np.asarray(times.isna())

    def circle(values: Any, period: float) -> tuple[np.ndarray, np.ndarray]:
        angle = 2 * np.pi * np.asarray(values, dtype=np.float64) / period
        return np.sin(angle), np.cos(angle)

    hours = times.hour + times.minute / 60 + times.second / 3600
    days = np.asarray((times - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1), dtype=np.float64)
    parts: dict[str, np.ndarray] = {"days": days, "year": np.asarray(times.year, dtype=np.float64)}
    for name, value, period in (
        ("month", times.month - 1, 12),
        ("weekday", times.day_of_week, 7),
        ("hour", hours, 24),
    ):
        parts[f"{name} (sine)"], parts[f"{name} (cosine)"] = circle(value, period)
    parts["day of month"] = np.asarray(times.day, dtype=np.float64)
    return {name: np.where(absent, np.nan, part) for name, part in parts.items()}


def _raw(rows: Rows, column: str, settings: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The numbers that one column gives, by name; several for a date."""
    cells = rows.column(column)
    if "date" in settings:
        parts = date_parts(values.dates(cells, settings["date"]["day_first"]))
        return {f"{column} {part}": numbers for part, numbers in parts.items()}
    return {column: values.numbers(cells, settings.get("decimal", "."))}


class Numbers(Adapter):
    """All numeric columns as one vector.

    A number gives a scaled value: median 0, tails beyond a few interquartile ranges drawn in smoothly
        (Holzmüller et
    al., "Better by Default", 2024), then standardised. Where there are rows enough it also gives ramps from
    one quantile to the next, less 1/2 (Gorishniy et al., "On Embeddings for Numerical Features in Tabular
    Deep Learning", 2022), so that a linear layer can already bend. A column with empty training cells gives
    one more feature that says so. An empty cell is 0 everywhere: the median, and no ramp. The features of a number stand side by side,
    its value first; the view's ``info`` says how many ramps each has and whether it is ever missing.
    """

    kind: ClassVar[str] = "numbers"

    def __init__(
        self,
        view: View,
        columns: Sequence[str],
        fields: list[dict[str, Any]],
        arrays: Mapping[str, np.ndarray],
    ) -> None:
        self.view = view
        self.columns = tuple(columns)
        # one field a number: {"column", "name", "settings", "missing"}; its figures lie in the arrays
        self._fields = fields
        self._arrays = dict(arrays)

    @classmethod
    def fit(cls, rows: Rows, columns: Sequence[ColumnInfo]) -> Numbers:
        """Learn scales and quantiles.

        Args:
            rows: Training rows.
            columns: The numeric columns.
        """
        found: list[tuple[dict[str, Any], np.ndarray]] = []
        for column in columns:
            settings = {key: value for key, value in column.settings.items() if key in ("date", "decimal")}
            for name, numbers in _raw(rows, column.name, settings).items():
                finite = numbers[np.isfinite(numbers)]
                if len(finite) and (finite.min() < finite.max() or "date" not in settings):
                    absent = bool(len(finite) < len(numbers)) and not (
                        settings.get("date") and "days" not in name[-4:]
                    )
                    found.append(
                        (
                            {"column": column.name, "name": name, "settings": settings, "missing": absent},
                            finite,
                        )
                    )
        ramps = min(MOST_RAMPS, MOST_RAMP_FEATURES // max(len(found), 1), len(rows) // ROWS_A_RAMP)
        centre, spread, mean, deviation, edges = [], [], [], [], []
        for _, finite in found:
            middle, wide = scale(finite)
            soft = soften(finite, middle, wide)
            centre.append(middle)
            spread.append(wide)
            mean.append(float(soft.mean()))
            deviation.append(float(soft.std()) or 1.0)
            cuts = np.unique(np.quantile(finite, np.linspace(0, 1, ramps + 1))) if ramps >= 2 else np.zeros(0)
            edges.append(cuts if len(cuts) > 2 else cuts[:0])
        arrays = {
            "centre": np.array(centre),
            "spread": np.array(spread),
            "mean": np.array(mean),
            "deviation": np.array(deviation),
            "edges": np.concatenate([*edges, np.zeros(0)]),
            "edge_counts": np.array([len(cuts) for cuts in edges], dtype=np.int64),
        }
        fields = [field for field, _ in found]
        ramped = [max(len(cuts) - 1, 0) for cuts in edges]
        missing = [bool(field["missing"]) for field in fields]
        width = len(fields) + sum(ramped) + sum(missing)
        info = {
            "columns": list(names(columns)), "numbers": [field["name"] for field in fields], "ramps": ramped, "missing": missing,
            "rows": len(rows),
        }  # fmt: skip
        return cls(View("table_numbers", "table", (width,), "float32", info), names(columns), fields, arrays)

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, features)`` float32."""
        out = np.zeros((len(rows), *self.view.shape), dtype=np.float32)
        raw: dict[str, dict[str, np.ndarray]] = {}
        starts = np.cumsum([0, *self._arrays["edge_counts"]])
        place = 0
        for index, field in enumerate(self._fields):
            if field["column"] not in raw:
                raw[field["column"]] = _raw(rows, field["column"], field["settings"])
            numbers = raw[field["column"]][field["name"]]
            known = np.isfinite(numbers)
            value = np.where(known, numbers, 0.0)
            soft = soften(value, self._arrays["centre"][index], self._arrays["spread"][index])
            out[:, place] = np.where(
                known, (soft - self._arrays["mean"][index]) / self._arrays["deviation"][index], 0.0
            )
            place += 1
            edges = self._arrays["edges"][starts[index] : starts[index + 1]]
            if len(edges):
                low, high = edges[:-1], edges[1:]
                ramp = np.clip((value[:, None] - low) / (high - low), 0.0, 1.0) - 0.5
                out[:, place : place + len(low)] = np.where(known[:, None], ramp, 0.0)
                place += len(low)
            if field["missing"]:
                out[:, place] = ~known
                place += 1
        return out

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The fields as JSON, their figures as arrays."""
        return {"fields": self._fields}, self._arrays

    @classmethod
    def restore(
        cls, view: View, columns: Sequence[str], data: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Numbers:
        """As saved."""
        return cls(view, columns, list(data["fields"]), arrays)


def scale(finite: np.ndarray) -> tuple[float, float]:
    """Median and interquartile range; where half of the values are alike, a range of the others."""
    low, middle, high = np.quantile(finite, (0.25, 0.5, 0.75))
    if high > low:
        return float(middle), float(high - low)
    others = np.abs(finite[finite != middle] - middle)
    return float(middle), float(2 * np.median(others)) if len(others) else 1.0


def soften(numbers: np.ndarray, centre: float, spread: float) -> np.ndarray:
    """Scaled by the spread; almost unchanged near the centre, never beyond ``SOFT_LIMIT``."""
    scaled = np.clip((numbers - centre) / spread, -1e100, 1e100)
    return scaled / np.sqrt(1.0 + (scaled / SOFT_LIMIT) ** 2)
