from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from kerasnas import objectives
from kerasnas.errors import DataError

RNG = np.random.default_rng(0)
TARGETS = RNG.integers(0, 3, 60)
SHARES = RNG.dirichlet(np.ones(3), 60)
NUMBERS, GUESSES = RNG.normal(size=60), RNG.normal(size=60)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", metrics.accuracy_score(TARGETS, SHARES.argmax(1))),
        ("macro_f1", metrics.f1_score(TARGETS, SHARES.argmax(1), average="macro")),
        ("log_loss", metrics.log_loss(TARGETS, SHARES)),
        ("roc_auc", metrics.roc_auc_score(TARGETS, SHARES, multi_class="ovr")),
    ],
)
def test_classification_metrics_equal_scikit_learn_s(metric: str, expected: float) -> None:
    assert objectives.score(metric, TARGETS, SHARES) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("rmse", metrics.root_mean_squared_error(NUMBERS, GUESSES)),
        ("mae", metrics.mean_absolute_error(NUMBERS, GUESSES)),
        ("r2", metrics.r2_score(NUMBERS, GUESSES)),
    ],
)
def test_regression_metrics_equal_scikit_learn_s(metric: str, expected: float) -> None:
    assert objectives.score(metric, NUMBERS, GUESSES) == pytest.approx(expected)
    assert objectives.score(metric, NUMBERS, GUESSES[:, None]) == pytest.approx(expected)


def test_binary_roc_auc_with_ties() -> None:
    targets, second = RNG.integers(0, 2, 80), RNG.integers(0, 5, 80) / 5
    found = objectives.score("roc_auc", targets, np.stack([1 - second, second], axis=1))
    assert found == pytest.approx(metrics.roc_auc_score(targets, second))


def test_a_class_that_is_not_judged_does_not_spoil_roc_auc() -> None:
    targets = np.array([0, 1] * 10)
    assert 0 <= objectives.score("roc_auc", targets, SHARES[:20]) <= 1
    with pytest.raises(DataError, match="at least two classes"):
        objectives.score("roc_auc", np.zeros(20, int), SHARES[:20])


def test_log_loss_of_a_sure_mistake_is_finite() -> None:
    assert objectives.score("log_loss", np.array([1]), np.array([[1.0, 0.0]])) == pytest.approx(
        16.118, abs=1e-3
    )


def test_r2_of_constant_targets() -> None:
    assert objectives.score("r2", np.ones(5), np.ones(5)) == 1.0
    assert objectives.score("r2", np.ones(5), np.zeros(5)) == 0.0


def test_directions_and_defaults() -> None:
    assert {name: objectives.direction(name) for name in objectives.METRICS} == {
        "accuracy": "max",
        "roc_auc": "max",
        "macro_f1": "max",
        "log_loss": "min",
        "rmse": "min",
        "mae": "min",
        "r2": "max",
    }
    assert objectives.metrics_for("regression")[0] == "rmse"
    assert objectives.metrics_for("binary")[0] == "accuracy"


def test_baselines() -> None:
    train, judged = np.array([0, 0, 0, 1]), np.array([0, 1])
    assert objectives.baseline("accuracy", train, judged, 2) == 0.5
    assert objectives.baseline("log_loss", train, judged, 2) == pytest.approx(
        -(np.log(0.75) + np.log(0.25)) / 2
    )
    assert objectives.baseline("rmse", np.array([1.0, 3.0]), np.array([2.0, 4.0])) == pytest.approx(
        np.sqrt(2)
    )


@pytest.mark.parametrize(
    ("metric", "targets", "predictions", "message"),
    [
        ("auc", [0], [[1, 0]], "Unknown metric. Expected one of .*Received: metric='auc'"),
        ("accuracy", [0, 1], [[1, 0]], r"one row of predictions for each target, shape \(rows, classes\)"),
        ("accuracy", [], [], "one row of predictions"),
        ("rmse", [0.0], [[1, 0]], r"shape \(rows,\). Received: targets \(1,\), predictions \(1, 2\)"),
        ("rmse", [0.0, 1.0], [np.nan, 1.0], "not finite: 1 of 2 rows"),
    ],
)
def test_errors(metric: str, targets: list[float], predictions: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        objectives.score(metric, np.array(targets), np.array(predictions))


def test_a_metric_must_fit_the_problem() -> None:
    assert objectives.check("r2", "regression") == "r2"
    with pytest.raises(
        DataError, match=r"Invalid metric for a binary problem. Expected one of .*Received: metric='r2'"
    ):
        objectives.check("r2", "binary")
