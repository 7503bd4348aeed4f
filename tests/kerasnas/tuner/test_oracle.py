"""Our strategies drive KerasTuner's own tuners."""

from __future__ import annotations

import json

import keras
import keras_tuner
import numpy as np
import pytest

import kerasnas as kn
from kerasnas.errors import SearchError
from kerasnas.space import Genotype
from kerasnas.strategies.evolution import RegularisedEvolution
from kerasnas.strategies.random import RandomSearch
from kerasnas.testing.strategies import conditional_space, finite_space
from kerasnas.tuner import SpaceHyperModel, StrategyOracle


def rows(n=96):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    return rng.normal(y[:, None], 0.3, (n, 4)).astype("float32"), y


def build(hp):
    kind = hp.Choice("kind", ["wide", "deep"])
    x = inputs = keras.Input((4,))
    with hp.conditional_scope("kind", ["deep"]):
        if kind == "deep":
            for i in range(hp.Int("depth", 1, 2)):
                x = keras.layers.Dense(8, "relu", name=f"d{i}")(x)
    with hp.conditional_scope("kind", ["wide"]):
        if kind == "wide":
            x = keras.layers.Dense(hp.Int("units", 8, 32, step=8), "relu")(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log", default=1e-2)
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


class Scored(keras_tuner.Tuner):
    """Judges at once, by the values alone; fails where told to."""

    fails: tuple[int, ...] = ()

    def run_trial(self, trial, *args, **kwargs):
        hp = trial.hyperparameters
        self.hypermodel.build(hp)
        if int(trial.trial_id) in self.fails:
            raise keras_tuner.errors.FailedTrialError("told to")
        return {"score": score(hp.values)}


def score(values):
    return float(Genotype(values).key[:4] != "") * (values.get("units", 0) + values.get("rate", 0.0))


def oracle(strategy="evolution", trials=6, **options):
    return StrategyOracle(
        strategy, objective=keras_tuner.Objective("score", "max"), max_trials=trials, seed=3, **options
    )


def ran(where, **options):
    tuner = Scored(oracle(**options), build, directory=where, project_name="p")
    tuner.search(verbose=0)
    return tuner


def values(tuner):
    return [trial.hyperparameters.values for _, trial in sorted(tuner.oracle.trials.items())]


@pytest.mark.slow
def test_a_public_tuner_searches_a_plain_build_function(tmp_path) -> None:
    x, y = rows()
    tuner = keras_tuner.Tuner(
        oracle=StrategyOracle("evolution", objective="val_accuracy", max_trials=3, seed=0),
        hypermodel=build,
        directory=tmp_path,
        project_name="p",
    )
    tuner.search(x[:64], y[:64], validation_data=(x[64:], y[64:]), epochs=2, verbose=0)
    trials = tuner.oracle.trials.values()
    assert [t.status for t in trials] == ["COMPLETED"] * 3
    assert next(iter(trials)).hyperparameters.values == {"kind": "wide", "units": 8, "rate": 1e-2}
    assert tuner.get_best_models()[0].count_params() > 0
    assert tuner.get_best_hyperparameters()[0].get("kind") in ("wide", "deep")


@pytest.mark.slow
def test_a_public_tuner_searches_a_space(tmp_path) -> None:
    x, y = rows()
    space = conditional_space()

    def compiled(model, settings):
        model.compile(
            "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
        )

    hypermodel = SpaceHyperModel(space, compile=compiled)
    tuner = keras_tuner.Tuner(
        StrategyOracle(("evolution", {"initial": 2}), "val_accuracy", 4, space=space, seed=0),
        hypermodel,
        directory=tmp_path,
    )
    tuner.search(x[:64], y[:64] % 2, validation_data=(x[64:], y[64:] % 2), epochs=1, verbose=0)
    found = [hypermodel.genotype(t.hyperparameters.copy()) for t in tuner.oracle.trials.values()]
    assert found[0] == space.default()
    assert len(set(found)) == 4


def test_conditional_hyperparameters_have_values_only_where_they_are_active(tmp_path) -> None:
    for each in values(ran(tmp_path, strategy="random", trials=12)):
        assert set(each) == {"kind", "rate", "units" if each["kind"] == "wide" else "depth"}
        assert each.get("units", 8) in (8, 16, 24, 32)
        assert 1e-3 <= each["rate"] <= 1e-1


def test_a_project_opened_again_goes_on_as_it_would_have(tmp_path) -> None:
    Scored.fails = (2,)
    try:
        whole = values(ran(tmp_path / "whole", strategy=("evolution", {"initial": 2}), trials=9))
        for cut in (1, 3, 5):  # also right after the failed one
            where = tmp_path / str(cut)
            ran(where, strategy=("evolution", {"initial": 2}), trials=cut)
            again = ran(where, strategy=("evolution", {"initial": 2}), trials=9)
            assert values(again) == whole
            assert again.oracle.trials["2"].status == "FAILED"
    finally:
        Scored.fails = ()


def test_a_trial_that_was_interrupted_is_run_again_and_not_proposed_again(tmp_path) -> None:
    first = Scored(oracle(), build, directory=tmp_path, project_name="p")
    a = first.oracle.create_trial("t0")
    b = first.oracle.create_trial("t1")  # a second worker, while the first still trains
    assert a.hyperparameters.values != b.hyperparameters.values
    first.save()
    again = Scored(oracle(), build, directory=tmp_path, project_name="p")
    again.search(verbose=0)
    assert len(again.oracle.trials) == 6
    assert values(again)[:2] == [a.hyperparameters.values, b.hyperparameters.values]
    assert len({Genotype(v) for v in values(again)}) == 6


def test_evolution_learns_from_what_it_is_told(tmp_path) -> None:
    found = values(ran(tmp_path, strategy=("evolution", {"initial": 4, "population": 6}), trials=40))
    assert max(map(score, found[:4])) < max(map(score, found)) > 32.05


def test_an_exhausted_space_ends_the_search(tmp_path) -> None:
    def tiny(hp):
        hp.Boolean("a")
        with hp.conditional_scope("a", [True]):
            hp.Choice("b", [1, 2, 3])

    tuner = Scored(oracle("random", 20), tiny, directory=tmp_path)
    tuner.search(verbose=0)
    assert sorted(map(json.dumps, values(tuner))) == [
        '{"a": false}', '{"a": true, "b": 1}', '{"a": true, "b": 2}', '{"a": true, "b": 3}',
    ]  # fmt: skip


def test_a_hyperparameter_found_late_is_searched_from_then_on(tmp_path) -> None:
    def late(hp):
        if hp.Choice("n", [1, 2]) == 2:
            hp.Choice("only with two", ["x", "y", "z"])

    tuner = Scored(oracle("random", 8), late, directory=tmp_path)
    tuner.search(verbose=0)
    found = values(tuner)
    assert "only with two" not in found[0]
    assert {v["only with two"] for v in found if "only with two" in v} == {"x", "y", "z"}


def test_a_space_is_searched_without_requirements_lost(tmp_path) -> None:
    space = finite_space()
    tuner = Scored(oracle("random", 30, space=space), SpaceHyperModel(space), directory=tmp_path)
    tuner.search(verbose=0)
    assert len(tuner.oracle.trials) == space.size()


def test_a_strategy_as_an_object_or_a_class(tmp_path) -> None:
    space = conditional_space()
    fresh = RegularisedEvolution(space, seed=5, population=4)
    tuner = Scored(oracle(fresh, 4), SpaceHyperModel(space), directory=tmp_path, project_name="a")
    tuner.search(verbose=0)
    hyper = SpaceHyperModel(space)
    told = [hyper.genotype(t.hyperparameters.copy()) for t in tuner.oracle.trials.values()]
    assert told == [p.genotype for p in fresh.ask(4)]
    assert len(ran(tmp_path / "b", strategy=RandomSearch).oracle.trials) == 6


def test_what_cannot_be_is_refused(tmp_path) -> None:
    with pytest.raises(SearchError, match="There is no strategy 'evolutoin'"):
        oracle("evolutoin")
    with pytest.raises(SearchError, match="does not take these options"):
        oracle(("random", {"population": 3}))
    with pytest.raises(SearchError, match="strategy is a name"):
        oracle(3)
    with pytest.raises(SearchError, match="made for direction 'min'"):
        oracle(RandomSearch(conditional_space(), seed=0, direction="min"))
    with pytest.raises(SearchError, match="is fresh"):
        oracle(RandomSearch(conditional_space(), seed=0), space=finite_space())
    ran(tmp_path, trials=1)
    with pytest.raises(
        SearchError, match="begun with the strategy 'evolution', and is now opened with 'random'"
    ):
        ran(tmp_path, strategy="random")
    assert kn.tuner.StrategyOracle is StrategyOracle
