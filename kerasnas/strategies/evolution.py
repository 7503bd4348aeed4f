"""Regularised evolution: tournaments in a population whose oldest member dies at each birth.

Source: Real, Aggarwal, Huang, Le, "Regularized evolution for image classifier architecture search", 2019.
"""

from __future__ import annotations

import random
from typing import Any

from ..errors import SearchError
from ..space import Space
from .base import Proposal, Strategy


class RegularisedEvolution(Strategy):
    """The population is the ``population`` youngest completed trials; a child is one mutation of a tournament's winner.

    Args:
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: "max" or "min".
        population: Members; the first that many trials are random. Small budgets want small ones.
        tournament: How many members are drawn; the best of them becomes the parent.

    Raises:
        SearchError: If a size is below 1, or the tournament is larger than the population.
    """

    name = "evolution"

    def __init__(
        self,
        space: Space,
        *,
        seed: int,
        direction: str = "max",
        population: int = 10,
        tournament: int = 3,
        **unknown: Any,
    ) -> None:
        super().__init__(space, seed=seed, direction=direction)
        if unknown:
            raise SearchError(f"'evolution' takes population and tournament. Received: {sorted(unknown)}.")
        if not 1 <= tournament <= population:
            raise SearchError(
                f"'evolution' needs 1 <= tournament <= population. Received: tournament={tournament}, population={population}."
            )
        self.population, self.tournament = population, tournament

    def _propose(self, rng: random.Random, number: int) -> Proposal:  # noqa: ARG002
        alive = self.completed()[-self.population :]
        if len(alive) < self.population:
            return Proposal(self.space.sample(rng), "random")
        parent = self.best(rng.sample(alive, self.tournament))
        return Proposal(self.space.mutate(parent.genotype, rng), "mutation", (parent.number,))
