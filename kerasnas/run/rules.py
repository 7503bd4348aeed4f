"""What one search is asked to do, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SearchError
from ..objectives.costs import COSTS, read_limits, read_minimised, refusal
from ..space import Space


@dataclass(frozen=True)
class Rules:
    """What the loop must know beside space, strategy and executor.

    Attributes:
        seed: The search's.
        direction: "max" or "min".
        finalists: How many of the best are retrained and judged on held-out rows.
        ensemble: Whether finalists that do better together are averaged.
        limits: Most of each cost a candidate may have, in the units of ``objectives.costs``.
        minimise: Costs that are objectives beside the metric.
        growth: Rows of train+validation over rows of train.
        bundles: Where the finalists' bundles go.
        card: What every bundle says of the search.
    """

    seed: int
    direction: str
    finalists: int = 5
    ensemble: bool = True
    limits: Mapping[str, float] = field(default_factory=dict)
    minimise: tuple[str, ...] = ()
    growth: float = 1.25
    bundles: Path = Path("bundles")
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.finalists < 0:
            raise SearchError(f"finalists is 0 or more. Received: {self.finalists}.")
        read_limits(self.limits)
        read_minimised(self.minimise)

    def refusal(self, cost: Mapping[str, Any]) -> str | None:
        """Why a candidate is not trained, by what is known without building it; None where it may be."""
        return refusal({n: limit for n, limit in self.limits.items() if not COSTS[n].measured}, cost)


def costs(space: Space, genotype: Mapping[str, Any]) -> dict[str, Any]:
    """A genotype's costs, as far as no layer must be built, by their keys."""
    cost = space.cost(genotype)
    return {kind.key: getattr(cost, name) for name, kind in COSTS.items() if not kind.measured}
