"""A temperature makes probabilities fit how often they are right, and changes no decision."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax

import kerasnas as kn
from kerasnas import problems
from kerasnas.errors import BundleError
from kerasnas.evaluators import FullTraining
from kerasnas.export import manifest
from kerasnas.problems.calibration import WIDEST, calibrate, calibration_error


def toy(sharpness: float, rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Classes drawn as softmax(logits) says, and probabilities that are too sure of it by a factor."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (rows, 4))
    true = softmax(logits, axis=1)
    targets = (true.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)
    return targets, softmax(logits * sharpness, axis=1)


@pytest.mark.parametrize("sharpness", [0.4, 3.0])
def test_a_miscalibrated_classifier_gets_a_lower_loss_and_the_same_accuracy(sharpness: float) -> None:
    kind = problems.get("multiclass")
    targets, said = toy(sharpness)
    found = calibrate(kind, targets[:1500], said[:1500])
    assert found is not None
    assert found.temperature == pytest.approx(sharpness, rel=0.15)
    assert found.log_loss[1] < found.log_loss[0] - 0.05
    after = kind.tempered(said[1500:], found.temperature)
    rest = targets[1500:]
    assert kind.log_loss(rest, after) < kind.log_loss(rest, said[1500:]) - 0.05
    assert calibration_error(rest, after) < 0.5 * calibration_error(rest, said[1500:])
    np.testing.assert_array_equal(after.argmax(axis=1), said[1500:].argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1.0)


def test_a_temperature_of_predictions_is_one_of_logits() -> None:
    raw = np.random.default_rng(1).normal(0, 9, (50, 3))
    for name in ("multiclass", "multilabel"):
        kind = problems.get(name)
        np.testing.assert_allclose(
            kind.tempered(kind.read(raw, (0.0, 1.0)), 2.5), kind.read(raw, (0.0, 2.5)), rtol=1e-5, atol=1e-9
        )


def test_labels_have_one_temperature() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (2000, 3))
    targets = (rng.random(logits.shape) < expit(logits)).astype("int8")
    kind = problems.get("multilabel")
    said = expit(3 * logits)
    found = calibrate(kind, targets, said)
    assert found is not None
    assert found.temperature == pytest.approx(3.0, rel=0.15)
    after = kind.tempered(said, found.temperature)
    np.testing.assert_array_equal(after >= 0.5, said >= 0.5)
    assert calibration_error(targets, after) < calibration_error(targets, said)


def test_what_cannot_be_calibrated_is_left() -> None:
    targets, said = toy(3.0, 20)
    assert calibrate(problems.get("multiclass"), targets, said) is None
    assert calibrate(problems.get("regression"), np.zeros(50), np.zeros(50)) is None
    assert calibrate(problems.get("binary"), np.zeros(50, int), np.full((50, 2), np.nan)) is None


def test_a_hopeless_classifier_is_bounded() -> None:
    targets, said = toy(3.0)
    found = calibrate(problems.get("multiclass"), np.random.default_rng(3).permutation(targets), said)
    assert found is not None
    assert 1 < found.temperature <= WIDEST


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> kn.Search:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    kind = np.where(x[:, 0] + rng.normal(0, 1, 400) > 0, "new", "old")
    frame = pd.DataFrame(x, columns=["u", "v", "w"]).assign(kind=kind)
    search = kn.Search(
        kn.Task(frame, "kind"), budget="2 trials", executor="inline", evaluator=FullTraining(6, 6), warm_start=False,
        finalists=2, store=tmp_path_factory.mktemp("store") / "s.db",
    )  # fmt: skip
    search.start()
    search.wait()
    return search


def test_a_search_calibrates_what_it_saves(searched: kn.Search, tmp_path: Path) -> None:
    path = searched.best.save(tmp_path / "best.kn")
    predictor = kn.load(path)
    told = predictor.card["calibration"]
    assert predictor.scaling == (0.0, told["temperature"])
    before, after = told["validation"]["log_loss"]
    assert after <= before
    assert set(told["held_out"]) == {"log_loss", "calibration_error"}
    assert "read at the temperature" in predictor.text
    assert predictor.card["metrics"]["log_loss"] == pytest.approx(told["held_out"]["log_loss"][1], abs=1e-4)
    rows = pd.DataFrame({"u": [3.0, -3.0, 0.1], "v": 0.0, "w": 0.0})
    said = predictor.predict_proba(rows)
    raw = predictor.model.predict(predictor.inputs(rows), verbose=0)
    logits = next(iter(raw.values())) if isinstance(raw, dict) else raw
    np.testing.assert_allclose(said, softmax(logits / told["temperature"], axis=1), rtol=1e-4)


def test_a_temperature_of_nought_is_refused(searched: kn.Search, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(searched.best.bundle) as archive:
        archive.extractall(folder)
    task = json.loads((folder / "task.json").read_text())
    task["scaling"] = [0.0, 0.0]
    (folder / "task.json").write_text(json.dumps(task))
    (folder / manifest.MANIFEST).unlink()
    manifest.write(folder, {}, "2026-01-01")
    with pytest.raises(BundleError, match="temperature is 0"):
        kn.load(folder)
