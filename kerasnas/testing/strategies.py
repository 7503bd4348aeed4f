"""The suite that every strategy passes; subclass it for one of your own.

class TestMine(StrategyContract):
    def make(self, space, seed, direction="max"):
        return Mine(space, seed=seed, direction=direction)
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..space import Choice, FloatRange, Genotype, Input, IntRange, Space, block, layers, pick, repeat
from ..strategies.base import Proposal, Strategy, Trial, most


def _wide(x: Any) -> Any:
    return layers.Dense(64)(x)


@block("deep")
def _deep(x: Any, *, units: Any = Choice(8, 16, 32), act: Any = Choice("relu", "tanh")) -> Any:
    return layers.Dense(units, activation=act)(x)


@block("net")
def _net(
    x: Any,
    *,
    depth: Any = IntRange(1, 3),
    kind: Any = Choice(wide=_wide, deep=_deep),
    rate: Any = FloatRange(0.0, 0.5),
) -> Any:
    x = pick(kind, x)
    x = repeat(depth, lambda y, name: layers.Dense(4, name=name.replace("/", "-"))(y), x, "tail")
    return layers.Dense(2)(layers.Dropout(rate)(x))


@cache
def conditional_space() -> Space:
    """A small space with conditional, integer and continuous decisions."""
    return Space.trace(_net, {"x": Input((4,))}, name="conditional")


@cache
def finite_space() -> Space:
    """The same without the continuous decision: 21 genotypes."""
    return conditional_space().restrict({"net/rate": 0.1})


def told(
    number: int, proposal: Proposal, state: str, value: float | None, cost: Mapping[str, Any] | None = None
) -> Trial:
    """The trial of a proposal."""
    parents = proposal.parents
    return Trial(
        number, proposal.genotype, state, value, proposal.origin, parents, cost or {}, epochs=proposal.epochs
    )


class StrategyContract:
    """Requirements of ``Strategy``, as tests."""

    def make(self, space: Space, seed: int, direction: str = "max") -> Strategy:
        """The strategy under test."""
        raise NotImplementedError("Return your strategy here.")

    @staticmethod
    def value(genotype: Genotype) -> float:
        return random.Random(genotype.key).random()  # noqa: S311  (seeded on purpose)

    @staticmethod
    def cost(genotype: Genotype) -> dict[str, float]:
        """Costs as a search knows them of every candidate."""
        rng = random.Random(f"cost/{genotype.key}")  # noqa: S311  (seeded on purpose)
        names = ("parameters", "flops", "activations", "model_size", "latency_ms")
        return {name: float(rng.randint(1, 1000)) for name in names}

    def drive(self, strategy: Strategy, steps: int) -> list[Trial]:
        """Ask and tell one by one, until nothing more is proposed; some fail, some are refused."""
        trials: list[Trial] = []
        for number in range(steps):
            proposals = strategy.ask(1)
            if not proposals:
                break
            for proposal in proposals:
                state = "failed" if number % 7 == 3 else "refused" if number % 11 == 5 else "completed"
                value = self.value(proposal.genotype) if state == "completed" else None
                trial = told(number, proposal, state, value, self.cost(proposal.genotype))
                strategy.tell(trial)
                trials.append(trial)
        return trials

    def test_the_first_proposal_is_the_default(self) -> None:
        space = conditional_space()
        assert self.make(space, 0).ask(1)[0].genotype == space.default()

    def test_every_proposal_is_valid(self) -> None:
        space = conditional_space()
        for trial in self.drive(self.make(space, 1), 40):
            assert space.validate(trial.genotype) == trial.genotype

    def test_the_same_seed_gives_the_same_proposals(self) -> None:
        space = conditional_space()
        first, second, other = (self.drive(self.make(space, seed), 30) for seed in (5, 5, 6))
        assert [t.genotype for t in first] == [t.genotype for t in second]
        assert [t.genotype for t in first] != [t.genotype for t in other]

    def test_a_replayed_history_gives_the_next_proposal(self) -> None:
        space = conditional_space()
        trials = self.drive(self.make(space, 2), 30)
        for cut in (1, 7, 12, 29):  # also right after a failed and a refused trial
            resumed = self.make(space, 2)
            resumed.replay(trials[:cut])
            (proposal,) = resumed.ask(1)
            known = trials[cut]
            assert told(cut, proposal, known.state, known.value, known.cost) == known

    def test_no_genotype_is_proposed_twice_but_for_more_epochs(self) -> None:
        known: dict[str, float] = {}
        for trial in self.drive(self.make(conditional_space(), 3), 60):
            assert most(trial.epochs) > known.get(trial.genotype.key, 0.0)
            known[trial.genotype.key] = most(trial.epochs)

    def test_an_exhausted_space_gives_nothing_more(self) -> None:
        space = finite_space()
        size = int(space.size())
        strategy = self.make(space, 4)
        trials = self.drive(strategy, size + 5)
        if any(t.epochs is not None for t in trials):  # then a genotype may come again
            trials += self.drive(strategy, 10 * size)
        else:
            assert len(trials) == size
        assert len({t.genotype.key for t in trials}) == size
        assert strategy.ask(1) == []

    def test_it_takes_batches_and_trials_in_any_order(self) -> None:
        space = conditional_space()
        strategy = self.make(space, 5)
        for start in range(0, 24, 4):
            batch = strategy.ask(4)
            assert len({p.genotype.key for p in batch}) == 4
            for offset in (2, 0, 3, 1):
                p = batch[offset]
                strategy.tell(told(start + offset, p, "completed", self.value(p.genotype)))

    def test_it_takes_a_trial_that_it_did_not_propose(self) -> None:
        space = conditional_space()
        strategy = self.make(space, 6)
        injected = space.sample(99)
        strategy.tell(Trial(0, injected, "completed", 0.5, "injected"))
        assert injected.key not in {p.genotype.key for p in strategy.ask(12)}

    def test_what_is_pending_is_not_proposed_again(self) -> None:
        space = finite_space()
        pending = [space.default(), space.sample(1)]
        strategy = self.make(space, 10)
        strategy.replay([], asked=2, pending=pending)
        assert not set(pending) & {p.genotype for p in strategy.ask(12)}

    def test_it_stands_a_run_of_failures(self) -> None:
        strategy = self.make(conditional_space(), 7)
        for number in range(25):
            (proposal,) = strategy.ask(1)
            strategy.tell(told(number, proposal, "failed", None))

    def test_it_mirrors_its_choices_where_less_is_better(self) -> None:
        space = conditional_space()
        raised, lowered = self.make(space, 8, "max"), self.make(space, 8, "min")
        for trial in self.drive(raised, 30):
            (proposal,) = lowered.ask(1)
            assert proposal.genotype == trial.genotype
            value = None if trial.value is None else -trial.value
            lowered.tell(told(trial.number, proposal, trial.state, value, trial.cost))

    def test_it_reads_no_global_random_numbers(self) -> None:
        space = conditional_space()
        strategies = [self.make(space, 9), self.make(space, 9)]
        state = random.getstate()
        first = [t.genotype for t in self.drive(strategies[0], 20)]
        assert random.getstate() == state
        random.seed(123)
        assert [t.genotype for t in self.drive(strategies[1], 20)] == first
        random.setstate(state)
