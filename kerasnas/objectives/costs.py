"""What a candidate costs beside its metric: names, units, limits and objectives."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SearchError

MOST_OBJECTIVES = 4  # the metric and three costs: with more, nearly every candidate is on the front
WRITTEN = re.compile(r"\s*([0-9][0-9_,]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)\s*")
COUNTS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


@dataclass(frozen=True)
class CostKind:
    """A cost that may be limited or minimised.

    Attributes:
        name: As a person writes it.
        key: Where a trial's ``cost`` holds it; its unit is the one that is left away.
        units: What a number may be followed by in text, with the factor.
        measured: Whether a model must be built to know it.
    """

    name: str
    key: str
    units: Mapping[str, float] = field(default_factory=lambda: COUNTS)
    measured: bool = False

    def said(self, value: float) -> str:
        """A value in words, with the unit."""
        if self.name == "latency":
            return f"{value:.3g} ms latency"
        if self.name == "model_size":
            return f"{value / 1e6:.4g} MB model_size"
        return f"{value:,.0f} {self.name}"

    def bound(self, value: float) -> str:
        """A limit in words."""
        return self.said(value).removesuffix(f" {self.name}")

    def read(self, given: Any) -> float:
        """A limit from a number, or from text such as ``"2MB"``.

        Raises:
            SearchError: If it is neither, or not above 0.
        """
        number = math.nan
        if isinstance(given, str):
            found = WRITTEN.fullmatch(given)
            if found and found[2] in self.units:
                number = float(found[1].replace(",", "").replace("_", "")) * self.units[found[2]]
        elif isinstance(given, (int, float)) and not isinstance(given, bool):
            number = float(given)
        if not (math.isfinite(number) and number > 0):
            units = ", ".join(unit for unit in self.units if unit)
            raise SearchError(
                f"limits['{self.name}'] is a number above 0, or text of a number and one of {units}. Received: {given!r}."
            )
        return int(number) if number.is_integer() else number


BYTES = {"": 1.0, "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9}
TIMES = {"": 1.0, "ms": 1.0, "us": 1e-3, "s": 1e3}
COSTS: dict[str, CostKind] = {
    kind.name: kind
    for kind in (
        CostKind("parameters", "parameters"),
        CostKind("flops", "flops"),
        CostKind("activations", "activations"),
        CostKind("model_size", "model_size", BYTES),
        CostKind("latency", "latency_ms", TIMES, measured=True),
    )
}


def read_limits(given: Mapping[str, Any]) -> dict[str, float]:
    """Limits by name, as numbers in the units of a trial's ``cost``.

    Args:
        given: Name in ``COSTS`` -> a number, or text: ``"2MB"`` for ``model_size`` (bytes), ``"5ms"`` for ``latency`` (milliseconds),
            ``"3M"`` for counts.

    Raises:
        SearchError: If there is no such cost, or a limit is not above 0.
    """
    for name in given:
        if name not in COSTS:
            raise SearchError(
                f"limits may hold {', '.join(COSTS)}, each above 0. Received: {name}={given[name]!r}."
            )
    return {name: COSTS[name].read(value) for name, value in given.items()}


def read_minimised(given: str | Iterable[str]) -> tuple[str, ...]:
    """Names of the costs to minimise beside the metric, each once.

    Raises:
        SearchError: If there is no such cost, one comes twice, or there are more than three.
    """
    names = (given,) if isinstance(given, str) else tuple(given)
    wrong = [name for name in names if name not in COSTS]
    if wrong or len(set(names)) < len(names) or len(names) >= MOST_OBJECTIVES:
        raise SearchError(
            f"minimise names at most {MOST_OBJECTIVES - 1} different costs of {', '.join(COSTS)}; the task's metric is always an "
            f"objective. Received: {list(names)!r}."
        )
    return names


def needs_latency(limits: Mapping[str, float], minimise: Iterable[str]) -> bool:
    """Whether a limit or an objective asks for latency."""
    return "latency" in limits or "latency" in tuple(minimise)


def refusal(limits: Mapping[str, float], cost: Mapping[str, Any], whose: str = "the search") -> str | None:
    """The first limit that a cost is over, in a line; None where it is over none.

    Args:
        limits: By name.
        cost: As a trial has it.
        whose: Who sets the limits, for the line.
    """
    for name, limit in limits.items():
        kind = COSTS[name]
        found = cost.get(kind.key)
        if found is None:
            return f"Its {name} are not known, because a layer has no rule, and {whose} allows at most {kind.bound(limit)}."
        if found > limit:
            return f"{kind.said(found)}: {whose} allows at most {kind.bound(limit)}."
    return None


def excess(cost: Mapping[str, Any], limits: Mapping[str, float]) -> float:
    """By how much a candidate is over its limits: the sum of its relative excesses; what is not known counts as 1."""
    total = 0.0
    for name, limit in limits.items():
        found = cost.get(COSTS[name].key)
        total += 1.0 if found is None else max(0.0, float(found) / limit - 1.0)
    return total


def vector(
    value: float, cost: Mapping[str, Any], minimise: Iterable[str], direction: str
) -> tuple[float, ...]:
    """A candidate's objectives, each to be lowered; a cost that is not known is infinite.

    Args:
        value: The metric.
        cost: As a trial has it.
        minimise: Names in ``COSTS``.
        direction: The metric's, "max" or "min".
    """
    found = (cost.get(COSTS[name].key) for name in minimise)
    return (-value if direction == "max" else value, *(math.inf if c is None else float(c) for c in found))
