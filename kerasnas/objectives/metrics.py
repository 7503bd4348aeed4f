"""Metrics: what a search maximises or minimises, computed alike wherever a model is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import problems
from ..errors import DataError
from ..problems.multilabel import SURE
from ..problems.quantile import LEVELS, MEDIAN, pinball

CLASSES = ("binary", "multiclass", "ordinal")
CLASSIFICATION = (*CLASSES, "multilabel")
REGRESSION = ("regression", "log_regression")
QUANTILE = ("quantile",)

# probabilities are kept this far from 0 and 1 in the logarithmic loss, so that one sure mistake stays finite
SMALLEST_PROBABILITY = 1e-7


def _nothing(targets: np.ndarray, predictions: np.ndarray) -> float:
    raise NotImplementedError


@dataclass(frozen=True)
class Metric:
    """A figure of merit.

    One of a person's own: ``Metric("profit", "max", compute=profit)`` where ``profit(truth, said)`` is told the target's own classes
    (or numbers) and what was predicted of each row; with ``probabilities=True`` it is told class numbers and probabilities
    ``(n, classes)``.

    Attributes:
        name: How it is asked for.
        direction: "max" where more is better, "min" where less is.
        problems: The problems that it can judge.
        compute: From (targets, predictions) to the figure.
        probabilities: Whether a function of a person's own wants class numbers and probabilities.
        own: Whether the function is a person's own.

    Raises:
        DataError: If the direction is none, or nothing computes it.
    """

    name: str
    direction: str = "max"
    problems: tuple[str, ...] = (*CLASSIFICATION, *REGRESSION)
    compute: Callable[[np.ndarray, np.ndarray], float] = _nothing
    probabilities: bool = False
    own: bool = True

    def __post_init__(self) -> None:
        if self.direction not in ("max", "min"):
            raise DataError(f"The direction of a metric is 'max' or 'min'. Received: {self.direction!r}.")
        if self.compute is _nothing or not callable(self.compute):
            raise DataError(f"The metric '{self.name}' needs compute=, a function of (truth, said).")

    @classmethod
    def of(cls, function: Callable[..., float]) -> Metric:
        """A function as a metric of which more is better, under the function's name."""
        name = getattr(function, "__name__", type(function).__name__)
        return cls("own" if name == "<lambda>" else name, "max", compute=function)


def decided(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Class numbers, or for labels 0 and 1."""
    return probabilities.argmax(axis=1) if targets.ndim == 1 else (probabilities >= SURE).astype(np.int64)


def _accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of rows that are right; where a row may have several labels: that have all of them right, and no other."""
    right = decided(targets, probabilities) == targets
    return float(np.mean(right if targets.ndim == 1 else right.all(axis=1)))


def _label_accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of right answers over all rows and labels: 1 less the Hamming loss."""
    return float(np.mean(decided(targets, probabilities) == targets))


def _f1(average: str) -> Callable[[np.ndarray, np.ndarray], float]:
    def compute(targets: np.ndarray, probabilities: np.ndarray) -> float:
        from sklearn.metrics import f1_score

        return float(f1_score(targets, decided(targets, probabilities), average=average, zero_division=0.0))

    return compute


def _quadratic_kappa(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """Cohen's kappa with quadratic weights; 0 where all rows are alike."""
    from sklearn.metrics import cohen_kappa_score

    known = list(range(probabilities.shape[1]))
    kappa = float(cohen_kappa_score(targets, probabilities.argmax(axis=1), weights="quadratic", labels=known))
    return kappa if np.isfinite(kappa) else 0.0


def _class_distance(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """How many classes off, on average."""
    return float(np.mean(np.abs(probabilities.argmax(axis=1) - targets)))


def _log_loss(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean cross-entropy; of a row's labels the mean."""
    if targets.ndim == 2:
        share = np.clip(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        return float(-np.mean(np.where(targets > 0, np.log(share), np.log1p(-share))))
    total = probabilities.sum(axis=1, keepdims=True)
    share = probabilities / np.where(total > 0, total, 1.0)
    chosen = share[np.arange(len(targets)), targets]
    return float(-np.mean(np.log(np.clip(chosen, SMALLEST_PROBABILITY, 1.0))))


def _roc_auc(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """Area under the ROC curve; for several classes the mean of one against the rest, over classes (or labels) seen."""
    from scipy.stats import rankdata

    areas = []
    two = targets.ndim == 1 and probabilities.shape[1] == 2
    for index in [1] if two else range(probabilities.shape[1]):
        positive = targets == index if targets.ndim == 1 else targets[:, index] > 0
        count = int(positive.sum())
        if count in (0, len(targets)):
            continue
        ranks = rankdata(probabilities[:, index])
        areas.append((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(targets) - count)))
    if not areas:
        raise DataError(
            f"Metric 'roc_auc' needs rows of at least two classes. Received: {len(targets)} rows of class "
            f"{np.unique(targets).tolist()}. Judge on more rows, or choose metric='accuracy'."
        )
    return float(np.mean(areas))


def _rmse(targets: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(np.sqrt(np.mean((predictions - targets) ** 2, axis=0))))


def _mae(targets: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(np.abs(predictions - targets)))


def _r2(targets: np.ndarray, predictions: np.ndarray) -> float:
    """Share of the variance explained. Where the targets are all alike: 1 if exact, else 0. The mean, where several are predicted."""
    from sklearn.metrics import r2_score

    if len(targets) < 2:  # scikit-learn's is not defined there
        return float(np.array_equal(targets, predictions))
    return float(r2_score(targets, predictions))


def _coverage_error(targets: np.ndarray, predictions: np.ndarray) -> float:
    """How far the share of rows between the outermost quantiles is from what those promise."""
    inside = (predictions[:, 0] <= targets) & (targets <= predictions[:, -1])
    return float(abs(inside.mean() - (LEVELS[-1] - LEVELS[0])))


def _median_error(targets: np.ndarray, predictions: np.ndarray) -> float:
    """The mean absolute error of the median."""
    return _mae(targets, predictions[:, MEDIAN])


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "max", CLASSIFICATION, _accuracy, own=False),
        Metric("roc_auc", "max", CLASSIFICATION, _roc_auc, own=False),
        Metric("macro_f1", "max", CLASSIFICATION, _f1("macro"), own=False),
        Metric("micro_f1", "max", ("multilabel",), _f1("micro"), own=False),
        Metric("label_accuracy", "max", ("multilabel",), _label_accuracy, own=False),
        Metric("quadratic_kappa", "max", ("ordinal",), _quadratic_kappa, own=False),
        Metric("class_distance", "min", ("ordinal",), _class_distance, own=False),
        Metric("log_loss", "min", CLASSIFICATION, _log_loss, own=False),
        Metric("rmse", "min", REGRESSION, _rmse, own=False),
        Metric("mae", "min", REGRESSION, _mae, own=False),
        Metric("r2", "max", REGRESSION, _r2, own=False),
        Metric("pinball", "min", QUANTILE, pinball, own=False),
        Metric("coverage_error", "min", QUANTILE, _coverage_error, own=False),
        Metric("median_error", "min", QUANTILE, _median_error, own=False),
    )
}


def metrics_for(problem: str) -> list[str]:
    """The metrics that can judge a problem, the default first."""
    names = [name for name, metric in METRICS.items() if problem in metric.problems]
    return sorted(names, key=lambda name: name != problems.get(problem).metric)


def find(metric: str, problem: str) -> Metric:
    """The metric of a name.

    Raises:
        DataError: If there is none, or it does not fit the problem.
    """
    if metric not in METRICS or problem not in METRICS[metric].problems:
        raise DataError(
            f"Invalid metric for a {problem} problem. Expected one of {metrics_for(problem)}, the name of a scikit-learn scorer, a Keras "
            f"metric, or a kerasnas.Metric with a function of your own. Received: metric={metric!r}."
        )
    return METRICS[metric]


def score(metric: str | Metric, targets: np.ndarray, predictions: np.ndarray) -> float:
    """Judge predictions.

    Args:
        metric: A metric, or a key of ``METRICS``.
        targets: Class numbers ``(n,)``, labels ``(n, labels)`` of 0 and 1, or the true values ``(n,)`` or ``(n, k)`` in original units.
        predictions: Probabilities ``(n, classes)``, or values ``(n,)`` or ``(n, k)`` in original units; ``(n, 1)`` for ``(n,)``.

    Returns:
        The figure.

    Raises:
        DataError: If the metric is unknown, the shapes do not fit, there is no row, a prediction is not finite, or a metric of a
            person's own gives no number.
    """
    if isinstance(metric, str):
        if metric not in METRICS:
            raise DataError(
                f"Unknown metric. Expected one of {sorted(METRICS)}. Received: metric={metric!r}."
            )
        metric = METRICS[metric]
    targets, predictions = np.asarray(targets), np.asarray(predictions, dtype=np.float64)
    quantiles = metric.problems == QUANTILE
    numeric = all(problems.get(problem).numeric for problem in metric.problems)
    if numeric or targets.dtype.kind != "i":
        targets = targets.astype(np.float64 if numeric else np.int64)
    if targets.ndim == 2 and targets.shape[1] == 1 and numeric:
        targets = targets[:, 0]
    if (
        numeric
        and not quantiles
        and targets.ndim == 1
        and predictions.ndim == 2
        and predictions.shape[1] == 1
    ):
        predictions = predictions[:, 0]
    if quantiles:
        fits = targets.ndim == 1 and predictions.shape == (len(targets), len(LEVELS))
    elif numeric or targets.ndim == 2:
        fits = predictions.shape == targets.shape
    else:
        fits = predictions.ndim == 2 and len(predictions) == len(targets) and predictions.shape[1] >= 2
    if not fits or not len(targets):
        wanted = (
            f"shape (rows, {len(LEVELS)})"
            if quantiles
            else "the targets' shape"
            if numeric or targets.ndim == 2
            else "shape (rows, classes)"
        )
        raise DataError(
            f"Metric '{metric.name}' needs one row of predictions for each target, {wanted}. Received: "
            f"targets {targets.shape}, predictions {predictions.shape}."
        )
    if not np.isfinite(predictions).all():
        bad = int((~np.isfinite(predictions)).reshape(len(predictions), -1).any(axis=1).sum())
        raise DataError(
            f"Metric '{metric.name}' cannot judge predictions that are not finite: {bad} of {len(targets)} rows "
            "are not."
        )
    return metric.compute(targets, predictions)
