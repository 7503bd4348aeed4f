"""One number a row, and how sure: several of its quantiles at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .base import Scaling
from .regression import Regression

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of the rows that shall lie below each predicted number: the middle one is the median, the outer ones hold nine rows of ten."""

MEDIAN = LEVELS.index(0.5)


class Quantile(Regression):
    """Targets are numbers ``(n,)``; predictions one number a level, ``(n, 5)``, rising along the row.

    Source: Koenker and Bassett, "Regression quantiles", 1978.
    """

    name = "quantile"
    metric = "pinball"
    outcome = "quantiles"
    units = len(LEVELS)

    def loss(self, settings: Mapping[str, Any]) -> Any:
        """The pinball loss of standardised numbers."""
        del settings
        from ..evaluators.losses import Pinball

        return Pinball(LEVELS)

    def read(self, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Scaled back and in order: quantiles that crossed are exchanged.

        Source: Chernozhukov, Fernandez-Val, Galichon, "Quantile and probability curves without crossing", 2010.
        """
        return np.sort(raw * scaling[1] + scaling[0], axis=1)

    def team_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """The pinball loss, in units of the targets' spread."""
        return pinball(targets, predictions) / max(float(np.std(targets)), 1e-12)

    def constant(self, train: np.ndarray, rows: int, outputs: int) -> np.ndarray:
        """The training targets' own quantiles."""
        del outputs
        return np.tile(np.quantile(train, LEVELS), (rows, 1))

    def decided(self, predictions: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
        """All quantiles."""
        del classes
        return predictions


def pinball(targets: np.ndarray, predictions: np.ndarray) -> float:
    """What is paid for each quantile, averaged: ``level`` a unit where the truth is above, ``1 - level`` where it is below.

    Args:
        targets: ``(n,)``.
        predictions: ``(n, 5)``.
    """
    over = np.asarray(targets, "float64")[:, None] - predictions
    levels = np.array(LEVELS)
    return float(np.mean(np.maximum(levels * over, (levels - 1) * over)))
