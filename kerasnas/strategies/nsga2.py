"""NSGA-II: evolution towards a front of several objectives.

Source: Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002; one child at a time, as
in Durillo, Nebro, Luna, Alba, "On the effect of the steady-state selection scheme in multi-objective genetic algorithms", 2009.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import GenotypeError, SearchError
from ..objectives.costs import excess, vector
from ..objectives.pareto import crowding, fronts
from ..space import Space
from .base import Proposal, Strategy, Trial
from .evolution import relative


class Nsga2(Strategy):
    """The population is what is best by front, and within a front what stands alone; children are crossed and mutated.

    A trial that is refused breaks the limits: it stands behind all that do not, the less the better (constraint domination). One that
    failed or was stopped takes no part. Children are made one by one, and each trial is taken in or not as soon as it is told.

    Args:
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: The metric's, "max" or "min".
        minimise: Costs beside the metric, at most three; see ``objectives.costs``.
        limits: Most of each cost that is allowed.
        population: Members.
        initial: Candidates before the first child: the default, near relatives of it and random ones by turns.
        crossover: How often a child has two parents.

    Raises:
        SearchError: If a number is out of range, or a cost is none.
    """

    name = "nsga2"
    most_objectives = 4

    def __init__(
        self,
        space: Space,
        *,
        seed: int,
        direction: str = "max",
        minimise: Sequence[str] = (),
        limits: Mapping[str, Any] | None = None,
        population: int = 20,
        initial: int = 5,
        crossover: float = 0.5,
    ) -> None:
        super().__init__(space, seed=seed, direction=direction, minimise=minimise, limits=limits)
        if not 2 <= initial <= population or not 0 <= crossover <= 1:
            raise SearchError(
                f"'nsga2' needs 2 <= initial <= population and 0 <= crossover <= 1. Received: initial={initial}, "
                f"population={population}, crossover={crossover}."
            )
        self.population, self.initial, self.crossover = population, initial, crossover
        self.members: list[Trial] = []
        self._places: dict[int, tuple[int, float]] = {}

    def _told(self, trial: Trial) -> None:
        if trial.state not in ("completed", "refused"):
            return
        known = [*self.members, trial]
        order = self._order(known)
        self.members = sorted((known[i] for i in order[: self.population]), key=lambda t: t.number)

    def _order(self, trials: Sequence[Trial]) -> list[int]:
        """Places of trials, the best first; notes front and crowding of each trial by its number."""
        points, over = [], []
        for trial in trials:
            value = math.inf if trial.value is None else float(trial.value)
            points.append(vector(value, trial.cost, self.minimise, self.direction))
            over.append(0.0 if trial.state == "completed" else excess(trial.cost, self.limits) or math.inf)
        self._places = {}
        for rank, places in enumerate(fronts(points, over)):
            alone = crowding([points[i] for i in places])
            for i, distance in zip(places, alone, strict=True):
                self._places[i] = (rank, -distance)
        order = sorted(self._places, key=lambda i: (*self._places[i], trials[i].number))
        self._places = {trials[i].number: self._places[i] for i in order}
        return order

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        judged = sum(trial.state != "refused" for trial in self.history)
        if len(self.members) < 2 or (judged < self.initial and len(self.history) < self.population):
            return relative(self, rng) if number % 2 else Proposal(self.space.sample(rng), "random")
        first = self._parent(rng)
        if rng.random() < self.crossover:
            second = self._parent(rng)
            try:
                child = self.space.crossover(first.genotype, second.genotype, rng)
            except GenotypeError:  # no mixture of these two meets the space's requirements
                child = first.genotype
            if child.key not in (first.genotype.key, second.genotype.key):
                parents = tuple(dict.fromkeys((first.number, second.number)))
                if rng.random() < 0.5:
                    return Proposal(child, "crossover", parents)
                return Proposal(self.space.mutate(child, rng), "crossover", parents)
        return Proposal(self.space.mutate(first.genotype, rng), "mutation", (first.number,))

    def _parent(self, rng: random.Random) -> Trial:
        """The better of two members drawn at random."""
        pair = rng.sample(self.members, 2)
        return min(pair, key=lambda t: (*self._places[t.number], t.number))
