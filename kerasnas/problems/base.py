"""What a kind of problem answers for; everybody asks it instead of asking which kind it is.

Targets are arrays of one row a row of the table, as ``data.target.Target.encode`` gives them. *Raw* outputs are what a network says, of
shape ``(n, outputs)``; *predictions* are what people and metrics are told.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Scaling = tuple[Any, Any]
"""Mean and spread of each number that is predicted; of classes 0 and the temperature that logits are divided by, 1 where none was fitted."""

PART = 2**18  # rows that are counted together

NO_SCALING: Scaling = (0.0, 1.0)


class Problem(ABC):
    """Base of all kinds.

    Attributes:
        name: How it is asked for.
        metric: What judges where nothing else is asked for.
        numeric: Whether numbers are predicted, and not classes.
        outcome: What a prediction consists of: "classes" (one of them), "labels" (any of them), "numbers", "logarithms" of numbers, or "quantiles"
            of one number.
        units: Outputs of the network, where the kind of problem and not the target says how many; else 0.
        ordered: Whether the classes stand in an order that means something.
        smoothed: Whether label smoothing means anything.
    """

    name = ""
    metric = ""
    numeric = False
    outcome = "classes"
    units = 0
    ordered = False
    smoothed = True

    @abstractmethod
    def loss(self, settings: Mapping[str, Any]) -> Any:
        """The Keras loss on encoded targets and raw outputs.

        Args:
            settings: Of the training; ``label_smoothing`` is read.
        """

    @abstractmethod
    def encoded(self, targets: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Targets as the loss wants them."""

    def mixable(self, encoded: np.ndarray, outputs: int) -> np.ndarray:
        """Encoded targets as float32 ``(n, outputs)`` whose weighted means the loss takes, too: one may be half of two rows.

        Args:
            encoded: As ``encoded`` gives them.
            outputs: Numbers that a network says of a row.
        """
        return np.asarray(encoded, "float32").reshape(len(encoded), outputs)

    @abstractmethod
    def read(self, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
        """Predictions from raw outputs ``(n, outputs)``."""

    @abstractmethod
    def average(self, predictions: Sequence[np.ndarray]) -> np.ndarray:
        """What a network says whose raw outputs are the means of several networks'."""

    @abstractmethod
    def team_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """The loss by which networks are chosen that are averaged; less is better."""

    @abstractmethod
    def constant(self, train: np.ndarray, rows: int, outputs: int) -> np.ndarray:
        """Predictions for some rows without looking at them, from the training targets."""

    @abstractmethod
    def decided(self, predictions: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
        """What is said of each row in the end, in the target's own terms."""

    def tempered(self, predictions: np.ndarray, temperature: float) -> np.ndarray:
        """What is said where logits are divided by a temperature; numbers have none and stay."""
        del temperature
        return predictions

    def log_loss(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """What calibration makes small: the mean of minus the logarithm of what was given to the truth; NaN of numbers."""
        del targets, predictions
        return float("nan")

    def scaling(self, train: np.ndarray) -> Scaling:
        """What numbers are scaled by, from the training targets."""
        del train
        return NO_SCALING

    def codes(self, targets: np.ndarray) -> np.ndarray:
        """One number a row, ``(n,)``, for what looks at a single column."""
        return targets

    def strata(self, targets: np.ndarray) -> np.ndarray:
        """A class number for every row, to be kept in equal shares by the splits."""
        return self.codes(targets)

    def counts(self, targets: np.ndarray, outputs: int) -> np.ndarray:
        """How many rows each class has, ``(outputs,)``."""
        return occurrences(targets, outputs)


def occurrences(targets: np.ndarray, outputs: int) -> np.ndarray:
    """How often each class number occurs, ``(outputs,)``; in parts, for counting makes each number larger."""
    parts = range(0, len(targets), PART)
    return sum(
        (np.bincount(targets[i : i + PART], minlength=outputs) for i in parts), np.zeros(outputs, np.int64)
    )


def array_of(values: Sequence[Any]) -> np.ndarray:
    """Values as an array that keeps their types: texts stay ``str``, mixed values and lists stay themselves."""
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and not kinds & {str, list, tuple}:
        return np.array(values)
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out
