"""The trials of a search as lines: which are worth drawing, which is the best, how far an axis reaches."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

FAINT = "var(--kn-faint,currentColor)"
ACCENT = "var(--kn-accent,var(--jp-brand-color1,currentColor))"
MUTED = "var(--kn-muted,currentColor)"


@dataclass(frozen=True)
class Line:
    """One trial's curve.

    Attributes:
        number: The trial's number in its search.
        points: (epoch from 1, value), in order; values that are not finite are left out.
        value: What the trial was judged by; None while it runs or where it failed.
        state: "running", "completed", "failed", "refused" or "stopped".
    """

    number: int
    points: tuple[tuple[float, float], ...]
    value: float | None = None
    state: str = "completed"

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for _, value in self.points):
            object.__setattr__(self, "points", tuple(p for p in self.points if math.isfinite(p[1])))

    @property
    def judged(self) -> bool:
        """Whether the trial completed with a value that can be ranked."""
        return self.state == "completed" and self.value is not None and math.isfinite(self.value)


def choose(lines: Iterable[Line], direction: str, limit: int) -> list[Line]:
    """The lines worth drawing: three quarters the best, the rest the newest; by number.

    Args:
        lines: All lines.
        direction: "max" or "min".
        limit: Most lines to keep.
    """
    known = list(lines)
    if len(known) <= limit:
        return sorted(known, key=lambda line: line.number)
    ranked = sorted((line for line in known if line.judged), key=lambda line: -_gain(line, direction))
    kept = {line.number: line for line in ranked[: limit * 3 // 4]}
    for line in sorted(known, key=lambda line: -line.number):
        if len(kept) >= limit:
            break
        kept.setdefault(line.number, line)
    return [kept[number] for number in sorted(kept)]


def best_of(lines: Iterable[Line], direction: str) -> Line | None:
    """The completed line with the best value, the earlier one where two are equal."""
    done = [line for line in lines if line.judged]
    return max(done, key=lambda line: (_gain(line, direction), -line.number), default=None)


def _gain(line: Line, direction: str) -> float:
    value = line.value or 0.0
    return value if direction == "max" else -value


def extent(values: Iterable[float]) -> tuple[float, float]:
    """Bounds for an axis; a few wild values (a loss that blew up) may leave the picture."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    if len(ordered) >= 20:
        inner_low, inner_high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
        reach = 3 * ((inner_high - inner_low) or abs(inner_high) or 1.0)
        low, high = max(low, inner_low - reach), min(high, inner_high + reach)
    return low, high
