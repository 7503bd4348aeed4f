"""Several objectives at once: domination, fronts, crowding and hypervolume. Every objective is to be lowered."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = Sequence[float]


def dominates(a: Point, b: Point) -> bool:
    """Whether ``a`` is nowhere worse than ``b`` and somewhere better."""
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(x < y for x, y in zip(a, b, strict=True))


def constrained(a: Point, b: Point, over_a: float, over_b: float) -> bool:
    """Whether ``a`` dominates ``b`` where each may break constraints by so much (0: it breaks none).

    What keeps the constraints dominates what does not; of two that do not, the one that breaks them less.

    Source: Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002, section VI.
    """
    if over_a > 0 or over_b > 0:
        return over_a < over_b
    return dominates(a, b)


def front(points: Sequence[Point]) -> list[int]:
    """Places of the points that no other dominates, in order; equal points are all among them."""
    return [i for i, p in enumerate(points) if not any(dominates(q, p) for q in points)]


def fronts(points: Sequence[Point], over: Sequence[float] | None = None) -> list[list[int]]:
    """Sort points into fronts: the first is dominated by none, the second by the first alone, and so on.

    Args:
        points: One a candidate.
        over: By how much each breaks the constraints; 0 if not given.

    Returns:
        Places of the points, front by front.

    Source: Deb and others, 2002, section III A.
    """
    over = [0.0] * len(points) if over is None else over
    below: list[list[int]] = [[] for _ in points]
    above = [0] * len(points)
    for i, p in enumerate(points):
        for j, q in enumerate(points):
            if i != j and constrained(p, q, over[i], over[j]):
                below[i].append(j)
                above[j] += 1
    found, current = [], [i for i, count in enumerate(above) if count == 0]
    while current:
        found.append(current)
        following = []
        for i in current:
            for j in below[i]:
                above[j] -= 1
                if above[j] == 0:
                    following.append(j)
        current = sorted(following)
    return found


def crowding(points: Sequence[Point]) -> list[float]:
    """How alone each point of one front stands: the sum over objectives of the distance between its neighbours; infinite at the ends.

    Source: Deb and others, 2002, section III B.
    """
    if not points:
        return []
    alone = [0.0] * len(points)
    for k in range(len(points[0])):
        order = sorted(range(len(points)), key=lambda i: points[i][k])
        alone[order[0]] = alone[order[-1]] = math.inf
        width = points[order[-1]][k] - points[order[0]][k]
        if not (math.isfinite(width) and width > 0):
            continue
        for before, i, after in zip(order, order[1:], order[2:], strict=False):
            alone[i] += (points[after][k] - points[before][k]) / width
    return alone


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """The volume between a set of points and a reference that is worse than they: the more, the better the set. Exact.

    Slices along the last objective; fast enough for fronts of some hundred points in 2 or 3 objectives, some tens in 4.

    Args:
        points: Of as many objectives as the reference; those not better than it everywhere count for nothing.
        reference: A point; the same for all sets that are compared.

    Source: Zitzler and Thiele, "Multiobjective optimization using evolutionary algorithms", 1998; While, Hingston, Barone, Huband,
    "A faster algorithm for calculating hypervolume", 2006 (slicing).
    """
    inside = [tuple(p) for p in points if all(x < r for x, r in zip(p, reference, strict=True))]
    if not inside:
        return 0.0
    if len(reference) == 1:
        return float(reference[0] - min(p[0] for p in inside))
    inside = sorted({inside[i] for i in front(inside)}, key=lambda p: p[-1])
    total = 0.0
    for place, point in enumerate(inside):
        end = inside[place + 1][-1] if place + 1 < len(inside) else reference[-1]
        if end > point[-1]:
            total += (end - point[-1]) * hypervolume([p[:-1] for p in inside[: place + 1]], reference[:-1])
    return total


def spread(places: Sequence[int], count: int) -> list[int]:
    """``count`` of some places at even distances, both ends among them; all where there are no more."""
    if count >= len(places):
        return list(places)
    if count < 2:
        return list(places[:count])
    return [places[round(k * (len(places) - 1) / (count - 1))] for k in range(count)]
