"""Which past candidates to try first: a greedy portfolio.

Source: Feurer, Eggensperger, Falkner, Lindauer, Hutter, "Auto-sklearn 2.0", 2022, with tasks weighed by
similarity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .surrogate import Source, predict

LEAST_SOURCES = 3


def portfolio(
    candidates: Sequence[Mapping[str, Any]], sources: Sequence[Source], size: int
) -> list[tuple[int, float]]:
    """Pick candidates one by one, each the one that helps the picked ones most.

    ``r[t, c]`` is the rank of a candidate on a task, predicted from its neighbours where it was not tried
    there. The next pick minimises the weighted sum over tasks of the best rank so far. With fewer than
    three tasks, coverage means little and the weighted mean rank decides.

    Args:
        candidates: What may be picked.
        sources: Past tasks.
        size: How many to pick at most.

    Returns:
        Pairs (position in ``candidates``, weighted mean rank), in the order to try.
    """
    if not candidates or not sources:
        return []
    table = [[predict(c, [s]) for c in candidates] for s in sources]
    weights = [s.weight for s in sources]
    total = sum(weights) or 1.0
    mean = [
        sum(w * row[i] for w, row in zip(weights, table, strict=True)) / total for i in range(len(candidates))
    ]
    picked: list[int] = []
    best = [1.0] * len(sources)
    while len(picked) < min(size, len(candidates)):
        left = [i for i in range(len(candidates)) if i not in picked]
        if len(sources) < LEAST_SOURCES:
            chosen = min(left, key=lambda i: (mean[i], i))
        else:
            gain = {
                i: sum(w * min(b, row[i]) for w, b, row in zip(weights, best, table, strict=True))
                for i in left
            }
            chosen = min(left, key=lambda i: (gain[i], mean[i], i))
        picked.append(chosen)
        best = [min(b, row[chosen]) for b, row in zip(best, table, strict=True)]
    return [(i, mean[i]) for i in picked]
