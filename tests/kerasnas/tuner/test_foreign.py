"""A person's build(hp) in our runner, store and bundles."""

from __future__ import annotations

import json
from pathlib import Path

import cloudpickle
import keras
import keras_tuner
import numpy as np
import pytest
from sklearn.datasets import load_iris

import kerasnas as kn
from kerasnas.errors import SpaceError
from kerasnas.evaluators import FullTraining
from kerasnas.space import Input
from kerasnas.tuner import from_oracle, space_from
from kerasnas.tuner.discovery import discover

FOUR = {"x": Input((4,))}


def build(hp):
    kind = hp.Choice("kind", ["wide", "deep"])
    model = keras.Sequential()
    with hp.conditional_scope("kind", ["deep"]):
        if kind == "deep":
            for i in range(hp.Int("depth", 1, 3)):
                model.add(keras.layers.Dense(hp.Int(f"units_{i}", 4, 16, step=4), "relu"))
    with hp.conditional_scope("kind", ["wide"]):
        if kind == "wide":
            model.add(keras.layers.Dense(hp.Int("units", 8, 32, step=8), "relu"))
    if hp.Boolean("drop"):
        model.add(keras.layers.Dropout(hp.Float("rate", 0.1, 0.5)))
    model.add(keras.layers.Dense(3, "softmax"))
    rate = hp.Float("lr", 1e-3, 1e-1, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def plain(hp):
    """Without an optimizer, with an input and logits."""
    x = inputs = keras.Input((4,))
    x = keras.layers.Dense(hp.Int("units", 4, 8))(x)
    return keras.Model(inputs, keras.layers.Dense(3)(x))


class Hyper(keras_tuner.HyperModel):
    def declare_hyperparameters(self, hp):
        hp.Choice("act", ["relu", "tanh"])

    def build(self, hp):
        return keras.Sequential([keras.layers.Dense(hp.Int("units", 4, 8), hp["act"]), keras.layers.Dense(1)])

    def fit(self, hp, model, *args, **kwargs):
        raise AssertionError("not called")


@pytest.fixture(scope="module")
def space() -> kn.Space:
    with pytest.warns(
        UserWarning, match=r"compiles its models \(with Adam\).*learning_rate = hyperparameter 'lr'"
    ):
        return space_from(build, FOUR, training={"learning_rate": "lr"})


def test_hyperparameters_become_decisions_under_their_conditions(space) -> None:
    assert set(space.decisions) == {
        "kind", "depth", "units_0", "units_1", "units_2", "units", "drop", "rate", "lr",
    }  # fmt: skip
    assert set(space.default()) == {"kind", "units", "drop", "rate", "lr"}
    assert set(space.sample(0, {"kind": "deep"})) == {*space.decisions} - {"units"}
    assert space.training(space.default()) == {"learning_rate": 1e-3}
    assert space.read_decisions() == set(space.decisions)


def test_the_function_makes_the_models(space) -> None:
    genotype = space.sample(1, {"kind": "deep", "depth": 2, "units_0": 8, "units_1": 4})
    cost = space.cost(genotype)
    model = space.build(genotype)
    assert cost.parameters == model.count_params() == (4 * 8 + 8) + (8 * 4 + 4) + (4 * 3 + 3)
    assert cost.flops == 2 * (4 * 8 + 8 * 4 + 4 * 3)
    assert not model.compiled
    logits = model({"x": np.ones((2, 4))})["logits"]
    assert np.allclose(np.exp(logits).sum(-1), 1, atol=1e-5)
    assert "build" in str(space.draw(genotype))


def test_its_source_holds_the_function(space) -> None:
    genotype = space.sample(2)
    code = space.source(genotype)
    assert f"from {__name__} import build" in code  # what can be imported is

    def local(hp):
        return plain(hp)

    assert "def local(hp):" in space_from(local, FOUR).source({"units": 4})
    assert "that is not how this one was trained" in code
    assert "import kerasnas" not in code
    names: dict = {}
    exec(code, names)
    made, model = names["build_model"](), space.build(genotype)
    made.set_weights(model.get_weights())
    x = np.random.default_rng(0).normal(size=(5, 4))
    assert np.allclose(made({"x": x})["logits"], model({"x": x})["logits"], atol=1e-5)


def test_it_is_data_and_comes_back(space) -> None:
    data = json.loads(json.dumps(space.to_json()))
    again = kn.Space.from_json(data, cloudpickle.loads(cloudpickle.dumps(space.objects())))
    genotype = space.sample(3)
    assert again.cost(genotype) == space.cost(genotype)
    assert (
        kn.Space.from_json(data).decisions.keys() == space.decisions.keys()
    )  # without the code: to be looked at


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_needs_no_weights_is_built_without() -> None:
    assert not discover(plain).allocates
    assert discover(build).allocates
    assert space_from(plain, FOUR).cost({"units": 4}).parameters == 4 * 4 + 4 + 4 * 3 + 3


def test_a_hypermodel_as_class_and_as_object() -> None:
    with pytest.warns(UserWarning, match=r"'Hyper.fit' is not called"):
        space = space_from(Hyper, FOUR, "regression")
    assert set(space.decisions) == {"act", "units"}
    assert list(space.build(space.default()).output) == ["value"]
    assert f"from {__name__} import Hyper" in space.source(space.default())
    with pytest.warns(UserWarning, match="is not called"):
        held = space_from(Hyper(), FOUR, "binary")
    assert held.build(held.default()).output["logits"].shape == (None, 2)
    with pytest.raises(SpaceError, match=r"object of the class 'Hyper', whose state cannot be written"):
        held.source(held.default())


def test_one_unit_of_a_binary_classifier_is_two_logits() -> None:
    def sigmoid(hp):
        return keras.Sequential([keras.layers.Dense(1, "sigmoid", use_bias=hp.Boolean("bias"))])

    space = space_from(sigmoid, FOUR, "binary")
    model = space.build(space.default())
    x = np.random.default_rng(0).normal(size=(6, 4))
    said = np.exp(model({"x": x})["logits"])
    assert np.allclose(said[:, 1], np.asarray(model.get_layer("model")(x))[:, 0], atol=1e-5)
    assert np.allclose(said.sum(-1), 1, atol=1e-5)


def test_inputs_go_by_name_and_by_type() -> None:
    def two(hp):
        b, a = keras.Input((2,), name="b"), keras.Input((3,), name="a", dtype="float32")
        x = keras.layers.Concatenate()([keras.layers.Dense(hp.Int("units", 1, 4))(a), b])
        return keras.Model([b, a], keras.layers.Dense(3)(x))

    space = space_from(two, {"a": Input((3,), "uint8"), "b": Input((2,))})
    model = space.build({"units": 2})
    assert model({"a": np.ones((1, 3), "uint8"), "b": np.ones((1, 2))})["logits"].shape == (1, 3)
    with pytest.raises(SpaceError, match=r"The model reads \['b', 'a'\], and inputs are \['x'\]"):
        space_from(two, FOUR)


def test_what_only_compile_reads_is_named() -> None:
    def lr(hp):
        model = keras.Sequential([keras.layers.Dense(hp.Int("units", 2, 4)), keras.layers.Dense(3)])
        model.compile(keras.optimizers.SGD(hp.Float("lr", 1e-3, 1e-1)), "mse")
        return model

    with pytest.warns(UserWarning, match=r"The hyperparameters \['lr'\] made no difference"):
        space_from(lr, FOUR)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SpaceError, match="asks for no hyperparameter"):
        space_from(lambda hp: keras.Sequential([keras.layers.Dense(3)]), FOUR)
    with pytest.raises(SpaceError, match="fails at its defaults: ZeroDivisionError"):
        space_from(lambda hp: 1 / 0, FOUR)
    with pytest.raises(SpaceError, match=r"must return a keras.Model. Received: 3"):
        space_from(lambda hp: 3, FOUR)
    with pytest.raises(SpaceError, match="build is a function"):
        space_from(3, FOUR)
    with pytest.raises(SpaceError, match="problem is one of"):
        space_from(plain, FOUR, "ranking")
    with pytest.raises(SpaceError, match="says is one of"):
        space_from(plain, FOUR, says="words")
    with pytest.raises(SpaceError, match="training knows"):
        space_from(plain, FOUR, training={"momentum": "units"})
    with pytest.raises(SpaceError, match="there is no such hyperparameter"):
        space_from(plain, FOUR, training={"batch_size": "lr"})
    with pytest.raises(SpaceError, match="cannot be the optimizer"):
        space_from(plain, FOUR, training={"optimizer": "units"})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_search_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNAS_CACHE", str(tmp_path / "cache"))
    frame = load_iris(as_frame=True).frame
    frame["species"] = frame.pop("target").map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    task = kn.Task(frame, target="species", name="iris")

    class Twice(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    def local(hp):  # of this function only, as one of a notebook: it travels by value
        return keras.Sequential([Twice(), *build(hp).layers])

    view = task.views["table_numbers"]
    strategy = from_oracle("bayesian", num_initial_points=2)
    space = space_from(local, {"table_numbers": view}, task.problem, training={"learning_rate": "lr"})
    search = kn.Search(
        task, space, budget="4 trials", strategy=strategy, store=tmp_path / "s.db", finalists=2,
        evaluator=FullTraining(max_epochs=8, patience=8),
    ).start()  # fmt: skip
    assert search.wait(300)
    board = search.leaderboard()
    assert list(board["state"]) == ["completed"] * 4
    assert search.best.validation > 0.7
    best = search.best.save(tmp_path / "iris.kn")
    predictor = kn.load(best, custom_objects={"Twice": Twice})
    said = predictor.predict(frame.drop(columns=["species"]))
    assert (said == frame["species"]).mean() > 0.7
    assert "class Twice" in search.best.source()
    assert "def local(hp)" in predictor.source()
    assert set(search.leaderboard()["origin"]) >= {"default", "keras_tuner_bayesian"}
    again = kn.Search.attach(search.id, tmp_path / "s.db")
    assert again.space.fingerprint == space.fingerprint
    assert "kind" in str(again.space.describe())
