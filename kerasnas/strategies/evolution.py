"""Regularised evolution: tournaments in a population whose oldest member dies at each birth.

Source: Real, Aggarwal, Huang, Le, "Regularized evolution for image classifier architecture search", 2019.
"""

from __future__ import annotations

import random

from ..errors import SearchError
from ..space import Space
from .base import Proposal, Strategy

FARTHEST = 3  # mutations between the default and a relative of it


class RegularisedEvolution(Strategy):
    """The population is the youngest completed trials; a child is one mutation of a tournament's winner.

    The defaults are for budgets of tens to a few hundred trials: fewer random beginnings and a keener choice than the
    paper's thousands want. On NAS-Bench-201 they find more, sooner, than the paper's proportions at 20, 50 and 150 trials. It begins
    with the space's default, then with its near relatives and with random candidates by turns: whoever wrote a good default is
    served at once, and where the default is the worst of all (NAS-Bench-201's cell without operations) no more is lost after ten
    trials.

    Args:
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: "max" or "min".
        population: Members; beyond that the oldest dies.
        tournament: How many members are drawn; the best of them becomes the parent. 8 if not given, or all of a smaller
            population.
        initial: Candidates judged before the first child of a tournament, those included that failed or were stopped; 5 if not
            given, or all of a smaller population.

    Raises:
        SearchError: If a size is below 1, or tournament or initial are larger than the population.
    """

    name = "evolution"

    def __init__(
        self,
        space: Space,
        *,
        seed: int,
        direction: str = "max",
        population: int = 15,
        tournament: int | None = None,
        initial: int | None = None,
    ) -> None:
        super().__init__(space, seed=seed, direction=direction)
        tournament = min(8, population) if tournament is None else tournament
        initial = min(5, population) if initial is None else initial
        for name, size in (("tournament", tournament), ("initial", initial)):
            if not 1 <= size <= population:
                raise SearchError(
                    f"'evolution' needs 1 <= {name} <= population. Received: {name}={size}, population={population}."
                )
        self.population, self.tournament, self.initial = population, tournament, initial

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        alive = self.completed()[-self.population :]
        judged = sum(trial.state != "refused" for trial in self.history)
        if not alive or judged < self.initial:
            return relative(self, rng) if number % 2 else Proposal(self.space.sample(rng), "random")
        parent = self.best(rng.sample(alive, min(self.tournament, len(alive))))
        return Proposal(self.space.mutate(parent.genotype, rng), "mutation", (parent.number,))


def relative(strategy: Strategy, rng: random.Random) -> Proposal:
    """The default of a strategy's space, one to three mutations on."""
    default = found = strategy.space.default()
    for _ in range(rng.randint(1, FARTHEST)):
        found = strategy.space.mutate(found, rng)
    parents = [trial.number for trial in strategy.history if trial.genotype.key == default.key]
    return Proposal(found, "mutation", tuple(parents[:1]))
