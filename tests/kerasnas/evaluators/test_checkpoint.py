"""A training whose process died goes on from its last epoch, to the same end; and one whose memory ran out tries half the batch."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kerasnas import backend
from kerasnas.data.task_data import TaskData
from kerasnas.errors import EvaluationError
from kerasnas.evaluators import FullTraining, checkpoint
from kerasnas.evaluators.checkpoint import Checkpoint, State
from kerasnas.evaluators.final import judge
from kerasnas.evaluators.full_training import train
from kerasnas.evaluators.watch import Watch
from kerasnas.space import Input, Space, block, layers
from kerasnas.task import Task
from kerasnas.testing.evaluators import small_data, small_space

EPOCHS = 8


class Died(BaseException):
    """What stands for a SIGKILL: nothing may handle it."""


@pytest.fixture(autouse=True)
def same_figures() -> None:
    backend.current().reproducible()


@pytest.fixture
def every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 1.0)


def words() -> TaskData:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 120)
    texts = [" ".join(rng.choice(["ash", "elm", "oak", ("yew", "fir")[k]], 6)) for k in label]
    return Task(
        pd.DataFrame({"text": texts, "target": label}), "target", column_types={"text": "text"}, seed=1
    ).data()


@block("words")
def _words(x: Any) -> Any:
    return layers.Dense(2)(layers.Dropout(0.3)(layers.Dense(8, activation="relu")(x)))


def cases() -> dict[str, tuple[TaskData, Space]]:
    texts = words()
    name = next(name for name, view in texts.views.items() if view.sparse)
    sparse = Space.trace(_words, {name: Input(texts.views[name].shape)}, name="words")
    return {
        "classes": (small_data(), small_space(small_data())),
        "numbers": (small_data("regression"), small_space(small_data("regression"))),
        "sparse": (texts, sparse),
    }


@pytest.mark.parametrize("case", ["classes", "numbers", "sparse"])
def test_an_interrupted_training_ends_as_an_undisturbed_one(
    case: str, tmp_path: Path, every_epoch: None
) -> None:
    """Weights, predictions and curve are equal bit for bit, with dropout and batch normalisation among the layers."""
    data, space = cases()[case]
    given: dict[str, Any] = {"seed": 3, "max_epochs": EPOCHS, "patience": EPOCHS}
    model, expected = train(space, space.default(), data, **given)
    file = tmp_path / "checkpoints" / "trial-0.npz"
    for last in (1, 5):

        def dying(epoch: int, _: Any, last: int = last) -> bool:
            if epoch == last + 1:
                raise Died
            return True

        with pytest.raises(Died):
            train(space, space.default(), data, report=dying, checkpoint=file, **given)
    seen: list[tuple[int, float]] = []

    def report(epoch: int, point: dict[str, float]) -> bool:
        seen.append((epoch, point["objective"]))
        return True

    resumed, outcome = train(space, space.default(), data, report=report, checkpoint=file, **given)
    assert seen == [(k, point["objective"]) for k, point in enumerate(expected.curve, start=1)]
    assert (outcome.value, outcome.best_epoch, outcome.curve) == (
        expected.value,
        expected.best_epoch,
        expected.curve,
    )
    np.testing.assert_array_equal(outcome.predictions, expected.predictions)
    for found, wanted in zip(resumed.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_an_interrupted_retraining_ends_as_an_undisturbed_one(tmp_path: Path, every_epoch: None) -> None:
    """A finalist is judged once, after its training: no epoch has an objective."""
    data = small_data()
    space = small_space(data)
    given: dict[str, Any] = {"seed": 3, "epochs": EPOCHS, "max_epochs": EPOCHS}
    expected = judge(space, space.default(), data, **given)
    file = tmp_path / "checkpoints" / "finalist.npz"

    def dying(epoch: int, _: Any) -> bool:
        if epoch == 6:
            raise Died
        return True

    with pytest.raises(Died):
        judge(space, space.default(), data, report=dying, checkpoint=file, **given)
    seen: list[tuple[int, list[str]]] = []

    def report(epoch: int, point: dict[str, float]) -> bool:
        seen.append((epoch, list(point)))
        return True

    judged = judge(space, space.default(), data, report=report, checkpoint=file, **given)
    assert seen == [(k, ["loss"]) for k in range(1, EPOCHS + 1)]
    assert (judged.holdout, judged.metrics, judged.epochs) == (
        expected.holdout,
        expected.metrics,
        expected.epochs,
    )
    for found, wanted in zip(judged.model.get_weights(), expected.model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, wanted)
    stopped = judge(space, space.default(), data, report=lambda epoch, _: epoch < 3, **given)
    assert (stopped.stopped, stopped.epochs, stopped.metrics) == (True, 3, {})


def test_patience_and_limits_are_known_after_an_interruption(tmp_path: Path, every_epoch: None) -> None:
    data = small_data()
    space = small_space(data)
    genotype = space.validate({**space.default(), "training/learning_rate": 0.1})
    given: dict[str, Any] = {"seed": 0, "max_epochs": 30, "patience": 2}
    _, expected = train(space, genotype, data, **given)
    assert 4 <= expected.epochs < 30
    file = tmp_path / "trial-0.npz"

    def dying(epoch: int, _: Any) -> bool:
        if epoch == expected.epochs:
            raise Died
        return True

    with pytest.raises(Died):
        train(space, genotype, data, report=dying, checkpoint=file, **given)
    _, outcome = train(space, genotype, data, checkpoint=file, **given)
    assert (outcome.epochs, outcome.curve) == (expected.epochs, expected.curve)
    _, cut = train(space, genotype, data, report=lambda epoch, _: epoch < 2, checkpoint=file, **given)
    assert (cut.epochs, cut.stopped) == (2, True)
    assert cut.curve == expected.curve[:2]


def test_a_state_of_another_training_or_a_damaged_one_is_not_used(
    tmp_path: Path, every_epoch: None, caplog: pytest.LogCaptureFixture
) -> None:
    data = small_data()
    space = small_space(data)
    file = tmp_path / "trial-0.npz"
    evaluator = FullTraining(max_epochs=3, patience=3)
    evaluator.prepare(space, data, seed=0)
    expected = evaluator.evaluate(space.default(), seed=2)
    evaluator.checkpoint = file
    evaluator.evaluate(space.default(), seed=1)
    assert file.exists()
    assert evaluator.evaluate(space.default(), seed=2).curve == expected.curve
    assert "begins anew" not in caplog.text
    file.write_bytes(file.read_bytes()[:2000])
    assert evaluator.evaluate(space.default(), seed=2).curve == expected.curve
    assert "cannot be read, and it begins anew" in caplog.text


def test_a_full_disk_costs_the_state_and_not_the_training(
    tmp_path: Path, every_epoch: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    data = small_data()
    space = small_space(data)
    _, outcome = train(
        space, space.default(), data, seed=0, max_epochs=3, patience=3, checkpoint=tmp_path / "trial-0.npz"
    )
    assert outcome.epochs == 3
    assert "No space left on device" in caplog.text
    assert not list(tmp_path.iterdir())


def test_writing_takes_a_small_share_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now)
    savez = np.savez

    def slow(*arrays: Any, **named: Any) -> None:
        nonlocal now
        now += 0.5
        savez(*arrays, **named)

    monkeypatch.setattr(np, "savez", slow)
    kept = Checkpoint(tmp_path / "trial-0.npz", "key")
    written = 0
    while now < 1000.0:
        if kept.due():
            kept.write(State([np.ones(3)], [], None, [], 0.0))
            written += 1
        now += 0.1
    assert 30 <= written <= 40  # half a second each: 2 % of a thousand seconds


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Memory runs out, as TensorFlow says it, at the first batch of more rows than the list's only number."""
    import tensorflow as tf

    most = [16]
    begin = Watch.on_train_batch_end

    def batch_end(self: Watch, batch: int, logs: Any = None) -> None:
        if int(self.checkpoint_size) > most[0]:  # type: ignore[attr-defined]
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[32,64]")
        begin(self, batch, logs)

    from kerasnas.evaluators import batches

    original = batches.feed

    def fed(inputs: Any, targets: Any, weights: Any, batch_size: int, *others: Any) -> Any:
        Watch.checkpoint_size = batch_size  # type: ignore[attr-defined]
        return original(inputs, targets, weights, batch_size, *others)

    monkeypatch.setattr(batches, "feed", fed)
    monkeypatch.setattr(Watch, "on_train_batch_end", batch_end)
    monkeypatch.setattr(Watch, "checkpoint_size", 0, raising=False)
    return most


def test_where_memory_runs_out_half_the_batch_is_tried(
    little_memory: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    evaluator = FullTraining(max_epochs=3, patience=3)
    data = small_data()
    space = small_space(data)
    evaluator.prepare(space, data, seed=0)
    outcome = evaluator.evaluate(space.default(), seed=0)
    assert (outcome.cost["batch_size"], outcome.cost["out_of_memory_at"]) == (16, 32)
    assert (outcome.epochs, outcome.stopped) == (3, False)
    assert "memory ran out while training with batches of 32 rows: once more with 16" in caplog.text
    assert outcome.value > 0.5
    little_memory[0] = 8
    with pytest.raises(
        EvaluationError, match="batches of 32 rows, and again with 16: a smaller model"
    ) as caught:
        evaluator.evaluate(space.default(), seed=0)
    assert caught.value.kind == "out_of_memory"
    little_memory[0] = 32
    assert "batch_size" not in evaluator.evaluate(space.default(), seed=0).cost
