from __future__ import annotations

import pickle

import cloudpickle
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
    assert {name: metric.direction for name, metric in objectives.METRICS.items()} == {
        "accuracy": "max",
        "roc_auc": "max",
        "macro_f1": "max",
        "micro_f1": "max",
        "label_accuracy": "max",
        "quadratic_kappa": "max",
        "class_distance": "min",
        "log_loss": "min",
        "rmse": "min",
        "mae": "min",
        "r2": "max",
        "pinball": "min",
        "coverage_error": "min",
        "median_error": "min",
    }
    assert objectives.metrics_for("regression")[0] == "rmse"
    assert objectives.metrics_for("log_regression")[0] == "rmse"
    assert objectives.metrics_for("quantile")[0] == "pinball"
    assert objectives.metrics_for("binary")[0] == "accuracy"
    assert objectives.metrics_for("ordinal")[0] == "quadratic_kappa"
    assert objectives.metrics_for("multilabel")[0] == "micro_f1"


@pytest.mark.parametrize(
    ("metric", "targets", "predictions", "message"),
    [
        ("auc", [0], [[1, 0]], "Unknown metric. Expected one of .*Received: metric='auc'"),
        ("accuracy", [0, 1], [[1, 0]], r"one row of predictions for each target, shape \(rows, classes\)"),
        ("accuracy", [], [], "one row of predictions"),
        ("rmse", [0.0], [[1, 0]], r"the targets\' shape. Received: targets \(1,\), predictions \(1, 2\)"),
        ("rmse", [0.0, 1.0], [np.nan, 1.0], "not finite: 1 of 2 rows"),
    ],
)
def test_errors(metric: str, targets: list[float], predictions: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        objectives.score(metric, np.array(targets), np.array(predictions))


def test_a_metric_must_fit_the_problem() -> None:
    assert objectives.find("r2", "regression").name == "r2"
    with pytest.raises(
        DataError, match=r"Invalid metric for a binary problem. Expected one of .*Received: metric='r2'"
    ):
        objectives.find("r2", "binary")


LABELS = RNG.integers(0, 2, (60, 4))
LIKELY = RNG.random((60, 4))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", metrics.accuracy_score(LABELS, LIKELY >= 0.5)),
        ("label_accuracy", 1 - metrics.hamming_loss(LABELS, LIKELY >= 0.5)),
        ("micro_f1", metrics.f1_score(LABELS, LIKELY >= 0.5, average="micro")),
        ("macro_f1", metrics.f1_score(LABELS, LIKELY >= 0.5, average="macro")),
        ("roc_auc", metrics.roc_auc_score(LABELS, LIKELY)),
        ("log_loss", np.mean([metrics.log_loss(LABELS[:, i], LIKELY[:, i]) for i in range(4)])),
    ],
)
def test_metrics_of_labels_equal_scikit_learn_s(metric: str, expected: float) -> None:
    assert objectives.score(metric, LABELS, LIKELY) == pytest.approx(expected)


def test_metrics_of_classes_in_order() -> None:
    said = SHARES.argmax(1)
    kappa = metrics.cohen_kappa_score(TARGETS, said, weights="quadratic")
    assert objectives.score("quadratic_kappa", TARGETS, SHARES) == pytest.approx(kappa)
    assert objectives.score("class_distance", TARGETS, SHARES) == pytest.approx(np.abs(TARGETS - said).mean())


def test_several_numbers_are_judged_together() -> None:
    true, said = RNG.normal(size=(50, 3)), RNG.normal(size=(50, 3))
    assert objectives.score("r2", true, said) == pytest.approx(metrics.r2_score(true, said))
    assert objectives.score("rmse", true, said) == pytest.approx(metrics.root_mean_squared_error(true, said))


def profit(truth: np.ndarray, said: np.ndarray) -> float:
    return float(np.sum((said == "yes") * np.where(truth == "yes", 5.0, -1.0)))


def test_a_person_s_function_is_told_what_people_are_told() -> None:
    chosen = objectives.resolve(profit, "binary", ["no", "yes"])
    assert (chosen.name, chosen.direction) == ("profit", "max")
    shares = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]])
    assert objectives.score(chosen, np.array([1, 0, 1]), shares) == 4.0
    assert pickle.loads(cloudpickle.dumps(chosen)).compute(np.array([1, 0, 1]), shares) == 4.0
    likely = objectives.Metric(
        "hits", "min", compute=lambda t, p: float(p[t == 1, 1].mean()), probabilities=True
    )
    found = objectives.resolve(likely, "binary", ["no", "yes"])
    assert found.direction == "min"
    assert objectives.score(found, np.array([1, 0, 1]), shares) == pytest.approx(0.6)
    tags = objectives.Metric(
        "first", compute=lambda t, p: float(np.mean([a == b for a, b in zip(t, p, strict=True)]))
    )
    found = objectives.resolve(tags, "multilabel", ["a", "b"])
    assert objectives.score(found, np.array([[1, 0], [1, 1]]), np.array([[0.9, 0.1], [0.2, 0.9]])) == 0.5


@pytest.mark.parametrize(
    ("name", "problem", "expected"),
    [
        ("f1_weighted", "multiclass", metrics.f1_score(TARGETS, SHARES.argmax(1), average="weighted")),
        ("neg_log_loss", "multiclass", -metrics.log_loss(TARGETS, SHARES)),
        ("roc_auc_ovr", "multiclass", metrics.roc_auc_score(TARGETS, SHARES, multi_class="ovr")),
        (
            "f1_samples",
            "multilabel",
            metrics.f1_score(LABELS, LIKELY >= 0.5, average="samples", zero_division=0),
        ),
        ("neg_median_absolute_error", "regression", -metrics.median_absolute_error(NUMBERS, GUESSES)),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_scikit_learn_s_scorers(name: str, problem: str, expected: float) -> None:
    rows = {"multiclass": (TARGETS, SHARES), "multilabel": (LABELS, LIKELY), "regression": (NUMBERS, GUESSES)}
    classes = {"multiclass": [0, 1, 2], "multilabel": list("abcd"), "regression": []}[problem]
    found = objectives.resolve(name, problem, classes)
    assert (found.name, found.direction) == (name, "max")
    assert objectives.score(found, *rows[problem]) == pytest.approx(expected)
    assert pickle.loads(cloudpickle.dumps(found)).name == name


def test_keras_metrics() -> None:
    import keras

    two, share = TARGETS % 2, np.stack([SHARES[:, 0], 1 - SHARES[:, 0]], axis=1)
    auc = objectives.resolve(keras.metrics.AUC(num_thresholds=2000), "binary", [0, 1])
    assert auc.direction == "max"
    assert objectives.score(auc, two, share) == pytest.approx(
        metrics.roc_auc_score(two, share[:, 1]), abs=0.01
    )
    top = objectives.resolve(keras.metrics.SparseTopKCategoricalAccuracy(2), "multiclass", [0, 1, 2])
    assert objectives.score(top, TARGETS, SHARES) == pytest.approx(
        metrics.top_k_accuracy_score(TARGETS, SHARES, k=2)
    )
    f1 = objectives.resolve(keras.metrics.F1Score(average="macro"), "multiclass", [0, 1, 2])
    expected = metrics.f1_score(TARGETS, SHARES.argmax(1), average="macro")
    assert objectives.score(f1, TARGETS, SHARES) == pytest.approx(expected)
    error = objectives.resolve(keras.metrics.MeanAbsoluteError(), "regression", [])
    assert error.direction == "min"
    assert objectives.score(error, NUMBERS, GUESSES) == pytest.approx(
        metrics.mean_absolute_error(NUMBERS, GUESSES), rel=1e-5
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (3, "Expected a name, a kerasnas.Metric, a function"),
        ("f1_wieghted", "Invalid metric for a binary problem"),
        (objectives.Metric("own", problems=("regression",), compute=profit), "'own' is for regression"),
    ],
)
def test_what_is_no_metric(asked: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        objectives.resolve(asked, "binary", ["no", "yes"])


def test_a_function_that_fails_says_so() -> None:
    shares = np.array([[0.1, 0.9], [0.2, 0.8]])
    broken = objectives.resolve(lambda t, p: 1 / 0, "binary", ["no", "yes"])
    with pytest.raises(DataError, match="The metric 'own' failed on 2 rows: ZeroDivisionError"):
        objectives.score(broken, np.array([0, 1]), shares)
    endless = objectives.resolve(lambda t, p: np.inf, "binary", ["no", "yes"])
    with pytest.raises(DataError, match="gave inf on 2 rows"):
        objectives.score(endless, np.array([0, 1]), shares)
    with pytest.raises(DataError, match="needs compute="):
        objectives.Metric("nothing")
    with pytest.raises(DataError, match="'max' or 'min'"):
        objectives.Metric("up", "upwards", compute=profit)
