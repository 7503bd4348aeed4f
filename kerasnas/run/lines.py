"""Lines to beat: what scikit-learn's linear model and gradient boosting make of a task's table.

They are fitted on the task's own training rows and judged on the same validation rows as candidates are, from the same views. They
are no candidates: no strategy is told of them, and none becomes a finalist.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from .folder import RunFolder

MOST_ROWS = 100_000  # training rows that a line is fitted on
MOST_CELLS = 50_000_000  # training rows times features
MOST_CATEGORIES = 255  # values of a column that boosting can treat as categories
ROUNDS = 300  # of the linear model's solver


@dataclass(frozen=True)
class Line:
    """One line to beat.

    Attributes:
        name: "linear model" or "gradient boosting".
        validation: The task's metric on the validation rows.
        rows: Training rows that it was fitted on: all, or as many as are enough for a line.
        seconds: That fitting and judging took.
    """

    name: str
    validation: float
    rows: int
    seconds: float


def known_lines(folder: RunFolder) -> list[Line]:
    """The lines of a search, computed once and kept in its run folder."""
    if not folder.lines.exists():
        from ..data.task_data import TaskData

        folder.check_private()
        fresh = folder.lines.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(line) for line in lines(TaskData.open(folder.data))]))
        fresh.replace(folder.lines)
    return [Line(**said) for said in json.loads(folder.lines.read_text())]


def lines(data: TaskData) -> list[Line]:
    """Fit and judge each line; none where the task has no table.

    Args:
        data: The task's rows.
    """
    tables = sorted(name for name, view in data.views.items() if view.modality == "table")
    if not tables or not data.rows("train") or not data.rows("validation"):
        return []
    return [
        _judged(data, "linear model", _linear, _spread),
        _judged(data, "gradient boosting", *_boosted(data)),
    ]


def _judged(
    data: TaskData, name: str, model: Callable[[bool], Any], features: Callable[[TaskData, str], Any]
) -> Line:
    began = time.perf_counter()
    read, targets, weights = features(data, "train"), data.targets("train"), data.weights("train")
    most = max(1, min(MOST_ROWS, MOST_CELLS // max(1, read.shape[1])))
    if len(targets) > most:
        chosen = np.sort(np.random.default_rng(data.seed).choice(len(targets), most, replace=False))
        read, targets = read[chosen], targets[chosen]
        weights = None if weights is None else weights[chosen]
    shown = features(data, "validation")
    from threadpoolctl import threadpool_limits

    # one thread: the search beside is to keep its cores. A solver that stops early is still a line.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = _predicted(model, data, read, targets, weights, shown)
    figure = data.score(data.targets("validation"), said)
    return Line(name, float(figure), len(targets), time.perf_counter() - began)


def _predicted(
    model: Callable[[bool], Any], data: TaskData, read: Any, targets: np.ndarray, weights: Any, shown: Any
) -> np.ndarray:
    """Predictions as the task's metric takes them, from one model, or one for each number or label."""
    if data.kind.outcome == "classes":
        return _shares(model(False), read, targets, weights, shown, data.outputs)
    columns = targets.reshape(len(targets), -1).T
    if data.kind.outcome == "labels":
        said = [_shares(model(False), read, c.astype("int64"), weights, shown, 2)[:, 1] for c in columns]
    else:
        said = [model(True).fit(read, c, sample_weight=weights).predict(shown) for c in columns]
    return np.stack(said, axis=1).reshape(-1, *targets.shape[1:])


def _shares(model: Any, read: Any, targets: np.ndarray, weights: Any, shown: Any, classes: int) -> np.ndarray:
    """A probability for every class, also for those that no training row has."""
    out = np.zeros((shown.shape[0], classes))
    present = np.unique(targets)
    if len(present) == 1:
        out[:, int(present[0])] = 1.0
        return out
    model.fit(read, targets, sample_weight=weights)
    out[:, model.classes_.astype("int64")] = model.predict_proba(shown)
    return out


def _linear(numeric: bool) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    return Ridge() if numeric else LogisticRegression(max_iter=ROUNDS)


def _spread(data: TaskData, part: str) -> Any:
    """Numbers with their ramps, categories and tags as zeros and ones: CSR."""
    from sklearn.preprocessing import OneHotEncoder

    parts = [scipy.sparse.csr_matrix(data.inputs([n], part)[n]) for n in _present(data, "numbers", "tags")]
    for name in _present(data, "categories"):
        sizes = data.views[name].info["cardinalities"]
        spread = OneHotEncoder(categories=[np.arange(c) for c in sizes], dtype=np.float32)
        rows = np.asarray(data.inputs([name], part)[name])
        parts.append(spread.fit(rows[:1]).transform(rows))
    return scipy.sparse.hstack(parts, format="csr")


def _boosted(data: TaskData) -> tuple[Callable[[bool], Any], Callable[[TaskData, str], Any]]:
    """Boosting with scikit-learn's defaults, and what it reads: one column a number, category or tag."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    sizes = [int(c) for n in _present(data, "categories") for c in data.views[n].info["cardinalities"]]

    def features(data: TaskData, part: str) -> np.ndarray:
        blocks = [np.asarray(data.inputs([n], part)[n], "float32") for n in _present(data, "categories")]
        blocks += [_numbers(data, n, part) for n in _present(data, "numbers")]
        blocks += [data.inputs([n], part)[n].toarray() for n in _present(data, "tags")]
        return np.concatenate(blocks, axis=1)

    def model(numeric: bool) -> Any:
        made = HistGradientBoostingRegressor if numeric else HistGradientBoostingClassifier
        coded = [i for i, size in enumerate(sizes) if size <= MOST_CATEGORIES]
        return made(categorical_features=coded or None, random_state=data.seed)

    return model, features


def _numbers(data: TaskData, name: str, part: str) -> np.ndarray:
    """The scaled numbers without their ramps, which trees have no use for; NaN where one is missing."""
    rows, info = np.asarray(data.inputs([name], part)[name], "float32"), data.views[name].info
    if "ramps" not in info:
        return rows
    out, start = [], 0
    for ramps, missing in zip(info["ramps"], info["missing"], strict=True):
        end = start + 1 + ramps + missing
        out.append(np.where(rows[:, end - 1] > 0, np.nan, rows[:, start]) if missing else rows[:, start])
        start = end
    return np.stack(out, axis=1)


def _present(data: TaskData, *kinds: str) -> list[str]:
    return [f"table_{kind}" for kind in kinds if f"table_{kind}" in data.views]
