"""Texts, by their word numbers and weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .base import landmarks, percentiles, some_rows


def describe_texts(
    tokens: np.ndarray | None, weights: Any, targets: np.ndarray, problem: str
) -> dict[str, float]:
    """Length, richness and a linear landmark.

    Args:
        tokens: ``(n, length)`` word numbers, 0 where there is none, or None.
        weights: ``(n, terms)`` sparse TF-IDF weights, or None.
        targets: ``(n,)``.
        problem: ``binary``, ``multiclass`` or ``regression``.
    """
    chosen = some_rows(len(targets))
    y = np.asarray(targets)[chosen]
    out: dict[str, float] = {}
    if tokens is not None:
        words = np.asarray(tokens)[chosen]
        lengths = (words > 0).sum(axis=1)
        out |= percentiles(lengths, "words")
        counts = np.bincount(words[words > 0].astype("int64"))
        counts = counts[counts > 0]
        out["log_vocabulary"] = math.log(max(len(counts), 1))
        out["once_only"] = float((counts == 1).mean()) if len(counts) else math.nan
        out["type_token"] = len(counts) / max(int(counts.sum()), 1)
        out["empty_share"] = float((lengths == 0).mean())
        out["duplicates"] = 1.0 - len(np.unique(words, axis=0)) / max(len(words), 1)
    if weights is not None:
        out |= landmarks(weights[chosen], y, problem, ("linear",))
    return out
