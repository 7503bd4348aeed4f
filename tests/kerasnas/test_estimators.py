"""The scikit-learn interface: what its users expect of an estimator."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasnas as kn
from kerasnas.evaluators import FullTraining

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {
    "budget": "1 trials", "executor": "inline", "finalists": 1, "warm_start": False, "evaluator": FullTraining(12, 12),
}  # fmt: skip
X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASNAS_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def fitted() -> kn.AutoClassifier:
    return kn.AutoClassifier(**SMALL).fit(X, NAMES)


def test_a_classifier_gives_back_the_classes_that_it_was_given(fitted: kn.AutoClassifier) -> None:
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert fitted.n_features_in_ == 4
    said = fitted.predict(X)
    assert said.dtype == NAMES.dtype
    assert fitted.score(X, NAMES) > 0.85
    shares = fitted.predict_proba(X[:7])
    assert shares.shape == (7, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (fitted.classes_[shares.argmax(axis=1)] == said[:7]).all()
    assert fitted.best_.members == (0,)
    assert "def build_model" in fitted.best_.source()


def test_it_is_cloned_pickled_and_saved(fitted: kn.AutoClassifier, tmp_path: Path) -> None:
    other = clone(fitted)
    assert other.get_params()["budget"] == "1 trials"
    with pytest.raises(NotFittedError):
        other.predict(X)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.classes_.tolist() == fitted.classes_.tolist()
    predictor = kn.load(fitted.save(tmp_path / "deep" / "iris.kn"))
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2", "x3"])
    np.testing.assert_array_equal(predictor.predict_proba(frame), fitted.predict_proba(X))


def test_it_works_inside_a_pipeline_and_cross_validation() -> None:
    model = make_pipeline(StandardScaler(), kn.AutoClassifier(**SMALL))
    assert cross_val_score(model, X, Y, cv=2).min() > 0.7


def test_a_frame_may_hold_texts_dates_and_gaps() -> None:
    rng = np.random.default_rng(0)
    good = rng.random(160) < 0.5
    frame = pd.DataFrame(
        {
            "said": [
                f"{'great and lovely' if g else 'poor and broken'} thing number {i}"
                for i, g in enumerate(good)
            ],
            "when": pd.date_range("2026-01-01", periods=160),
            "size": np.where(rng.random(160) < 0.2, np.nan, rng.normal(size=160)),
        },
        index=rng.permutation(160),
    )
    model = kn.AutoRegressor(**SMALL).fit(frame, good * 10.0 + rng.normal(0, 0.1, 160))
    assert list(model.feature_names_in_) == ["said", "when", "size"]
    assert model.score(frame, good * 10.0) > 0.5
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["size", "when", "said"]].rename(columns={"size": "length"}))


@pytest.mark.parametrize(
    ("rows", "targets", "message"),
    [
        (X[:3], NAMES[:3], "n_samples=3"),
        (X, ["one"] * 150, "y has one class only, 'one'"),
        (pd.DataFrame(X), NAMES[:50], "X has 150 rows and y has 50"),
        (X, NAMES[:50], "inconsistent numbers of samples"),
        (np.where(X > 7, np.inf, X), NAMES, "infinity"),
    ],
)
def test_what_cannot_be_learned_is_a_value_error(rows: Any, targets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kn.AutoClassifier(**SMALL).fit(rows, targets)


def test_a_regressor_wants_numbers() -> None:
    with pytest.raises(ValueError, match="could not convert string to float"):
        kn.AutoRegressor(**SMALL).fit(X, NAMES)
