"""One of several classes a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

from .base import Problem, Scaling, array_of, occurrences

LEAST = 1e-7  # probabilities below are taken for this: one network alone cannot rule a class out
TINY = 1e-30  # what logarithms are taken of, where a temperature may raise it again
SHARPNESS = tuple(2.0 ** (step / 2) for step in range(-4, 5))  # inverse temperatures, 1/4 to 4


class Multiclass(Problem):
    """Targets are class numbers ``(n,)``; raw outputs are logits, predictions probabilities ``(n, classes)``."""

    name = "multiclass"
    metric = "accuracy"

    def loss(self, settings: Mapping[str, Any]) -> Any:
        """Cross-entropy."""
        from ..evaluators.losses import SmoothedCrossentropy

        return SmoothedCrossentropy(float(settings["label_smoothing"]))

    def encoded(self, targets: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Class numbers."""
        del scaling
        return np.asarray(targets, "int32")

    def mixable(self, encoded: np.ndarray, outputs: int) -> np.ndarray:
        """One for its class, zeros else."""
        shares = np.zeros((len(encoded), outputs), "float32")
        shares[np.arange(len(encoded)), encoded.reshape(-1)] = 1.0
        return shares

    def read(self, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Softmax of logits over the temperature."""
        return np.asarray(softmax(raw / scaling[1], axis=1))

    def average(self, predictions: Sequence[np.ndarray]) -> np.ndarray:
        """The softmax of mean logits: the geometric mean of probabilities, scaled to sum to one."""
        logs = np.mean([np.log(np.maximum(p, LEAST)) for p in predictions], axis=0)
        return np.asarray(softmax(logs, axis=1))

    def team_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """Log-loss at the best of nine temperatures: being less sure alone earns nothing.

        Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017.
        """
        logs = np.log(np.maximum(predictions, LEAST))
        true = logs[np.arange(len(targets)), targets]
        return float(min(np.mean(logsumexp(logs * s, axis=1) - s * true) for s in SHARPNESS))

    def tempered(self, predictions: np.ndarray, temperature: float) -> np.ndarray:
        """As if the logits had been divided by it."""
        return np.asarray(softmax(np.log(np.maximum(predictions, TINY)) / temperature, axis=1))

    def log_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """Cross-entropy."""
        return float(-np.mean(np.log(np.maximum(predictions[np.arange(len(targets)), targets], LEAST))))

    def constant(self, train: np.ndarray, rows: int, outputs: int) -> np.ndarray:
        """The classes' shares."""
        share = occurrences(train, outputs) / max(len(train), 1)
        return np.tile(share, (rows, 1))

    def decided(self, predictions: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
        """The most probable class."""
        return np.asarray(array_of(classes)[predictions.argmax(axis=1)])


class Binary(Multiclass):
    """Two classes; the second is the one that is looked for."""

    name = "binary"
