"""One number a row, or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .base import PART, Problem, Scaling

PARTS, LEAST_ROWS = 10, 5


class Regression(Problem):
    """Targets and predictions are numbers in original units, ``(n,)``, or ``(n, k)`` where several are predicted at once."""

    name = "regression"
    metric = "rmse"
    numeric = True
    outcome = "numbers"
    smoothed = False

    def loss(self, settings: Mapping[str, Any]) -> Any:
        """The squared error of standardised numbers."""
        del settings
        import keras

        return keras.losses.MeanSquaredError()

    def encoded(self, targets: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Standardised, ``(n, k)``."""
        mean, spread = scaling
        scaled = (np.asarray(targets, "float32") - mean) / spread
        return np.asarray(scaled.reshape(len(targets), -1), "float32")

    def read(self, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Scaled back."""
        numbers = raw * np.asarray(scaling[1]) + np.asarray(scaling[0])
        return np.asarray(numbers[:, 0] if np.ndim(scaling[0]) == 0 else numbers)

    def average(self, predictions: Sequence[np.ndarray]) -> np.ndarray:
        """Their mean."""
        return np.asarray(np.mean(predictions, axis=0))

    def team_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """The squared error, in units of each number's spread."""
        spread = np.maximum(np.std(targets, axis=0), 1e-12)
        return float(np.mean(((predictions - targets) / spread) ** 2))

    def constant(self, train: np.ndarray, rows: int, outputs: int) -> np.ndarray:
        """The mean."""
        del outputs
        return np.repeat(np.asarray(train.mean(axis=0))[None], rows, axis=0)

    def decided(self, predictions: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
        """The numbers themselves."""
        del classes
        return predictions

    def scaling(self, train: np.ndarray) -> Scaling:
        """Mean and standard deviation of each number."""
        numbers = np.asarray(train, dtype=np.float64)
        mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
        if numbers.ndim == 1:
            return float(mean), float(spread) or 1.0
        return mean.tolist(), np.where(spread > 0, spread, 1.0).tolist()

    def codes(self, targets: np.ndarray) -> np.ndarray:
        """The number; the mean of the standardised numbers where there are several."""
        if targets.ndim == 1:
            return targets
        spread = np.maximum(targets.std(axis=0), 1e-12)
        return np.asarray(((targets - targets.mean(axis=0)) / spread).mean(axis=1), dtype=np.float32)

    def strata(self, targets: np.ndarray) -> np.ndarray:
        """Tenths; fewer and wider ones where a tenth would be less than five rows, which could not be divided."""
        numbers = self.codes(targets)
        parts = min(PARTS, max(1, len(numbers) // LEAST_ROWS))
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, parts + 1)[1:-1]))
        out = np.zeros(len(numbers), dtype=np.uint8)
        for start in range(0, len(numbers), PART):
            out[start : start + PART] = np.searchsorted(edges, numbers[start : start + PART], side="right")
        return out
