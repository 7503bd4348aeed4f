"""What one search is asked to do, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SearchError
from ..space import Space

LIMITS = ("parameters", "flops")


@dataclass(frozen=True)
class Rules:
    """What the loop must know beside space, strategy and executor.

    Attributes:
        seed: The search's.
        direction: "max" or "min".
        finalists: How many of the best are retrained and judged on held-out rows.
        ensemble: Whether finalists that do better together are averaged.
        limits: Most ``parameters`` and ``flops`` a candidate may have.
        growth: Rows of train+validation over rows of train.
        bundles: Where the finalists' bundles go.
        card: What every bundle says of the search.
    """

    seed: int
    direction: str
    finalists: int = 5
    ensemble: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)
    growth: float = 1.25
    bundles: Path = Path("bundles")
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.finalists < 0:
            raise SearchError(f"finalists is 0 or more. Received: {self.finalists}.")
        for name, limit in self.limits.items():
            if name not in LIMITS or limit <= 0:
                raise SearchError(
                    f"limits may hold {' and '.join(LIMITS)}, each above 0. Received: {name}={limit!r}."
                )

    def refusal(self, cost: Any) -> str | None:
        """Why a candidate of this cost is not trained; None where it may be."""
        for name, limit in self.limits.items():
            found = getattr(cost, name)
            if found is None:
                return f"Its {name} are not known, because a layer has no rule, and the search allows at most {limit:,}."
            if found > limit:
                return f"{found:,} {name}: the search allows at most {limit:,}."
        return None


def costs(space: Space, genotype: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A genotype's cost, as an object and as JSON; no layer is built."""
    cost = space.cost(genotype)
    return cost, {"parameters": cost.parameters, "flops": cost.flops, "activations": cost.activations}
