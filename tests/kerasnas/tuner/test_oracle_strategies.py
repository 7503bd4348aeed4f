"""KerasTuner's oracles drive our runner."""

from __future__ import annotations

import copy
from pathlib import Path

import keras_tuner
import pytest
from sklearn.datasets import load_iris

import kerasnas as kn
from kerasnas.errors import SearchError
from kerasnas.evaluators import FullTraining
from kerasnas.run.setup import make_strategy, strategy_json
from kerasnas.strategies import Trial
from kerasnas.testing.strategies import StrategyContract, conditional_space, finite_space, told
from kerasnas.tuner import SpaceHyperModel, from_oracle
from kerasnas.tuner.oracle_strategies import PROMOTION, TunerBayesian, TunerHyperband, TunerRandom


class TestRandom(StrategyContract):
    def make(self, space, seed, direction="max"):
        return TunerRandom(space, seed=seed, direction=direction)


@pytest.mark.slow
class TestBayesian(StrategyContract):
    def make(self, space, seed, direction="max"):
        return TunerBayesian(space, seed=seed, direction=direction, num_initial_points=40)


class TestHyperband(StrategyContract):
    def make(self, space, seed, direction="max"):
        return TunerHyperband(space, seed=seed, direction=direction, max_epochs=9, factor=3)


def test_a_bracket_is_that_of_kerastuner() -> None:
    """Nine for one epoch, the best three of them for three, the best of those for nine; then the next bracket."""
    strategy = TunerHyperband(conditional_space(), seed=1, max_epochs=9, factor=3)
    trials = driven_well(strategy, 13)
    assert [t.epochs for t in trials] == [1] * 9 + [3] * 3 + [9]
    ranked = sorted(trials[:9], key=lambda t: -t.value)
    assert [t.genotype for t in trials[9:12]] == [t.genotype for t in ranked[:3]]
    assert [t.parents for t in trials[9:12]] == [(t.number,) for t in ranked[:3]]
    assert trials[12].parents[0] in (9, 10, 11)
    assert {t.origin for t in trials[9:]} == {PROMOTION}
    assert trials[0].genotype == conditional_space().default()
    more = driven_well(strategy, 20, first=13)
    oracle = strategy._make(1)
    assert more[0].epochs == oracle._get_epochs(1, 0) == 3
    assert len([t for t in more if t.epochs == 9 and t.origin == PROMOTION]) == oracle._get_size(1, 1)


def test_a_candidate_over_a_limit_takes_no_place_in_a_bracket() -> None:
    strategy = TunerHyperband(conditional_space(), seed=1, max_epochs=9, factor=3)
    for number in range(4):
        (proposal,) = strategy.ask(1)
        strategy.tell(told(number, proposal, "refused", None))
    assert [t.epochs for t in driven_well(strategy, 13, first=4)] == [1] * 9 + [3] * 3 + [9]


def driven_well(strategy, steps, first=0):
    """Trials that are all completed, of a value that grows with the epochs."""
    trials = []
    for number in range(first, first + steps):
        (proposal,) = strategy.ask(1)
        trials.append(
            told(number, proposal, "completed", StrategyContract.value(proposal.genotype) + proposal.epochs)
        )
        strategy.tell(trials[-1])
    return trials


@pytest.mark.slow
def test_hyperband_drives_a_search_that_is_interrupted_and_ends_the_same(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    frame = load_iris(as_frame=True).frame.astype({"target": str})

    def searched(name: str, budget: str) -> kn.Search:
        return kn.Search(
            kn.Task(frame, target="target"), strategy=from_oracle("hyperband", max_epochs=4, factor=2), seed=2, store=tmp_path / name,
            budget=budget, executor="inline", finalists=2, ensemble=False, warm_start=False, evaluator=FullTraining(3, 3),
        ).start()  # fmt: skip

    whole = searched("whole.db", "8 trials")
    assert whole.wait()
    trials = whole.trials
    asked = [t.cost["most_epochs"] for t in trials]
    assert set(asked) == {1, 2, 4}
    assert all(
        t.state == "completed" and len(t.curve) == t.cost["epochs"] <= t.cost["most_epochs"] for t in trials
    )
    assert any(len(t.curve) == 4 for t in trials)  # the strategy's word, not the evaluator's
    promoted = [t for t in trials if t.origin == PROMOTION]
    assert promoted
    assert all(trials[t.parents[0]].genotype == t.genotype for t in promoted)
    finals = whole._watch.store.finals(whole.id)
    assert len({str(trials[f.number].genotype) for f in finals}) == 2
    parts = searched("parts.db", "5 trials")
    assert parts.wait()
    parts.resume("8 trials")
    assert parts.wait()
    assert [(t.genotype, t.value, t.origin, t.cost["most_epochs"]) for t in parts.trials] == [
        (t.genotype, t.value, t.origin, t.cost["most_epochs"]) for t in trials
    ]


def driven(strategy, steps):
    return StrategyContract().drive(strategy, steps)


def test_the_process_proposes_and_is_replayed() -> None:
    space = conditional_space()

    def make():
        return TunerBayesian(space, seed=3, num_initial_points=3)

    trials = driven(make(), 8)
    assert {t.origin for t in trials[4:]} == {"keras_tuner_bayesian"}
    resumed = make()
    resumed.replay(trials[:6])
    assert resumed.ask(1)[0].genotype == trials[6].genotype
    twin = copy.deepcopy(resumed, {id(space): space})  # as a warm start does
    assert twin.ask(1)[0].genotype == resumed.ask(1)[0].genotype


@pytest.mark.slow
def test_the_process_learns_what_is_good() -> None:
    space = conditional_space()
    strategy = TunerBayesian(space, seed=0, num_initial_points=5)
    rates = []
    for number in range(10):
        (proposal,) = strategy.ask(1)
        rate = float(proposal.genotype["net/rate"])
        rates.append(rate)
        strategy.tell(Trial(number, proposal.genotype, "completed", -abs(rate - 0.4), proposal.origin))
    assert min(abs(r - 0.4) for r in rates[5:]) < 0.02


def test_what_it_repeats_becomes_a_neighbour(monkeypatch) -> None:
    space = finite_space()
    strategy = TunerRandom(space, seed=0)
    first = strategy.ask(1)[0].genotype
    values = SpaceHyperModel(space).values(first)
    monkeypatch.setattr(
        keras_tuner.oracles.RandomSearchOracle,
        "populate_space",
        lambda self, name: {"status": "RUNNING", "values": dict(values)},
    )
    (second,) = strategy.ask(1)
    assert second.origin == "mutation"
    assert second.genotype != first
    monkeypatch.setattr(
        keras_tuner.oracles.RandomSearchOracle, "populate_space", lambda self, name: {"status": "STOPPED"}
    )
    assert strategy.ask(1)[0].origin == "random"


def test_a_trial_of_another_space_is_not_told_to_the_oracle() -> None:
    space = conditional_space().restrict({"net/rate": (0.1, 0.2)})
    strategy = TunerBayesian(space, seed=0, num_initial_points=1)
    other = conditional_space().sample(0, {"net/rate": 0.4})
    strategy.tell(Trial(0, other, "completed", 1.0, "injected"))
    assert strategy._trials == {}


def test_it_goes_into_a_job_and_back() -> None:
    data = strategy_json(from_oracle("bayesian", beta=1.0))
    assert data == {
        "name": "keras_tuner_bayesian",
        "class": "kerasnas.tuner.oracle_strategies:TunerBayesian",
        "options": {"beta": 1.0},
    }
    made = make_strategy(data, conditional_space(), seed=1, direction="min")
    assert isinstance(made, TunerBayesian)
    assert made._make(1).beta == 1.0


def test_kerastuner_s_own_tuners_take_no_epochs_from_a_strategy() -> None:
    space = conditional_space()
    oracle = kn.tuner.StrategyOracle(
        (TunerHyperband, {"max_epochs": 4}), keras_tuner.Objective("value", "max"), space=space, seed=1
    )
    with pytest.raises(SearchError, match="says how many epochs each candidate is trained for"):
        oracle.populate_space("0")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SearchError, match=r"The search sets \['hyperband_iterations'\] of the oracle"):
        kn.tuner.from_oracle("hyperband", hyperband_iterations=2)
    with pytest.raises(SearchError, match="There is no oracle 'grid' here"):
        from_oracle("grid")
    with pytest.raises(SearchError, match=r"The search sets \['max_trials', 'seed'\] of the oracle"):
        from_oracle("bayesian", seed=1, max_trials=3)
    wrong = strategy_json(from_oracle("bayesian", gamma=1))
    with pytest.raises(SearchError, match=r"does not take these options: \['gamma'\]"):
        make_strategy(wrong, conditional_space(), seed=0, direction="max")
