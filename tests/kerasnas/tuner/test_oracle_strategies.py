"""KerasTuner's oracles drive our runner."""

from __future__ import annotations

import copy

import keras_tuner
import pytest

import kerasnas as kn
from kerasnas.errors import SearchError
from kerasnas.run.setup import make_strategy, strategy_json
from kerasnas.strategies import Trial
from kerasnas.testing.strategies import StrategyContract, conditional_space, finite_space
from kerasnas.tuner import SpaceHyperModel, from_oracle
from kerasnas.tuner.oracle_strategies import TunerBayesian, TunerRandom


class TestRandom(StrategyContract):
    def make(self, space, seed, direction="max"):
        return TunerRandom(space, seed=seed, direction=direction)


@pytest.mark.slow
class TestBayesian(StrategyContract):
    def make(self, space, seed, direction="max"):
        return TunerBayesian(space, seed=seed, direction=direction, num_initial_points=40)


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


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SearchError, match="proposes the same candidate again for more epochs"):
        kn.tuner.from_oracle("hyperband")
    with pytest.raises(SearchError, match="There is no oracle 'grid' here"):
        from_oracle("grid")
    with pytest.raises(SearchError, match=r"The search sets \['max_trials', 'seed'\] of the oracle"):
        from_oracle("bayesian", seed=1, max_trials=3)
    wrong = strategy_json(from_oracle("bayesian", gamma=1))
    with pytest.raises(SearchError, match=r"does not take these options: \['gamma'\]"):
        make_strategy(wrong, conditional_space(), seed=0, direction="max")
