"""One measured figure, with the interval and the target that make it a claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev


@dataclass(frozen=True)
class Figure:
    """One number that a benchmark measured.

    Attributes:
        name: What was measured, e.g. ``"openclipart/held_out_accuracy"``.
        value: The figure itself.
        unit: Its unit, e.g. ``"accuracy"``, ``"ratio"``, ``"MiB"``.
        interval: Lower and upper bound of the 95 % interval, or None for a single measurement.
        target: The figure that was wanted, or None where none was set.
        met: Whether the target was reached, or None where none was set.
        seeds: The seeds that the figure rests on.
        seconds: Wall-clock seconds that it took; machines differ, so compare within one run only.
        detail: Whatever else a reader needs to judge the figure; JSON values.
    """

    name: str
    value: float
    unit: str
    interval: tuple[float, float] | None = None
    target: float | None = None
    met: bool | None = None
    seeds: tuple[int, ...] = ()
    seconds: float | None = None
    detail: dict[str, object] | None = None


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Student's interval of a mean, or None with fewer than two values."""
    if len(values) < 2:
        return None
    from scipy.stats import t

    half = float(t.ppf(0.5 + confidence / 2, len(values) - 1)) * stdev(values) / math.sqrt(len(values))
    return fmean(values) - half, fmean(values) + half


def share_interval(share: float, rows: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share such as an accuracy over ``rows`` judged rows.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return centre - half, centre + half
