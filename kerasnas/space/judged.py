"""Genotypes that were found to be valid, with their costs: whoever asks again, as a search does, waits for no second walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .genotype import Genotype

if TYPE_CHECKING:
    from ..lower.cost import Cost

KEPT = 1024  # then it begins anew


class Judged:
    """Costs by genotype, of one space."""

    def __init__(self) -> None:
        self._costs: dict[Any, Cost] = {}

    def put(self, genotype: Mapping[str, Any], cost: Cost) -> None:
        """Keep the cost of a genotype that is valid as it stands."""
        if len(self._costs) >= KEPT:
            self._costs.clear()
        self._costs[_key(genotype)] = cost

    def get(self, genotype: Mapping[str, Any]) -> Cost | None:
        """The cost of the very same genotype, decision by decision in the same order; None where it is not known."""
        return self._costs.get(_key(genotype)) if isinstance(genotype, Genotype) else None


def _key(genotype: Mapping[str, Any]) -> Any:
    """1, 1.0 and True are three values."""
    return tuple((path, type(value), value) for path, value in genotype.items())
