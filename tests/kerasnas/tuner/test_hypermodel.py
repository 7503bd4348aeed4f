"""A space runs in KerasTuner's own tuners."""

from __future__ import annotations

import types

import keras_tuner
import numpy as np
import pytest

from kerasnas.errors import SpaceError
from kerasnas.evaluators.training import cosine
from kerasnas.space import (
    Choice,
    FloatRange,
    Input,
    IntRange,
    Optional,
    Space,
    block,
    layers,
    pick,
    repeat,
    when,
)
from kerasnas.space.expression import present
from kerasnas.testing.strategies import conditional_space
from kerasnas.tuner import SpaceHyperModel
from kerasnas.tuner.conditions import conditions
from kerasnas.tuner.hypermodel import Cosine


def narrow(x):
    return layers.Dense(4)(x)


@block("deep")
def deep(x, *, units=Choice(4, 8), act=Choice("relu", "tanh")):
    return layers.Dense(units, activation=act)(x)


@block("net")
def net(
    x,
    *,
    kind=Choice(narrow=narrow, deep=deep),
    depth=IntRange(1, 3),
    rate=Optional(FloatRange(0.1, 0.5)),
    mixed=Choice(None, 1, "one"),
    flag=Choice(True, False),
):
    x = pick(kind, x)
    x = repeat(depth, lambda y, name: layers.Dense(3, name=name)(y), x, "tail")
    x = when(flag, lambda: layers.Dense(5)(x), x)
    x = when(mixed == 1, lambda: layers.Dense(6)(x), x)
    return {"logits": layers.Dense(3)(layers.Dropout(rate)(x))}


@block("training")
def training(
    *,
    learning_rate=FloatRange(1e-3, 1e-1, log=True),
    schedule=Choice("cosine", "constant"),
    batch_size=Choice(16, 32),
    label_smoothing=Choice(0.0, 0.1),
):
    return {
        "learning_rate": learning_rate,
        "schedule": schedule,
        "batch_size": batch_size,
        "label_smoothing": label_smoothing,
    }


@pytest.fixture(scope="module")
def space() -> Space:
    return Space.trace(net, {"x": Input((4,))}, training=training).restrict({"net/rate": (0.1, 0.5)})


def rows(n=96):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    return rng.normal(y[:, None], 0.3, (n, 4)).astype("float32"), y


def test_random_search_runs_unchanged(space, tmp_path) -> None:
    x, y = rows()
    tuner = keras_tuner.RandomSearch(
        SpaceHyperModel(space),
        objective="val_accuracy",
        max_trials=3,
        seed=1,
        directory=tmp_path,
        project_name="p",
    )
    tuner.search(x[:64], y[:64], validation_data=(x[64:], y[64:]), epochs=8, verbose=0)
    best = tuner.get_best_hyperparameters()[0]
    genotype = tuner.hypermodel.genotype(best)
    assert space.validate(genotype) == genotype
    assert len(tuner.oracle.trials) == 3
    assert all(t.status == "COMPLETED" for t in tuner.oracle.trials.values())
    assert tuner.oracle.get_best_trials()[0].score > 0.55
    assert tuner.get_best_models()[0].count_params() == space.cost(genotype).parameters


@pytest.mark.ci
def test_hyperband_runs_unchanged_and_goes_on_in_the_schedule(space, tmp_path) -> None:
    x, y = rows()
    tuner = keras_tuner.Hyperband(
        SpaceHyperModel(space.pin({"training/schedule": "cosine"})),
        objective="val_accuracy",
        max_epochs=2,
        factor=2,
        seed=1,
        directory=tmp_path,
    )
    tuner.search(x[:64], y[:64], validation_data=(x[64:], y[64:]), verbose=0)
    trials = tuner.oracle.trials.values()
    assert all(t.status == "COMPLETED" for t in trials)
    assert any(t.hyperparameters.values["tuner/initial_epoch"] == 1 for t in trials)


def test_the_schedule_stands_where_the_epoch_is() -> None:
    schedule = Cosine(1.0)
    schedule.set_params({"steps": 10, "epochs": 4})
    schedule.set_model(types.SimpleNamespace(optimizer=types.SimpleNamespace(learning_rate=0.0)))
    schedule.on_train_begin()
    schedule.on_epoch_begin(3)
    schedule.on_train_batch_begin(0)
    assert schedule.model.optimizer.learning_rate == cosine(30, 40, 1.0)


def test_values_are_the_inverse_of_a_genotype(space) -> None:
    hyper = SpaceHyperModel(space)
    every = hyper.declared()
    assert {h.name for h in every.space} == set(space.decisions)
    for seed in range(10):
        genotype = space.sample(seed)
        hp = every.copy()
        hp.values = hyper.values(genotype)
        assert hyper.genotype(hp) == genotype


def test_numbers_stay_numbers_and_branches_are_conditional(space) -> None:
    hp = keras_tuner.HyperParameters()
    hyper = SpaceHyperModel(space)
    assert hyper.genotype(hp) == space.default()
    kinds = {h.name: type(h).__name__ for h in hp.space}
    assert kinds["net/depth"] == "Int"
    assert kinds["training/learning_rate"] == "Float"
    assert kinds["training/batch_size"] == "Choice"
    hp.values["net/kind"] = "deep"
    assert hyper.genotype(hp)["net/kind=deep/deep/units"] == 4
    (units,) = (h for h in hp.space if h.name == "net/kind=deep/deep/units")
    assert [(c.name, c.values) for c in units.conditions] == [("net/kind", ["deep"])]
    hp.values["net/kind"] = "narrow"
    assert not hp.is_active(units)


def test_options_of_several_kinds_become_labels(space) -> None:
    hp = keras_tuner.HyperParameters()
    hyper = SpaceHyperModel(space)
    hyper.genotype(hp)
    (mixed,) = (h for h in hp.space if h.name == "net/mixed")
    assert mixed.values == ["None", "1", "one"]
    hp.values["net/mixed"] = "1"
    assert hyper.genotype(hp)["net/mixed"] == 1


def test_every_genotype_can_be_reached(space) -> None:
    hyper = SpaceHyperModel(space)
    for seed in range(10):
        wanted = space.sample(seed)
        hp = keras_tuner.HyperParameters()
        for path, value in wanted.items():
            hp.values[path] = repr(value) if path == "net/mixed" and not isinstance(value, str) else value
        assert hyper.genotype(hp) == wanted


def test_an_absent_number_is_a_switch_and_a_number() -> None:
    @block("b")
    def b(x, *, units=Optional(IntRange(2, 4))):
        return when(present(units), lambda: layers.Dense(units)(x), x)

    space = Space.trace(b, {"x": Input((4,))})
    hp = keras_tuner.HyperParameters()
    hyper = SpaceHyperModel(space)
    assert hyper.genotype(hp)["b/units"] is None
    hp = keras_tuner.HyperParameters()
    hp.values["b/units?"] = True
    assert hyper.genotype(hp)["b/units"] == 2
    assert {h.name: [(c.name, c.values) for c in h.conditions] for h in hp.space} == {
        "b/units?": [],
        "b/units": [("b/units?", [True])],
    }


def test_conditions_of_a_branch_and_of_none() -> None:
    found = conditions(conditional_space())
    assert found["net/depth"] == ()
    assert [(c.parent, c.values) for c in found["net/kind=deep/deep/units"]] == [("net/kind", ("deep",))]


def test_other_compile_and_errors(space) -> None:
    seen = []

    def compile_it(model, settings):
        seen.append(settings["batch_size"])
        model.compile("sgd", "mse")

    SpaceHyperModel(space, compile=compile_it).build(keras_tuner.HyperParameters())
    assert seen == [16]
    with pytest.raises(SpaceError, match="problem is one of"):
        SpaceHyperModel(space, "ranking")


def test_a_space_gives_its_hypermodel() -> None:
    from kerasnas.testing.strategies import conditional_space

    space = conditional_space()
    made = space.hypermodel("regression")
    assert isinstance(made, SpaceHyperModel)
    assert (made.space, made.problem) == (space, "regression")
