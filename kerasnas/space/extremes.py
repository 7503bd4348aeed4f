"""The cheapest and the dearest candidate of a space, found by a cheap search that builds no layer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import GenotypeError
from .decision import Decision, Scalar
from .genotype import Genotype
from .walk import Fill

if TYPE_CHECKING:
    from ..lower.cost import Cost
    from .space import Space

SAMPLES = 48
WALKS = 400  # at most, for each end


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
    helps most, ends of ranges and all options of choices, until none does. Both meet the space's constraints. This is exact where decisions do not work against each other, as
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

    low = _climbed(space, min(known, key=amount), lambda one: -amount(one), min)
    high = _climbed(space, max(known, key=amount), amount, max)
    return low, high


def _climbed(
    space: Space, best: Extreme, gain: Callable[[Extreme], float], end: Callable[[list[Any]], Any]
) -> Extreme:
    taken: dict[str, Scalar] = {}  # what did best of decisions that are not active now

    def fill(decision: Decision) -> Scalar:
        if decision.path in taken:
            return taken[decision.path]
        values = [v for v in ends(decision) if isinstance(v, int | float) and not isinstance(v, bool)]
        return end(values) if len(values) == len(ends(decision)) else decision.default

    walks, moved = 0, True
    while moved and walks < WALKS:
        moved = False
        for path in [p for p in best.genotype if not p.startswith("training/")]:
            if path not in best.genotype or walks >= WALKS:
                continue
            for value in ends(space.decisions[path]):
                if value == best.genotype.get(path):
                    continue
                walks += 1
                tried = _tried(space, {**best.genotype, path: value}, fill)
                if tried is not None and gain(tried) > gain(best):
                    taken.update(best.genotype)
                    best, moved = tried, True
    return best


def ends(decision: Decision) -> list[Scalar]:
    """The options of a choice, the two ends of a range."""
    if decision.kind == "choice" or not decision.options:
        return list(decision.domain())
    return [*([None] if decision.optional else []), *dict.fromkeys(decision.options)]


def _tried(space: Space, values: dict[str, Any], fill: Fill) -> Extreme | None:
    from ..lower.cost import cost

    try:
        plan = space.walk(values, fill, None, repair=True)
    except GenotypeError:
        return None
    return Extreme(Genotype(plan.genotype), cost(plan))
