"""What past tasks say of a candidate: the ranks of the configurations nearest to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Genotype = Mapping[str, Any]
BANDWIDTH = 0.12


@dataclass(frozen=True)
class Source:
    """One past task.

    Attributes:
        name: For people.
        weight: Its similarity to the task at hand.
        ranks: Pairs (candidate, rank), rank 0 the best and 1 the worst of that task.
    """

    name: str
    weight: float
    ranks: tuple[tuple[Genotype, float], ...]


def ranked(values: Sequence[float], direction: str) -> list[float]:
    """Ranks scaled to [0, 1], 0 the best; equals share their mean rank."""
    sign = -1.0 if direction == "max" else 1.0
    order = sorted(range(len(values)), key=lambda i: sign * values[i])
    out = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            out[order[place]] = (start + end) / 2 / max(len(values) - 1, 1)
        start = end + 1
    return out


def apart(a: Genotype, b: Genotype) -> float:
    """Gower's distance: the mean over all decisions that either has, 1 where only one has it.

    Numbers differ by their ratio's logarithm (so 0.001 and 0.002 are as far apart as 64 and 128),
    everything else by being equal or not.
    """
    paths = a.keys() | b.keys()
    if not paths:
        return 0.0
    total = 0.0
    for path in paths:
        if path not in a or path not in b:
            total += 1.0
            continue
        x, y = a[path], b[path]
        plain = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (x, y))
        if plain and x > 0 and y > 0:
            total += min(abs(math.log(x / y)) / math.log(16.0), 1.0)
        elif plain:
            total += min(abs(x - y), 1.0)
        else:
            total += float(x != y)
    return total / len(paths)


def predict(candidate: Genotype, sources: Sequence[Source]) -> float:
    """The rank to expect, between 0 (best) and 1; 0.5 where nothing is known."""
    total = weight = 0.0
    for source in sources:
        near = [(math.exp(-((apart(candidate, g) / BANDWIDTH) ** 2)) + 1e-9, r) for g, r in source.ranks]
        if near:
            w = sum(k for k, _ in near)
            total += source.weight * sum(k * r for k, r in near) / w
            weight += source.weight
    return total / weight if weight else 0.5
