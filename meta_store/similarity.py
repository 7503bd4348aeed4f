"""How alike two tasks are, from their features."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

Features = Mapping[str, Mapping[str, float]]
MODALITY_WEIGHT = 2.0  # what a modality that only one of two tasks has counts, in units of one scaled feature
LEAST_TASKS = 4  # below this many tasks their spread says nothing and fixed scales are used


def flat(features: Features) -> dict[str, float]:
    """``{"text": {"words_p50": 7}}`` -> ``{"text/words_p50": 7}``, without what is not finite."""
    return {
        f"{m}/{k}": float(v)
        for m, vector in features.items()
        for k, v in vector.items()
        if math.isfinite(float(v))
    }


def scales(tasks: Sequence[Features]) -> dict[str, float]:
    """The spread of each feature over tasks: interquartile range, or half the range where that is 0."""
    columns: dict[str, list[float]] = {}
    for features in tasks:
        for name, value in flat(features).items():
            columns.setdefault(name, []).append(value)
    out = {}
    for name, values in columns.items():
        low, high = np.percentile(values, (25, 75))
        spread = float(high - low) or float(np.ptp(values)) / 2
        if len(values) >= LEAST_TASKS and spread > 0:
            out[name] = spread
    return out


def distance(
    a: Features, b: Features, scale: Mapping[str, float] | None = None
) -> tuple[float, list[tuple[str, float]]]:
    """Mean scaled difference over the features that both have.

    Args:
        a: Features of one task.
        b: Of the other.
        scale: Spread of each feature; a feature without one is compared relative to its size.

    Returns:
        The distance (infinite where no feature is common), and what contributed, largest first, as pairs
        (feature, scaled difference).
    """
    x, y = flat(a), flat(b)
    parts = []
    for name in x.keys() & y.keys():
        spread = (scale or {}).get(name) or max(0.25, 0.25 * (abs(x[name]) + abs(y[name])))
        parts.append((name, min(abs(x[name] - y[name]) / spread, 5.0)))
    if not parts:
        return math.inf, []
    total, weight = sum(d for _, d in parts), float(len(parts))
    for modality in set(a) ^ set(b):
        extra = MODALITY_WEIGHT * max(1.0, weight / 4)
        parts.append((f"{modality}/only one has it", MODALITY_WEIGHT))
        total, weight = total + extra * MODALITY_WEIGHT, weight + extra
    parts.sort(key=lambda p: (-p[1], p[0]))
    return total / weight, parts


def similarity(a: Features, b: Features, scale: Mapping[str, float] | None = None) -> float:
    """``exp(-distance)``: 1 for equal features, 0 where nothing can be compared."""
    return math.exp(-distance(a, b, scale)[0])
