"""Metrics from elsewhere: scikit-learn's scorers by name, Keras' metrics, and functions of a person's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import problems
from ..errors import DataError
from .metrics import CLASSES, METRICS, Metric, decided, find

Asked = str | Metric | Callable[..., float] | None


def resolve(asked: Any, problem: str, classes: Sequence[Any]) -> Metric:
    """The metric that a person asked for.

    Args:
        asked: A name in ``METRICS``, the name of a scikit-learn scorer, a Keras metric, a ``Metric``, a function of (truth, said), or
            None for the problem's own.
        problem: A name in ``kerasnas.problems``.
        classes: The target's classes in order; a function of a person's own is told these and not their numbers.

    Raises:
        DataError: If it is none of these, or does not fit the problem.
    """
    if asked is None:
        return METRICS[problems.get(problem).metric]
    if isinstance(asked, Metric):
        if problem not in asked.problems:
            raise DataError(
                f"The metric '{asked.name}' is for {' or '.join(asked.problems)}; this is a {problem} problem."
            )
        return replace(asked, compute=Own(asked, problem, tuple(classes))) if asked.own else asked
    if isinstance(asked, str):
        return find(asked, problem) if asked in METRICS else _scorer(asked, problem, classes)
    if hasattr(asked, "update_state") and hasattr(asked, "result"):
        return _keras(asked, problem)
    if callable(asked):
        named = Metric.of(asked)
        return resolve(replace(named, problems=(problem,)), problem, classes)
    raise DataError(
        "Invalid value for argument `metric`. Expected a name, a kerasnas.Metric, a function of (truth, said), or a Keras metric. "
        f"Received: {asked!r} of type {type(asked).__name__}."
    )


class Own:
    """A person's function, told what people are told.

    Args:
        metric: With the function.
        problem: A name in ``kerasnas.problems``.
        classes: The target's.
    """

    def __init__(self, metric: Metric, problem: str, classes: tuple[Any, ...]) -> None:
        self.name, self.fn, self.probabilities = metric.name, metric.compute, metric.probabilities
        self.problem, self.classes = problem, classes

    def __call__(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """Call it.

        Raises:
            DataError: If it fails, or gives no finite number.
        """
        truth, said = targets, predictions
        if not self.probabilities:
            truth = in_words(targets, self.problem, self.classes)
            said = problems.get(self.problem).decided(predictions, self.classes)
        try:
            figure = float(self.fn(truth, said))
        except Exception as error:
            raise DataError(
                f"The metric '{self.name}' failed on {len(targets)} rows: {type(error).__name__}: {error}"
            ) from error
        if not math.isfinite(figure):
            raise DataError(
                f"The metric '{self.name}' gave {figure} on {len(targets)} rows. A finite number is expected."
            )
        return figure


def in_words(targets: np.ndarray, problem: str, classes: Sequence[Any]) -> np.ndarray:
    """Encoded targets in the target's own terms: classes, lists of labels, numbers."""
    kind = problems.get(problem)
    if kind.numeric:
        return targets
    sure = targets if targets.ndim == 2 else np.eye(len(classes))[targets]
    return kind.decided(sure, classes)


class Scorer:
    """A scorer of scikit-learn.

    Args:
        name: Of ``sklearn.metrics.get_scorer_names()``.
        classes: How many there are; 0 for numbers.
    """

    def __init__(self, name: str, classes: int) -> None:
        self.name, self.classes = name, classes

    def __call__(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """The scorer's figure.

        Raises:
            DataError: If it does not fit these targets.
        """
        from sklearn.metrics import get_scorer

        try:
            return float(get_scorer(self.name)(_said(targets, predictions, self.classes), None, targets))
        except (ValueError, TypeError, AttributeError) as error:
            raise DataError(
                f"scikit-learn's scorer '{self.name}' cannot judge this target: {error}"
            ) from error


def _said(targets: np.ndarray, predictions: np.ndarray, classes: int) -> Any:
    """An estimator that has said some predictions already."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class Numbers(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: Any) -> np.ndarray:  # noqa: N803
            del X
            return predictions

    class Classes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        classes_ = np.arange(classes)

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: Any) -> np.ndarray:  # noqa: N803
            del X
            return decided(targets, predictions)

        def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
            del X
            return predictions

    return Classes() if classes else Numbers()


def _scorer(name: str, problem: str, classes: Sequence[Any]) -> Metric:
    from sklearn.metrics import get_scorer_names

    if name not in get_scorer_names():
        find(name, problem)
    numeric = problems.get(problem).numeric
    return Metric(name, "max", (problem,), Scorer(name, 0 if numeric else len(classes)), own=False)


class KerasMetric:
    """A metric of Keras.

    Args:
        config: As ``keras.metrics.serialize`` gives it.
        told: What it is told: "second" the second class's probability alone, as Keras' metrics of two classes want it; "one_hot" all
            probabilities and targets of 0 and 1; "plain" the targets as they are.
    """

    def __init__(self, config: dict[str, Any], told: str) -> None:
        self.config, self.told = config, told

    def __call__(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """The metric's result over all rows."""
        import keras

        metric = keras.metrics.deserialize(self.config)
        said = predictions[:, 1] if self.told == "second" else predictions
        if self.told == "one_hot":
            targets = np.eye(predictions.shape[1])[targets]
        metric.update_state(targets.astype("float32"), said.astype("float32"))
        return float(metric.result())


def _keras(metric: Any, problem: str) -> Metric:
    import keras

    direction = {"up": "max", "down": "min"}.get(getattr(metric, "_direction", None) or "")
    if direction is None:
        raise DataError(
            f"Keras does not say whether more is better of {type(metric).__name__}. Wrap it: kerasnas.Metric(name, direction, "
            "compute=a function of (truth, probabilities), probabilities=True)."
        )
    sparse = (
        "Sparse" in type(metric).__name__
    )  # how Keras tells metrics of class numbers from those of one-hot targets
    single = problem in CLASSES and not sparse
    told = "plain" if not single else "second" if problem == "binary" else "one_hot"
    return Metric(
        str(metric.name),
        direction,
        (problem,),
        KerasMetric(keras.metrics.serialize(metric), told),
        own=False,
    )
