"""Tables, by their scaled numbers and category numbers."""

from __future__ import annotations

import math

import numpy as np

from .base import landmarks, some_rows

MOST_COLUMNS = 200  # whose joint spread is looked at


def describe_table(
    numbers: np.ndarray | None, categories: np.ndarray | None, targets: np.ndarray, problem: str
) -> dict[str, float]:
    """Shape, skew, dependence on the target, and landmarks.

    Args:
        numbers: ``(n, d)`` scaled numbers, or None.
        categories: ``(n, c)`` category numbers, or None.
        targets: ``(n,)``.
        problem: ``binary``, ``multiclass`` or ``regression``.
    """
    chosen = some_rows(len(targets))
    y = np.asarray(targets)[chosen]
    parts = [
        np.asarray(p)[chosen].astype("float64") for p in (numbers, categories) if p is not None and p.shape[1]
    ]
    if not parts:
        return {}
    x = np.concatenate(parts, axis=1)
    d = 0 if numbers is None else numbers.shape[1]
    c = 0 if categories is None else categories.shape[1]
    out = {
        "log_columns": math.log(max(d + c, 1)),
        "log_rows_a_column": math.log(max(len(targets), 1) / max(d + c, 1)),
        "categorical_share": c / max(d + c, 1),
    }
    if d:
        block = x[:, :d]
        spread = block.std(axis=0)
        kept = spread > 1e-9
        kept &= np.cumsum(kept) <= MOST_COLUMNS
        scaled = (block[:, kept] - block[:, kept].mean(axis=0)) / spread[kept]
        if kept.any():
            out["skew"] = float(np.median(np.abs((scaled**3).mean(axis=0))))
            out["kurtosis"] = float(np.median((scaled**4).mean(axis=0)))
            values = np.linalg.svd(scaled, compute_uv=False) ** 2
            out["components_95"] = (
                float((np.cumsum(values) / values.sum() < 0.95).sum() + 1) / scaled.shape[1]
            )
            out["target_correlation"] = _dependence(scaled, y, problem)
    if c:
        out["log_largest_category"] = math.log(max(float(np.asarray(categories).max()) + 1, 1.0))
    return out | landmarks(x, y, problem)


def _dependence(scaled: np.ndarray, y: np.ndarray, problem: str) -> float:
    """The mean of the five strongest correlations with the target, or with any of its classes."""
    columns = y[:, None] if problem == "regression" else (y[:, None] == np.unique(y)[None, :20])
    t = columns.astype("float64")
    t = (t - t.mean(axis=0)) / np.where(t.std(axis=0) > 0, t.std(axis=0), 1.0)
    strongest = np.abs(scaled.T @ t / len(y)).max(axis=1)
    return float(np.sort(strongest)[-5:].mean())
