"""Every kind of problem through a whole small search: read, split, trained, averaged, saved, loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import BundleError, DataError
from kerasnas.evaluators import FullTraining

RNG = np.random.default_rng(0)
ROWS = 240
X = RNG.normal(size=(ROWS, 3))
FRAME = pd.DataFrame(X, columns=["u", "v", "w"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path))
    return tmp_path


def found(task: kn.Task, trials: int = 2) -> tuple[kn.Search, Any]:
    """A search of a few seconds, and its model out of a bundle."""
    search = kn.Search(
        task,
        budget=f"{trials} trials",
        executor="inline",
        evaluator=FullTraining(15, 15),
        warm_start=False,
        finalists=trials,
    )
    search.start()
    search.wait()
    return search, kn.load(search.best.bundle)


@pytest.mark.slow
def test_labels() -> None:
    tags = [[t for t, on in (("up", a > 0), ("right", b > 0)) if on] for a, b, _ in X]
    search, model = found(kn.Task(FRAME.assign(tags=pd.Series(tags)), "tags"))
    assert search.best.holdout is not None
    assert search.best.holdout > 0.85
    assert set(search.best.metrics) == {
        "micro_f1",
        "macro_f1",
        "label_accuracy",
        "accuracy",
        "roc_auc",
        "log_loss",
    }
    assert model.classes == ["right", "up"]
    said = model.predict(pd.DataFrame({"u": [3.0, 3.0, -3.0], "v": [3.0, -3.0, -3.0], "w": 0.0}))
    assert said.tolist() == [["right", "up"], ["up"], []]
    assert model.predict_proba(FRAME[:5]).shape == (5, 2)
    assert model.card["problem"] == "multilabel"


@pytest.mark.slow
def test_classes_in_order() -> None:
    grade = pd.cut(X[:, 0] + 0.3 * X[:, 2], [-9, -0.7, 0, 0.7, 9], labels=["poor", "fair", "good", "best"])
    search, model = found(kn.Task(FRAME.assign(grade=grade), "grade"))
    assert search.best.holdout is not None
    assert search.best.holdout > 0.7
    assert model.classes == ["poor", "fair", "good", "best"]
    assert model.predict(pd.DataFrame({"u": [-3.0, 3.0], "v": 0.0, "w": 0.0})).tolist() == ["poor", "best"]


@pytest.mark.slow
def test_several_numbers_at_once() -> None:
    frame = FRAME.assign(cost=100 + 20 * X[:, 0], weight=X[:, 1] - X[:, 0])
    search, model = found(kn.Task(frame, ["cost", "weight"], metric="r2"))
    assert search.best.holdout is not None
    assert search.best.holdout > 0.8
    assert model.classes == ["cost", "weight"]
    said = model.predict(FRAME)
    assert said.shape == (ROWS, 2)
    assert abs(said[:, 0].mean() - 100) < 5
    with pytest.raises(BundleError, match="no classes and no probabilities"):
        model.predict_proba(FRAME)


def profit(truth: np.ndarray, said: np.ndarray) -> float:
    """Defined in a notebook, as far as a worker knows."""
    return float(np.mean((said == "buy") * np.where(truth == "buy", 3.0, -1.0)))


@pytest.mark.slow
def test_a_metric_and_weights_of_a_person_s_own_reach_the_worker() -> None:
    frame = FRAME.assign(act=np.where(X[:, 0] > 1, "buy", "wait"), weigh=RNG.random(ROWS))
    task = kn.Task(
        frame, "act", metric=kn.Metric("profit", compute=profit), weights="weigh", class_weights="balanced"
    )
    search = kn.Search(task, budget="1 trials", evaluator=FullTraining(15, 15), warm_start=False, finalists=1)
    search.start()
    search.wait()
    assert search.best.metrics["profit"] == search.best.holdout
    assert {"accuracy", "roc_auc"} <= set(search.best.metrics)
    model = kn.load(search.best.bundle)
    assert model.card["metric"] == "profit"
    assert model.columns == ["u", "v", "w"]
    assert profit(frame["act"].to_numpy(), model.predict(frame)) > 0.2


def test_weights() -> None:
    frame = FRAME.assign(y=["a"] * 200 + ["b"] * 40, n=np.arange(ROWS) % 3)
    balanced = kn.Task(frame, "y", class_weights="balanced", seed=1).data()
    weights, targets = balanced.weights("train"), balanced.targets("train")
    assert weights is not None
    assert weights.mean() == pytest.approx(1.0)
    assert weights[targets == 0].sum() == pytest.approx(weights[targets == 1].sum(), rel=1e-5)
    told = kn.Task(frame, "y", weights="n", class_weights={"b": 4})
    weights, columns = told.data().weights("train"), {c.name: c for c in told.columns}
    assert weights is not None
    assert (columns["n"].kind, columns["n"].reason) == ("dropped", "says how much each row counts")
    order = told.splits.train
    expected = (order % 3) * np.where(order < 200, 1.0, 4.0)
    np.testing.assert_allclose(weights, expected / expected.mean(), rtol=1e-5)
    assert kn.Task(frame, "y").data().weights("train") is None


@pytest.mark.parametrize("rows", [5, 10, 23])
def test_a_few_rows_with_numbers_are_divided(rows: int) -> None:
    task = kn.Task(FRAME[:rows], "u", holdout=0.0)
    assert min(len(task.splits.train), len(task.splits.validation)) >= 1
    assert len(task.splits.train) + len(task.splits.validation) == rows


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weights": "u"}, "a number of 0 or more. Received"),
        ({"weights": "none"}, "Argument `weights` names a column that is not there"),
        ({"weights": "zero"}, "All training rows have weight 0"),
        ({"class_weights": "equal"}, "'balanced' or a dict"),
        ({"class_weights": {"c": 1}}, "names a class that is not there"),
        ({"class_weights": {"a": -1}}, "a number of 0 or more"),
        ({"class_weights": "balanced", "target": "v"}, "for classes, and 'v' is a number"),
        ({"target": ["y", "v"]}, "all numbers, or all of yes and no"),
        ({"target": ["y", "q"]}, "names columns that are not there"),
        ({"metric": "r2"}, "Invalid metric for a binary problem"),
    ],
)
def test_what_makes_no_sense(given: dict[str, Any], message: str) -> None:
    frame = FRAME.assign(y=["a"] * 200 + ["b"] * 40, zero=0)
    with pytest.raises(DataError, match=message):
        kn.Task(frame, **{"target": "y", **given})


def test_quantiles_say_how_sure_they_are() -> None:
    rng = np.random.default_rng(1)
    u = rng.uniform(0, 1, 600)
    frame = pd.DataFrame({"u": u, "price": 100.0 + 50 * u + rng.normal(0, 2 + 20 * u)})
    task = kn.Task(frame, "price", problem="quantile")
    assert (task.metric, task.outputs) == ("pinball", 5)
    search, model = found(task, trials=1)
    assert set(search.best.metrics) == {"pinball", "coverage_error", "median_error"}
    assert search.best.metrics["coverage_error"] < 0.12
    said = model.predict(pd.DataFrame({"u": [0.05, 0.95]}))
    assert said.shape == (2, 5)
    assert (np.diff(said, axis=1) >= 0).all()
    assert said[1, 4] - said[1, 0] > 1.5 * (said[0, 4] - said[0, 0])
    assert "by its quantiles, 5%, 25%, 50%, 75%, 95%" in model.text
    with pytest.raises(BundleError, match="no probabilities"):
        model.predict_proba(pd.DataFrame({"u": [0.5]}))


def test_the_pinball_loss_is_the_metric_and_its_least_is_the_quantile() -> None:
    import keras

    from kerasnas.evaluators.losses import Pinball
    from kerasnas.objectives import score
    from kerasnas.problems.quantile import LEVELS, pinball

    rng = np.random.default_rng(0)
    targets = rng.exponential(size=4001).astype("float32")
    said = np.tile(np.quantile(targets, LEVELS).astype("float32"), (4001, 1))
    loss = float(keras.ops.mean(Pinball(LEVELS)(targets[:, None], said)))
    assert loss == pytest.approx(pinball(targets, said), rel=1e-4)
    assert score("pinball", targets, said) == pytest.approx(loss, rel=1e-4)
    assert score("coverage_error", targets, said) < 0.001
    for shift in (-0.1, 0.1):
        assert pinball(targets, said + shift) > loss
    with pytest.raises(DataError, match=r"shape \(rows, 5\)"):
        score("pinball", targets, said[:, :3])


def test_skewed_positive_numbers_are_learned_by_their_logarithms() -> None:
    price = np.exp(4 + 1.2 * X[:, 0] + 0.1 * X[:, 1])
    frame = FRAME.assign(price=price)
    asked = kn.Task(frame, "price")
    assert any("log_regression" in note for note in asked.notes)
    task = kn.Task(frame, "price", problem="log_regression", metric="r2")
    assert not any("log_regression" in note for note in task.notes)
    search, model = found(task)
    assert search.best.holdout is not None
    assert search.best.holdout > 0.5
    said = model.predict(pd.DataFrame({"u": [-3.0, 0.0, 1.0], "v": 0.0, "w": 0.0}))
    assert said.shape == (3,)
    assert (said > 0).all()
    assert said[0] < said[1] < said[2]
    with pytest.raises(DataError, match="positive numbers alone"):
        kn.Task(frame.assign(price=price - price.min()), "price", problem="log_regression")


def test_networks_on_logarithms_are_averaged_by_them() -> None:
    from kerasnas import problems
    from kerasnas.problems.log_regression import worth_trying

    kind, rng = problems.get("log_regression"), np.random.default_rng(0)
    numbers = rng.lognormal(3, 1, 500)
    scaling = kind.scaling(numbers)
    raw = [kind.encoded(numbers, scaling), rng.normal(size=(500, 1))]
    np.testing.assert_allclose(kind.read(raw[0], scaling), numbers, rtol=1e-5)
    np.testing.assert_allclose(
        kind.average([kind.read(r, scaling) for r in raw]), kind.read(np.mean(raw, axis=0), scaling)
    )
    assert np.isfinite(kind.read(np.array([[1e9], [-1e9]]), scaling)).all()
    assert worth_trying(numbers)
    assert not worth_trying(rng.normal(100, 5, 500))
    assert not worth_trying(-numbers)
