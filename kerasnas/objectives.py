"""Metrics: what a search maximises or minimises, computed alike wherever a model is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .errors import DataError

CLASSIFICATION = ("binary", "multiclass")
REGRESSION = ("regression",)
PROBLEMS = (*CLASSIFICATION, *REGRESSION)

# probabilities are kept this far from 0 and 1 in the logarithmic loss, so that one sure mistake stays finite
SMALLEST_PROBABILITY = 1e-7


@dataclass(frozen=True)
class Metric:
    """A figure of merit.

    Attributes:
        name: How it is asked for.
        direction: "max" where more is better, "min" where less is.
        problems: The problems that it can judge.
        compute: From (targets, predictions) to the figure.
    """

    name: str
    direction: str
    problems: tuple[str, ...]
    compute: Callable[[np.ndarray, np.ndarray], float]


def _accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == targets))


def _macro_f1(targets: np.ndarray, probabilities: np.ndarray) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(targets, probabilities.argmax(axis=1), average="macro", zero_division=0.0))


def _log_loss(targets: np.ndarray, probabilities: np.ndarray) -> float:
    total = probabilities.sum(axis=1, keepdims=True)
    share = probabilities / np.where(total > 0, total, 1.0)
    chosen = share[np.arange(len(targets)), targets]
    return float(-np.mean(np.log(np.clip(chosen, SMALLEST_PROBABILITY, 1.0))))


def _roc_auc(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """Area under the ROC curve; for several classes the mean of one against the rest, over classes seen."""
    from scipy.stats import rankdata

    areas = []
    for index in [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1]):
        positive = targets == index
        count = int(positive.sum())
        if count in (0, len(targets)):
            continue
        ranks = rankdata(probabilities[:, index])
        areas.append((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(targets) - count)))
    if not areas:
        raise DataError(
            f"Metric 'roc_auc' needs rows of at least two classes. Received: {len(targets)} rows of class "
            f"{sorted(set(targets.tolist()))}. Judge on more rows, or choose metric='accuracy'."
        )
    return float(np.mean(areas))


def _rmse(targets: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.sqrt(np.mean((predictions - targets) ** 2)))


def _mae(targets: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(np.abs(predictions - targets)))


def _r2(targets: np.ndarray, predictions: np.ndarray) -> float:
    """Share of the variance explained. Where the targets are all alike: 1 if exact, else 0."""
    residual, total = (
        float(np.sum((targets - predictions) ** 2)),
        float(np.sum((targets - targets.mean()) ** 2)),
    )
    if total == 0:
        return 1.0 if residual == 0 else 0.0
    return 1.0 - residual / total


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "max", CLASSIFICATION, _accuracy),
        Metric("roc_auc", "max", CLASSIFICATION, _roc_auc),
        Metric("macro_f1", "max", CLASSIFICATION, _macro_f1),
        Metric("log_loss", "min", CLASSIFICATION, _log_loss),
        Metric("rmse", "min", REGRESSION, _rmse),
        Metric("mae", "min", REGRESSION, _mae),
        Metric("r2", "max", REGRESSION, _r2),
    )
}

DEFAULTS = {"binary": "accuracy", "multiclass": "accuracy", "regression": "rmse"}


def metrics_for(problem: str) -> list[str]:
    """The metrics that can judge a problem, the default first."""
    names = [name for name, metric in METRICS.items() if problem in metric.problems]
    return sorted(names, key=lambda name: name != DEFAULTS.get(problem))


def check(metric: str, problem: str) -> str:
    """The metric's name, if it exists and fits the problem.

    Raises:
        DataError: If it does not.
    """
    if metric not in METRICS or problem not in METRICS[metric].problems:
        raise DataError(
            f"Invalid metric for a {problem} problem. Expected one of {metrics_for(problem)}. Received: "
            f"metric={metric!r}."
        )
    return metric


def direction(metric: str) -> str:
    """Whether a metric is to be raised ("max") or lowered ("min").

    Raises:
        DataError: If there is no such metric.
    """
    if metric not in METRICS:
        raise DataError(f"Unknown metric. Expected one of {sorted(METRICS)}. Received: metric={metric!r}.")
    return METRICS[metric].direction


def score(metric: str, targets: np.ndarray, predictions: np.ndarray) -> float:
    """Judge predictions.

    Args:
        metric: A key of ``METRICS``.
        targets: Class numbers ``(n,)``, or for regression the true values ``(n,)`` in original units.
        predictions: Probabilities ``(n, classes)``, or for regression values ``(n,)`` or ``(n, 1)`` in
            original units.

    Returns:
        The figure.

    Raises:
        DataError: If the metric is unknown, the shapes do not fit, there is no row, or a prediction is not
            finite.
    """
    direction(metric)
    chosen = METRICS[metric]
    targets, predictions = np.asarray(targets), np.asarray(predictions, dtype=np.float64)
    if chosen.problems == REGRESSION:
        targets = targets.astype(np.float64).reshape(-1)
        predictions = (
            predictions.reshape(-1) if predictions.ndim == 2 and predictions.shape[1] == 1 else predictions
        )
        fits = predictions.shape == targets.shape
    else:
        targets = targets.astype(np.int64).reshape(-1)
        fits = predictions.ndim == 2 and len(predictions) == len(targets) and predictions.shape[1] >= 2
    if not fits or not len(targets):
        wanted = "(rows,)" if chosen.problems == REGRESSION else "(rows, classes)"
        raise DataError(
            f"Metric '{metric}' needs one row of predictions for each target, shape {wanted}. Received: "
            "targets "
            f"{targets.shape}, predictions {predictions.shape}."
        )
    if not np.isfinite(predictions).all():
        bad = int((~np.isfinite(predictions)).reshape(len(predictions), -1).any(axis=1).sum())
        raise DataError(
            f"Metric '{metric}' cannot judge predictions that are not finite: {bad} of {len(targets)} rows "
            "are not."
        )
    return chosen.compute(targets, predictions)


def baseline(metric: str, train_targets: np.ndarray, targets: np.ndarray, outputs: int = 1) -> float:
    """What is reached without looking: by the class shares, or for regression the mean, of training rows.

    Args:
        metric: A key of ``METRICS``.
        train_targets: Of the training rows.
        targets: Of the rows to judge.
        outputs: The number of classes; 1 for regression.

    Raises:
        DataError: As ``score``.
    """
    train_targets, targets = np.asarray(train_targets), np.asarray(targets)
    if outputs == 1:
        return score(metric, targets, np.full(len(targets), train_targets.mean()))
    share = np.bincount(train_targets.astype(np.int64), minlength=outputs) / max(len(train_targets), 1)
    return score(metric, targets, np.tile(share, (len(targets), 1)))
