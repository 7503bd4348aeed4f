"""The callback of full training: judges each epoch, keeps the best weights, ends in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from ..errors import EvaluationError
from .base import Curve, Pulse, Report
from .predicting import Predict


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Judges each epoch on the task's own metric.

    Args:
        predict: Of the model that is trained.
        rows: Inputs and targets to judge on; None judges none.
        metric: The name of the task's.
        score: What it gives for targets and predictions.
        direction: "max" or "min".
        patience: Epochs without a better value after which training ends.
        report: See ``Evaluator``.
        pulse: See ``Evaluator``.

    Attributes:
        curve: Every epoch's figures.
        epochs: Epochs that were trained.
        ended: Whether training was ended from outside.
        said: The best epoch's predictions of the rows; None before there is one.
    """

    def __init__(
        self,
        *,
        predict: Predict,
        rows: tuple[Mapping[str, Any], np.ndarray] | None,
        metric: str,
        score: Callable[[np.ndarray, np.ndarray], float],
        direction: str,
        patience: int,
        report: Report,
        pulse: Pulse,
    ) -> None:
        super().__init__()
        self.predict, self.rows, self.metric, self.patience = predict, rows, metric, patience
        self.score = score
        self.report, self.pulse = report, pulse
        self.curve = Curve(direction)
        self.epochs = 0
        self.ended = False
        self.said: np.ndarray | None = None
        self._best: list[np.ndarray] | None = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Stand still, or end, where that is wished."""
        if not self.pulse():
            self._end()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge an epoch."""
        loss = float((logs or {}).get("loss", math.nan))
        if not math.isfinite(loss):
            raise EvaluationError(
                f"The loss became {loss} in epoch {epoch + 1}: lower the learning rate, or look for inputs that are not finite.",
                "nan",
            )
        self.epochs = epoch + 1
        point = {"loss": loss}
        if self.rows is not None:
            objective, said = self._judged(epoch + 1)
            if self.curve.add(objective, {**point, self.metric: objective}):
                self.said = said
                self._best = [keras.ops.convert_to_numpy(v) for v in changing(self.model)]
            elif len(self.curve.points) - 1 - self.curve.best >= self.patience:
                self.model.stop_training = True
            point = self.curve.points[-1]
        if not self.report(epoch + 1, dict(point)):
            self._end()

    def restore(self) -> None:
        """Give the model the weights of its best epoch; the last ones where none was judged."""
        if self._best is not None:
            for variable, value in zip(changing(self.model), self._best, strict=True):
                variable.assign(value)

    def _judged(self, epoch: int) -> tuple[float, np.ndarray]:
        inputs, targets = self.rows or ({}, np.empty(0))
        said = self.predict(inputs)
        if not np.isfinite(said).all():
            raise EvaluationError(
                f"The predictions after epoch {epoch} are not finite: lower the learning rate, or look for inputs that are not finite.",
                "nan",
            )
        return self.score(targets, said), said

    def _end(self) -> None:
        self.ended = True
        self.model.stop_training = True


def changing(model: Any) -> list[Any]:
    """The weights that training changes: a frozen backbone's are not among them."""
    frozen = {
        id(weight)
        for layer in model._flatten_layers(include_self=False)
        if not layer.trainable
        for weight in layer.weights
    }
    return [weight for weight in model.weights if id(weight) not in frozen]
