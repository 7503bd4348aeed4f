"""What every task has: rows, a target, and how well a simple model does."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

VERSION = 1
MOST_ROWS = 2000


def some_rows(count: int, seed: int = 0) -> np.ndarray:
    """At most ``MOST_ROWS`` row numbers, spread over all, in a seeded order."""
    return np.random.default_rng(seed).permutation(count)[:MOST_ROWS]


def describe_target(targets: np.ndarray, problem: str, rows: int) -> dict[str, float]:
    """Size and balance of a task.

    Args:
        targets: ``(n,)`` class numbers, or numbers for regression.
        problem: ``binary``, ``multiclass`` or ``regression``.
        rows: Rows of the whole task.
    """
    out = {"log_rows": math.log(max(rows, 1)), "regression": float(problem == "regression")}
    if problem == "regression":
        values = np.asarray(targets, "float64")
        spread = float(values.std())
        out["target_skew"] = (
            float(((values - values.mean()) ** 3).mean() / spread**3) if spread > 0 else math.nan
        )
        return out
    counts = np.bincount(np.asarray(targets, "int64"))
    shares = counts[counts > 0] / max(counts.sum(), 1)
    out |= {
        "log_classes": math.log(max(len(shares), 1)),
        "class_entropy": float(-(shares * np.log(shares)).sum() / math.log(len(shares)))
        if len(shares) > 1
        else 0.0,
        "smallest_class": float(shares.min()),
        "largest_class": float(shares.max()),
        "log_rows_a_class": math.log(max(rows, 1) / max(len(shares), 1)),
    }
    return out


def landmarks(
    rows: Any, targets: np.ndarray, problem: str, names: tuple[str, ...] = ("linear", "neighbour", "stump")
) -> dict[str, float]:
    """How far simple models get: fitted on two thirds of the rows given, judged on the rest.

    Args:
        rows: ``(n, d)`` array or sparse matrix.
        targets: ``(n,)``.
        problem: As above.
        names: Which models.

    Returns:
        For each model the share of what the majority class (or the mean) leaves unexplained; NaN where it
        cannot be fitted.
    """
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    regression = problem == "regression"
    makers: dict[str, Any] = {
        "linear": lambda: _Ridge(regression),
        "neighbour": lambda: KNeighborsRegressor(1) if regression else KNeighborsClassifier(1),
        "stump": lambda: (DecisionTreeRegressor if regression else DecisionTreeClassifier)(
            max_depth=1, random_state=0
        ),
    }
    cut = 2 * rows.shape[0] // 3
    first, second = np.asarray(targets[:cut]), np.asarray(targets[cut:])
    if len(second) < 5 or len(np.unique(first)) < 2:
        return {f"landmark_{n}": math.nan for n in names}
    out = {}
    for name in names:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a landmark need not converge
                said = makers[name]().fit(rows[:cut], first).predict(rows[cut:])
        except ValueError:
            out[f"landmark_{name}"] = math.nan
            continue
        if regression:
            spread = float(((second - first.mean()) ** 2).mean())
            out[f"landmark_{name}"] = (
                max(-1.0, 1.0 - float(((second - said) ** 2).mean()) / spread) if spread else math.nan
            )
        else:
            majority = float((second == np.bincount(first.astype("int64")).argmax()).mean())
            out[f"landmark_{name}"] = (float((said == second).mean()) - majority) / max(1.0 - majority, 1e-9)
    return out


def percentiles(values: np.ndarray, name: str) -> dict[str, float]:
    """The 5th, 50th and 95th percentile."""
    if not len(values):
        return {f"{name}_p{p}": math.nan for p in (5, 50, 95)}
    return {
        f"{name}_p{p}": float(v) for p, v in zip((5, 50, 95), np.percentile(values, (5, 50, 95)), strict=True)
    }


class _Ridge:
    """Ridge regression on the target or on class indicators, by its dual: quick for few rows, however wide."""

    def __init__(self, regression: bool) -> None:
        self._regression = regression

    def fit(self, rows: Any, targets: np.ndarray) -> _Ridge:
        if isinstance(rows, np.ndarray):
            self._at, self._spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        self._rows = rows = self._scaled(rows)
        self._classes = np.unique(targets)
        wanted = targets[:, None] if self._regression else targets[:, None] == self._classes[None]
        wanted = wanted.astype("float64")
        self._mean = wanted.mean(axis=0)
        kernel = _products(rows, rows)
        strength = 0.05 * float(np.trace(kernel)) / len(kernel) + 1e-9
        self._dual = np.linalg.solve(kernel + strength * np.eye(len(kernel)), wanted - self._mean)
        return self

    def predict(self, rows: Any) -> np.ndarray:
        said = _products(self._scaled(rows), self._rows) @ self._dual + self._mean
        found: np.ndarray = said[:, 0] if self._regression else self._classes[said.argmax(axis=1)]
        return found

    def _scaled(self, rows: Any) -> Any:
        return (rows - self._at) / self._spread if isinstance(rows, np.ndarray) else rows


def _products(a: Any, b: Any) -> np.ndarray:
    """Inner products of the rows of two dense or two sparse matrices."""
    product = a @ b.T
    return np.asarray(product.toarray() if hasattr(product, "toarray") else product, "float64")
