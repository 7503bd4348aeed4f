"""The built-in strategies pass the contract; evolution beats random."""

from __future__ import annotations

import pytest
from scipy.stats import wilcoxon

from kerasnas.errors import SearchError
from kerasnas.space import Choice, Input, Space, block, layers
from kerasnas.strategies import Strategy, Trial, make, names
from kerasnas.strategies.evolution import RegularisedEvolution
from kerasnas.testing.strategies import StrategyContract, conditional_space


class TestRandom(StrategyContract):
    def make(self, space: Space, seed: int, direction: str = "max") -> Strategy:
        return make("random", space, seed=seed, direction=direction)


class TestEvolution(StrategyContract):
    def make(self, space: Space, seed: int, direction: str = "max") -> Strategy:
        return make("evolution", space, seed=seed, direction=direction, population=6, tournament=2, initial=4)


@block("table")
def table(
    x, *, a=Choice(*range(1, 9)), b=Choice(*range(1, 9)), c=Choice(*range(1, 9)), d=Choice(*range(1, 9))
):
    return layers.Dense(a + b + c + d)(x)


def hill(genotype) -> float:
    values = [int(v) for v in genotype.values()]
    return -sum((v - w) ** 2 for v, w in zip(values, (6, 3, 7, 2), strict=True)) - 3 * (
        values[0] == values[1]
    )


TABLE = Space.trace(table, {"x": Input((2,))})


def best_of(name: str, seed: int, steps: int = 60) -> float:
    strategy = make(name, TABLE, seed=seed)
    for number in range(steps):
        (proposal,) = strategy.ask(1)
        strategy.tell(
            Trial(
                number,
                proposal.genotype,
                "completed",
                hill(proposal.genotype),
                proposal.origin,
                proposal.parents,
            )
        )
    return max(t.value for t in strategy.completed())


def test_evolution_beats_random_on_a_hill() -> None:
    gains = [best_of("evolution", seed) - best_of("random", seed) for seed in range(30)]
    assert wilcoxon(gains, alternative="greater").pvalue < 0.01


def test_a_child_names_its_parent() -> None:
    strategy = make("evolution", conditional_space(), seed=0, population=3, tournament=2, initial=3)
    for number in range(6):
        (proposal,) = strategy.ask(1)
        strategy.tell(
            Trial(number, proposal.genotype, "completed", float(number), proposal.origin, proposal.parents)
        )
        if number >= 3:
            assert proposal.origin == "mutation"
            assert proposal.parents[0] in range(number)


def test_errors_say_what_to_do() -> None:
    space = conditional_space()
    with pytest.raises(SearchError, match="Did you mean 'evolution'"):
        make("evolutoin", space, seed=0)
    with pytest.raises(SearchError, match="tournament=9, population=3"):
        make("evolution", space, seed=0, population=3, tournament=9)
    with pytest.raises(SearchError, match="does not take"):
        make("random", space, seed=0, population=3)
    with pytest.raises(SearchError, match="exactly when it is completed"):
        Trial(0, space.default(), "completed", None)
    assert names() == ["random", "evolution"]


def test_a_small_population_needs_nothing_else_said() -> None:
    strategy = make("evolution", conditional_space(), seed=0, population=4)
    assert isinstance(strategy, RegularisedEvolution)
    assert (strategy.tournament, strategy.initial) == (4, 4)
