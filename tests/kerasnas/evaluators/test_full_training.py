"""Full training passes the contract, trains well on little data, and leaves nothing behind."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import scipy.sparse

from kerasnas.errors import EvaluationError
from kerasnas.evaluators import Evaluator, FullTraining, batches, make
from kerasnas.evaluators.batches import Batches, feed, steps_of
from kerasnas.evaluators.final import judge
from kerasnas.evaluators.full_training import epochs_for, explained, train
from kerasnas.evaluators.losses import SmoothedCrossentropy
from kerasnas.evaluators.predicting import Predict
from kerasnas.evaluators.training import (
    Cosine,
    cosine,
    optimizer,
    settings_of,
    settle_statistics,
)
from kerasnas.evaluators.watch import changing
from kerasnas.run.executor import Work
from kerasnas.run.folder import RunFolder
from kerasnas.run.trainer import Trainer
from kerasnas.space import Choice, Input, Space, block, layers
from kerasnas.testing.evaluators import EvaluatorContract, small_data, small_space


class TestFullTraining(EvaluatorContract):
    def make(self) -> Evaluator:
        return FullTraining(max_epochs=4, patience=4)


def test_the_best_epoch_s_weights_are_restored() -> None:
    data = small_data()
    space = small_space(data)
    genotype = space.validate({**space.default(), "training/learning_rate": 1.0})  # restless on purpose
    model, outcome = train(space, genotype, data, seed=0, max_epochs=6, patience=6)
    said = Predict(model, data.problem, (0.0, 1.0))(data.inputs(["table_numbers"], "validation"))
    assert np.mean(said.argmax(1) == data.targets("validation")) == pytest.approx(outcome.value)


def test_patience_ends_it() -> None:
    data = small_data()
    space = small_space(data)
    genotype = space.validate({**space.default(), "training/learning_rate": 0.1})
    _, outcome = train(space, genotype, data, seed=0, max_epochs=30, patience=2)
    assert outcome.epochs == outcome.best_epoch + 2 < 30
    assert not outcome.stopped


def test_one_epoch_of_batch_normalisation_is_judged_fairly() -> None:
    """With the layer's own momentum, six batches leave the statistics near the initialiser's and accuracy near chance."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 192)
    x = (rng.normal(0, 1, (192, 8)) + 2 * y[:, None] + 10).astype("float32")
    accuracy = {}
    for settled in (False, True):
        keras.utils.set_random_seed(1)
        layer = keras.layers.BatchNormalization(momentum=0.99)
        model = keras.Sequential([keras.Input((8,)), layer, keras.layers.Dense(2)])
        if settled:
            settle_statistics(model, 6)
            assert layer.momentum < 0.6
        model.compile(keras.optimizers.Adam(0.2), SmoothedCrossentropy(0.0))
        model.fit(x, y, batch_size=32, epochs=1, verbose=0)
        accuracy[settled] = np.mean(model.predict(x, verbose=0).argmax(1) == y)
    assert accuracy[True] > 0.9 > 0.8 > accuracy[False]


def test_finalists_are_judged_on_rows_that_were_never_seen() -> None:
    for problem in ("multiclass", "regression"):
        data = small_data(problem)
        space = small_space(data)
        judged = judge(space, space.default(), data, seed=0, epochs=3, max_epochs=4)
        assert judged.epochs == 3
        assert judged.metrics[data.metric] == judged.holdout
        assert set(judged.metrics) >= ({"accuracy", "roc_auc"} if problem == "multiclass" else {"rmse", "r2"})
        again = judge(space, space.default(), data, seed=0, epochs=3, max_epochs=4)
        assert again.metrics == judged.metrics


def test_the_loss_smooths_labels() -> None:
    logits = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]], "float32")
    classes = np.array([0, 2])
    ours = float(SmoothedCrossentropy(0.1)(classes, logits))
    hot = np.eye(3, dtype="float32")[classes]
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(hot, logits)
    assert ours == pytest.approx(float(theirs), rel=1e-5)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(classes, logits)
    assert float(SmoothedCrossentropy(0.0)(classes[:, None], logits)) == pytest.approx(float(plain), rel=1e-5)


def test_the_schedule_warms_up_and_comes_down() -> None:
    schedule, keras_own = (
        Cosine(0.5, 100),
        keras.optimizers.schedules.CosineDecay(0.05, 95, warmup_target=0.5, warmup_steps=5),
    )
    for step in (0, 1, 4, 5, 6, 50, 99, 100, 200):
        assert float(schedule(step)) == pytest.approx(float(keras_own(step)), abs=1e-6)
        assert cosine(step, 100, 0.5) == pytest.approx(float(schedule(step)), abs=1e-6)
    assert Cosine.from_config(schedule.get_config()).steps == 100


def test_biases_and_normalisation_do_not_decay() -> None:
    made = optimizer(
        {"optimizer": "adamw", "learning_rate": 0.1, "schedule": "constant", "weight_decay": 0.1}, 1
    )
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()])
    made.build(model.trainable_variables)
    decays = {v.name: made._use_weight_decay(v) for v in model.trainable_variables}
    assert decays == {"kernel": True, "bias": False, "gamma": False, "beta": False}


def test_settings_that_mean_nothing_are_refused() -> None:
    @block("training")
    def odd(*, momentum=Choice(0.9, 0.8)):
        return {"momentum": momentum}

    space = Space.trace(lambda x: layers.Dense(2)(x), {"x": Input((2,))}, training=odd)
    with pytest.raises(EvaluationError, match=r"\['momentum'\] mean nothing"):
        settings_of(space.plan(space.default()))
    base = {"learning_rate": 1e-3, "weight_decay": 0.0}
    with pytest.raises(EvaluationError, match="Unknown optimizer 'lion'"):
        optimizer({**base, "optimizer": "lion", "schedule": "constant"}, 1)
    with pytest.raises(EvaluationError, match="Unknown schedule 'step'"):
        optimizer({**base, "optimizer": "adam", "schedule": "step"}, 1)


@pytest.mark.parametrize(
    ("rows", "epochs"), [(1, 300), (130, 300), (400, 100), (1_333, 31), (1_334, 30), (10**6, 30)]
)
def test_few_rows_are_seen_often_enough(rows: int, epochs: int) -> None:
    assert epochs_for(rows) == epochs


def test_options_are_checked() -> None:
    with pytest.raises(EvaluationError, match="at least 1"):
        FullTraining(max_epochs=0)
    with pytest.raises(EvaluationError, match="no evaluator 'ful'"):
        make("ful")
    with pytest.raises(EvaluationError, match="does not take"):
        make("full", epochs=3)


def test_sparse_rows_are_fed_a_batch_at_a_time() -> None:
    rows = scipy.sparse.random(50, 30, 0.2, "csr", random_state=0, dtype="float32")
    batches = feed({"x": rows}, np.arange(50), None, 16, 0)["x"]
    assert len(batches) == steps_of(50, 16)
    inputs, targets = batches[2]
    np.testing.assert_array_equal(inputs["x"], rows[targets].toarray())
    before = batches.order
    batches.on_epoch_end()
    assert not np.array_equal(before, batches.order)
    every = Batches({"x": rows}, np.arange(50), None, 16, 0)
    assert sorted(np.concatenate([every[i][1] for i in range(len(every))])) == list(range(50))
    whole = Batches({"x": rows}, np.arange(50), None, 16, 0, whole=True)
    assert [len(whole[i][1]) for i in range(len(whole))] == [16, 16, 16]


def test_rows_too_large_for_memory_stay_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 1000)
    np.save(tmp_path / "rows.npy", np.arange(600, dtype="float32").reshape(300, 2))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    given = feed({"x": mapped[:290]}, np.arange(290), None, 32, 0)["x"]
    assert isinstance(given, Batches)
    assert np.shares_memory(given.inputs["x"], mapped)
    inputs, targets = given[1]
    np.testing.assert_array_equal(inputs["x"][:, 0], 2.0 * targets)


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_an_epoch_s_order_follows_from_seed_and_epoch(kind: str) -> None:
    rows = np.arange(50, dtype="float32")[:, None]
    inputs = {"x": rows if kind == "dense" else scipy.sparse.csr_matrix(rows)}
    steps = steps_of(50, 16)

    def epochs(seed: int, first: int, count: int) -> list[list[int]]:
        given = feed(inputs, np.arange(50), None, 16, seed, first)["x"]
        if not isinstance(given, Batches):
            taken = [[int(n) for n in targets] for _, targets in given.take(steps * count)]
            return [[n for part in taken[k * steps : (k + 1) * steps] for n in part] for k in range(count)]
        found = []
        for _ in range(count):
            found.append([int(n) for i in range(len(given)) for n in given[i][1]])
            given.on_epoch_end()
        return found

    three = epochs(1, 0, 3)
    assert epochs(1, 2, 1) == three[2:]
    assert len({tuple(order) for order in (*three, *epochs(2, 0, 1))}) == 4
    if steps == 4:
        assert all(sorted(order) == list(range(50)) for order in three)


def test_predictions_come_in_pieces_and_are_the_model_s() -> None:
    model = keras.Sequential([keras.Input((30,), name="x"), keras.layers.Dense(3)])
    rows = scipy.sparse.random(600, 30, 0.2, "csr", random_state=0, dtype="float32")
    said = Predict(model, "multiclass", (0.0, 1.0))
    wrapped = Predict(
        keras.Model({"x": model.inputs[0]}, {"logits": model.outputs[0]}), "multiclass", (0.0, 1.0)
    )
    raw = model.predict(rows.toarray(), verbose=0)
    expected = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    np.testing.assert_allclose(wrapped({"x": rows}), expected, rtol=1e-4)
    np.testing.assert_allclose(wrapped({"x": rows.toarray()[:3]}), expected[:3], rtol=1e-4)
    assert said.problem.name == "multiclass"


def test_a_frozen_part_is_not_copied_each_epoch() -> None:
    backbone = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.BatchNormalization()])
    backbone.trainable = False
    head = keras.layers.Dense(2)
    inner = keras.Input((4,))
    model = keras.Model(inner, keras.layers.BatchNormalization()(head(backbone(inner))))
    assert len(changing(model)) == 2 + 4
    assert len(model.weights) == 6 + 6


def test_errors_are_told_by_their_cause() -> None:
    assert explained(MemoryError()).kind == "out_of_memory"
    assert explained(ValueError("RESOURCE_EXHAUSTED: OOM when allocating")).kind == "out_of_memory"
    assert str(explained(ValueError("\nShapes differ.\nmore"))) == "ValueError: Shapes differ."


def test_nothing_of_a_trial_stays_alive(monkeypatch) -> None:
    evaluator = FullTraining(max_epochs=1)
    data = small_data()
    space = small_space(data)
    evaluator.prepare(space, data, seed=0)
    models = []
    build = Space.build

    def watched(self, genotype):
        model = build(self, genotype)
        models.append(weakref.ref(model))
        return model

    monkeypatch.setattr(Space, "build", watched)
    for seed in range(2):
        evaluator.evaluate(space.default(), seed=seed)
    assert [m() for m in models] == [None, None]


class Deaf(FullTraining):
    """Knows nothing of epochs that a strategy asks for."""

    def evaluate(self, genotype: Any, **given: Any) -> Any:
        self.asked_epochs = None
        return super().evaluate(genotype, **given)


def test_a_strategy_may_say_how_many_epochs_a_candidate_is_trained_for(tmp_path: Path) -> None:
    """The schedule spans them; an evaluator that does not listen is ended after them, and its candidate is complete."""
    data = small_data()
    space = small_space(data)
    work = {"number": 0, "genotype": space.default(), "seed": 1}

    def trained(evaluator: FullTraining, **asked: int) -> tuple[Any, list[int]]:
        seen: list[int] = []
        trainer = Trainer(space, data, evaluator, 0, RunFolder(tmp_path))

        def report(epoch: int, _: Any) -> bool:
            seen.append(epoch)
            return True

        return trainer.evaluate(Work(**work, **asked), report, lambda: True), seen

    short, _ = trained(FullTraining(2, 2))
    asked, seen = trained(FullTraining(6, 6), epochs=2)
    assert (asked.value, asked.epochs, asked.stopped, seen) == (short.value, 2, False, [1, 2])
    longer, _ = trained(FullTraining(1, 6), epochs=3)
    assert (longer.epochs, longer.stopped) == (3, False)
    deaf, seen = trained(Deaf(6, 6), epochs=2)
    assert (deaf.epochs, deaf.stopped, seen) == (2, False, [1, 2])
    assert deaf.value != short.value or deaf.metrics != short.metrics  # its schedule is longer
    cut, _ = trained(FullTraining(6, 6), epochs=4, most_epochs=2)
    assert (cut.epochs, cut.stopped) == (2, True)
