"""Axes: round tick values, a linear scale, and how a number is written beside an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DASH = "\N{EN DASH}"


def ticks(low: float, high: float, count: int = 5, *, whole: bool = False) -> list[float]:
    """Round values that span ``low`` to ``high``: steps of 1, 2 or 5 times a power of ten.

    Args:
        low: Smallest value to show.
        high: Largest value to show; may equal ``low``.
        count: About how many ticks are wanted.
        whole: Only whole numbers (epochs, trial numbers).

    Returns:
        Rising values. The first is at or below ``low``, the last at or above ``high``.

    Raises:
        ValueError: If a bound is not finite or ``high`` is below ``low``.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high < low:
        raise ValueError(
            f"An axis needs two finite bounds, the lower first. Received: low={low}, high={high}."
        )
    span = high - low or abs(high) * 0.1 or 1.0
    raw = span / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    if whole:
        step = max(1.0, float(round(step)))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if first == last:
        last += 1
    return [round(k * step, 12) for k in range(first, last + 1)]


def label(value: float, step: float) -> str:
    """Write a tick so that neighbours ``step`` apart differ, without idle zeros: 0.25, 40, 1.5k."""
    if abs(value) >= 1000 and step >= 100:
        return f"{value / 1000:.{0 if step >= 1000 else 1}f}k"
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 2
    return f"{value:.{digits}f}"


def score(value: float | None) -> str:
    """Write a metric's value: three decimals below 10, then fewer; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return DASH
    size = abs(value)
    return f"{value:.3f}" if size < 10 else f"{value:.2f}" if size < 100 else f"{value:,.0f}"


@dataclass(frozen=True)
class Scale:
    """A linear map from ``domain`` to ``pixels`` (which may fall, as screen coordinates do)."""

    domain: tuple[float, float]
    pixels: tuple[float, float]

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        low, high = self.domain
        start, end = self.pixels
        return start + (value - low) / ((high - low) or 1.0) * (end - start)


def decimate(points: Sequence[tuple[float, float]], limit: int) -> list[tuple[float, float]]:
    """Keep at most ``limit`` points of a line: its ends, and of each stretch the lowest and the highest.

    Args:
        points: (x, y), x rising.
        limit: Most points to keep, at least 4.

    Returns:
        The points themselves when they are few enough. No peak is lost otherwise.
    """
    if len(points) <= limit:
        return list(points)
    stretches = max(1, (limit - 2) // 2)
    inner = points[1:-1]
    kept = [points[0]]
    for index in range(stretches):
        stretch = inner[index * len(inner) // stretches : (index + 1) * len(inner) // stretches]
        if stretch:
            ends = {min(stretch, key=lambda p: p[1]), max(stretch, key=lambda p: p[1])}
            kept += sorted(ends)
    return [*kept, points[-1]]


def path(points: Sequence[tuple[float, float]], x: Scale, y: Scale) -> str:
    """The ``points`` of a polyline, one decimal: a tenth of a pixel is finer than any screen shows."""
    return " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
