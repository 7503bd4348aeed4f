"""How sure a classifier is, made to fit how often it is right: one temperature for all logits.

A temperature changes no order of a row's classes, so no decision of ``predict`` and no accuracy; it changes what ``predict_proba`` says.

Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from .base import Problem

WIDEST = 8.0  # temperatures from 1/8 to 8: what lies beyond is a broken network, which no temperature mends
FEWEST = 30  # rows below which a temperature would be fitted to chance
BINS = 10  # of confidence


@dataclass(frozen=True)
class Calibration:
    """A temperature, and what it changed.

    Attributes:
        temperature: What logits are divided by: above 1 where the network was too sure.
        log_loss: Before and after, on the rows that it was fitted to; the average of the labels where a row may have several.
    """

    temperature: float
    log_loss: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """For the card."""
        return {"temperature": self.temperature, "validation": {"log_loss": list(self.log_loss)}}


def calibrate(problem: Problem, targets: np.ndarray, predictions: np.ndarray) -> Calibration | None:
    """Fit the temperature that makes the log-loss smallest.

    Args:
        problem: What kind of classes.
        targets: Of rows that the network did not learn from, ``(n,)`` or ``(n, labels)``.
        predictions: What it said of them, ``(n, classes)`` probabilities.

    Returns:
        None where numbers are predicted, or the rows are too few or their figures not finite.
    """
    if problem.numeric or len(targets) < FEWEST or not np.isfinite(predictions).all():
        return None

    def loss(log_temperature: float) -> float:
        return problem.log_loss(targets, problem.tempered(predictions, math.exp(log_temperature)))

    bound = math.log(WIDEST)
    found = minimize_scalar(loss, bounds=(-bound, bound), method="bounded", options={"xatol": 1e-3})
    before = loss(0.0)
    if not found.fun < before:
        return Calibration(1.0, (before, before))
    return Calibration(float(math.exp(found.x)), (before, float(found.fun)))


def calibration_error(targets: np.ndarray, predictions: np.ndarray) -> float:
    """How far confidence and accuracy lie apart: the mean of their distances over ten bins of confidence, weighed by rows; 0 is best.

    Args:
        targets: Class numbers ``(n,)``; or ``(n, labels)`` of 0 and 1, each of which is a decision of its own.
        predictions: Probabilities ``(n, classes)``.
    """
    if targets.ndim == 1:
        sure, right = predictions.max(axis=1), predictions.argmax(axis=1) == targets
    else:
        sure = np.maximum(predictions, 1 - predictions).ravel()
        right = ((predictions >= 0.5) == (targets > 0)).ravel()
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    rows = np.bincount(place, minlength=BINS)
    apart = np.bincount(place, sure, BINS) - np.bincount(place, right, BINS)
    return float(np.abs(apart).sum() / max(int(rows.sum()), 1))
