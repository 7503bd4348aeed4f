"""The built-in strategies pass the contract; evolution beats random."""

from __future__ import annotations

import pytest
from scipy.stats import wilcoxon

from kerasnas.errors import SearchError
from kerasnas.objectives.pareto import hypervolume
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


class TestNsga2(StrategyContract):
    def make(self, space: Space, seed: int, direction: str = "max") -> Strategy:
        return make(
            "nsga2", space, seed=seed, direction=direction, minimise=("latency", "parameters"), limits={"flops": 800},
            population=8, initial=4,
        )  # fmt: skip


class TestNsga2WithOneObjective(StrategyContract):
    def make(self, space: Space, seed: int, direction: str = "max") -> Strategy:
        return make("nsga2", space, seed=seed, direction=direction)


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


def volume_of(name: str, seed: int, steps: int = 80) -> float:
    """What a strategy finds of a hill with a price: the sum of the decisions."""
    strategy, points = make(name, TABLE, seed=seed, minimise=("parameters",)), []
    for number in range(steps):
        (proposal,) = strategy.ask(1)
        value, price = hill(proposal.genotype), float(sum(proposal.genotype.values()))
        points.append((-value, price))
        strategy.tell(
            Trial(
                number,
                proposal.genotype,
                "completed",
                value,
                proposal.origin,
                proposal.parents,
                {"parameters": price},
            )
        )
    return hypervolume(points, (150.0, 33.0))


def test_nsga2_beats_random_on_a_hill_with_a_price() -> None:
    gains = [volume_of("nsga2", seed) - volume_of("random", seed) for seed in range(20)]
    assert wilcoxon(gains, alternative="greater").pvalue < 0.01


def test_nsga2_goes_where_the_limits_are_kept() -> None:
    """Nearly all of the table is refused: the refused ones lead to what is not."""
    kept = {}
    for name in ("random", "nsga2"):
        strategy, kept[name] = make(name, TABLE, seed=0, minimise=("parameters",), limits={"flops": 7}), 0
        for number in range(100):
            (proposal,) = strategy.ask(1)
            price = float(sum(proposal.genotype.values()))
            state, value = ("completed", hill(proposal.genotype)) if price <= 7 else ("refused", None)
            kept[name] += state == "completed"
            cost = {"parameters": price, "flops": price}
            strategy.tell(
                Trial(number, proposal.genotype, state, value, proposal.origin, proposal.parents, cost)
            )
    assert kept["nsga2"] > kept["random"] + 10


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
    with pytest.raises(SearchError, match="initial=9, population=3"):
        make("nsga2", space, seed=0, population=3, initial=9)
    with pytest.raises(SearchError, match="exactly when it is completed"):
        Trial(0, space.default(), "completed", None)
    assert names() == ["random", "evolution", "nsga2"]


def test_a_small_population_needs_nothing_else_said() -> None:
    strategy = make("evolution", conditional_space(), seed=0, population=4)
    assert isinstance(strategy, RegularisedEvolution)
    assert (strategy.tournament, strategy.initial) == (4, 4)
