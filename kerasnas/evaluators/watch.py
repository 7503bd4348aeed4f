"""The callback of full training: judges each epoch, keeps the best weights, ends in time."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from ..errors import EvaluationError
from .base import Curve, Pulse, Report
from .checkpoint import Checkpoint, State, assign, frozen_weights, values, variables_of
from .predicting import Predict

log = logging.getLogger("kerasnas.evaluators")


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
        began: When the training began, on ``time.perf_counter``: before its model was built.
        checkpoint: Where the training's state is kept; None keeps none.

    Attributes:
        points: Every epoch's figures.
        curve: The same of epochs that were judged, and which was best.
        epochs: Epochs that were trained.
        ended: Whether training was ended from outside.
        said: The best epoch's predictions of the rows; None before there is one.
        began: The same; earlier by what the training had taken before its process died.
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
        began: float,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        super().__init__()
        self.predict, self.rows, self.metric, self.patience = predict, rows, metric, patience
        self.score = score
        self.report, self.pulse, self.checkpoint = report, pulse, checkpoint
        self.began = began
        self.curve = Curve(direction)
        self.points: list[dict[str, float]] = []
        self.epochs = 0
        self.ended = False
        self.said: np.ndarray | None = None
        self._best: list[np.ndarray] | None = None

    def resume(self, model: Any) -> int:
        """Go on where an earlier process came to, and report its epochs again; returns how many there are."""
        state = None if self.checkpoint is None else self.checkpoint.read()
        if state is None:
            return 0
        assign(variables_of(model), state.variables)
        self._best, self.said = list(state.best) or None, state.said
        self.began -= state.seconds
        log.warning("the training was interrupted and goes on after epoch %d", len(state.points))
        for epoch, point in enumerate(state.points, start=1):
            if self.rows is not None:
                self.curve.add(point["objective"], {k: v for k, v in point.items() if k != "objective"})
            self.points.append(dict(point))
            self.epochs = epoch
            if not self.report(epoch, dict(point)):
                self.ended = True
                break
        return self.epochs

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
                self._best = values(changing(self.model))
            elif len(self.curve.points) - 1 - self.curve.best >= self.patience:
                self.model.stop_training = True
            point = self.curve.points[-1]
        self.points.append(point)
        if not self.report(epoch + 1, dict(point)):
            self._end()
        self._keep()

    def restore(self, model: Any) -> None:
        """Give the model the weights of its best epoch; the last ones where none was judged."""
        if self._best is not None:
            assign(changing(model), self._best)

    def _keep(self) -> None:
        """Keep the training's state, if there will be another epoch and it is time to."""
        if self.checkpoint is None or self.model.stop_training:
            return
        if self.epochs < self.params["epochs"] and self.checkpoint.due():
            seconds = time.perf_counter() - self.began
            state = State(values(variables_of(self.model)), self._best or (), self.said, self.points, seconds)
            self.checkpoint.write(state)

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
    frozen = frozen_weights(model)
    return [weight for weight in model.weights if id(weight) not in frozen]
