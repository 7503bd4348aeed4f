"""Any number of labels a row: tags, topics, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import expit, logit

from .base import PART, Problem, Scaling, array_of
from .classification import LEAST, SHARPNESS, TINY

SURE = 0.5  # a label is said of a row from this probability on


class Multilabel(Problem):
    """Targets are ``(n, labels)`` of 0 and 1; raw outputs are logits, predictions a probability for each label on its own."""

    name = "multilabel"
    metric = "micro_f1"
    outcome = "labels"

    def loss(self, settings: Mapping[str, Any]) -> Any:
        """Cross-entropy of each label, averaged."""
        import keras

        return keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=float(settings["label_smoothing"])
        )

    def encoded(self, targets: np.ndarray, scaling: Scaling) -> np.ndarray:
        """As numbers."""
        del scaling
        return np.asarray(targets, "float32")

    def read(self, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Each logit on its own, over the temperature."""
        return np.asarray(expit(raw / scaling[1]))

    def average(self, predictions: Sequence[np.ndarray]) -> np.ndarray:
        """The probability of the mean logit."""
        return np.asarray(expit(np.mean([_logits(p) for p in predictions], axis=0)))

    def team_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """Cross-entropy of the labels at the best of nine temperatures."""
        signed = _logits(predictions) * np.where(targets > 0, 1.0, -1.0)
        return float(min(np.mean(np.logaddexp(0.0, -s * signed)) for s in SHARPNESS))

    def tempered(self, predictions: np.ndarray, temperature: float) -> np.ndarray:
        """As if the logits had been divided by it."""
        inner = np.clip(predictions, TINY, 1 - np.finfo(np.float64).epsneg)
        return np.asarray(expit(logit(inner) / temperature))

    def log_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """Cross-entropy of the labels, averaged."""
        signed = _logits(predictions) * np.where(targets > 0, 1.0, -1.0)
        return float(np.mean(np.logaddexp(0.0, -signed)))

    def constant(self, train: np.ndarray, rows: int, outputs: int) -> np.ndarray:
        """The labels' shares."""
        del outputs
        return np.tile(train.mean(axis=0), (rows, 1))

    def decided(self, predictions: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
        """The list of labels that are at least as likely as not, for each row."""
        return array_of([[classes[i] for i in np.flatnonzero(row >= SURE).tolist()] for row in predictions])

    def codes(self, targets: np.ndarray) -> np.ndarray:
        """The number of the rarest label of a row, from 1; 0 where it has none."""
        rarity = 1.0 / np.maximum(targets.sum(axis=0), 1)
        out = np.zeros(len(targets), dtype=np.int32)
        for start in range(0, len(targets), PART):
            part = targets[start : start + PART]
            rarest = np.where(part > 0, rarity, 0.0).argmax(axis=1)
            out[start : start + PART] = np.where(part.any(axis=1), 1 + rarest, 0)
        return out

    def counts(self, targets: np.ndarray, outputs: int) -> np.ndarray:
        """Rows that have each label."""
        del outputs
        return np.asarray(targets.sum(axis=0), dtype=np.int64)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(logit(np.clip(probabilities, LEAST, 1 - LEAST)))
