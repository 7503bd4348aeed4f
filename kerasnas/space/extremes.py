"""The cheapest and the dearest candidate of a space, found by a cheap search that builds no layer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import GenotypeError
from .genotype import Genotype
from .meet import spread

if TYPE_CHECKING:
    from ..lower.cost import Cost
    from .space import Space

SAMPLES = 48
WALKS = 800  # at most, for each end


@dataclass(frozen=True)
class Extreme:
    """A candidate with its cost.

    Attributes:
        genotype: Which.
        cost: What it takes.
    """

    genotype: Genotype
    cost: Cost


def extremes(space: Space, by: str = "parameters") -> tuple[Extreme, Extreme]:
    """The cheapest and the dearest candidate that were found.

    The cheapest and dearest of the default and 48 random ones (seed 0) are the starts; then decision after decision takes the value that
    helps most, until none does. Both meet the space's constraints. This is exact where decisions do not work against each other, as
    widths and depths do not; else it is a bound from inside.

    Args:
        space: Whose.
        by: Name of a cost: "parameters", "flops" or "activations".

    Raises:
        GenotypeError: If the space has no candidate.
    """
    rng = random.Random(0)  # noqa: S311  (not for secrets)
    starts = [space.default()]
    for _ in range(SAMPLES):
        try:
            starts.append(space.sample(rng))
        except GenotypeError:
            break
    known = [Extreme(g, space.cost(g)) for g in starts]

    def amount(one: Extreme) -> float:
        value = getattr(one.cost, by)
        return float(one.cost.parameters if value is None else value)

    low = _climbed(space, min(known, key=amount), lambda one: -amount(one))
    high = _climbed(space, max(known, key=amount), amount)
    return low, high


def _climbed(space: Space, best: Extreme, gain: Callable[[Extreme], float]) -> Extreme:
    walks, moved = 0, True
    while moved and walks < WALKS:
        moved = False
        for path in [p for p in best.genotype if not p.startswith("training/")]:
            if path not in best.genotype or walks >= WALKS:
                continue
            for value in spread(space.decisions[path]):
                if value == best.genotype.get(path):
                    continue
                walks += 1
                tried = _tried(space, {**best.genotype, path: value})
                if tried is not None and gain(tried) > gain(best):
                    best, moved = tried, True
    return best


def _tried(space: Space, values: dict[str, Any]) -> Extreme | None:
    from ..lower.cost import cost

    try:
        plan = space.walk(values, lambda d: d.default, None, repair=True)
    except GenotypeError:
        return None
    return Extreme(Genotype(plan.genotype), cost(plan))
