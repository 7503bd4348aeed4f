"""The last word on a finalist: retrained on train+validation, judged once on rows that the search never saw."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..problems.calibration import Calibration, calibration_error
from ..space import Genotype, Space
from .base import Pulse, Report, go_on
from .full_training import train

if TYPE_CHECKING:
    from ..data.task_data import TaskData

SHORTEST = 5  # a finalist is retrained for at least one epoch in so many of the search's schedule


@dataclass(frozen=True)
class Judged:
    """A finalist.

    Attributes:
        model: Trained on train+validation rows.
        holdout: The objective on the held-out rows; NaN where the task has none.
        metrics: Every metric of the problem on the held-out rows.
        epochs: Epochs trained.
        calibration: What the temperature changes, for the card; None where there is none.
        stopped: Whether the training was ended from outside: then nothing was judged.
    """

    model: Any
    holdout: float
    metrics: dict[str, float]
    epochs: int
    calibration: dict[str, Any] | None = None
    stopped: bool = False


def judge(
    space: Space,
    genotype: Genotype,
    data: TaskData,
    *,
    seed: int,
    epochs: int,
    max_epochs: int,
    report: Report = go_on,
    pulse: Pulse = go_on,
    checkpoint: Path | None = None,
    calibration: Calibration | None = None,
) -> Judged:
    """Retrain from scratch, or from where an interrupted retraining came to, and judge once.

    The learning rate comes all the way down over as many epochs as were best in the search, where it was still high at that
    point: on tables this does better than stopping there again, and better than the search's whole schedule. Preprocessing stays
    as fitted on the training rows, so that the model's inputs keep their meaning.

    Args:
        space: Where the genotype comes from.
        genotype: The finalist.
        data: The task's rows.
        seed: Of the training.
        epochs: How many epochs were best in the search.
        max_epochs: The length of the search's schedule; at least a fifth of it is trained, whatever was best.
        report: See ``Evaluator``.
        pulse: See ``Evaluator``.
        checkpoint: See ``Evaluator``.
        calibration: The temperature, fitted to what the search's network of this genotype said of the validation rows: the one
            trained here learned from them.

    Raises:
        EvaluationError: As ``train``.
    """
    length = min(max_epochs, max(epochs, 1, max_epochs // SHORTEST))
    model, outcome = train(
        space,
        genotype,
        data,
        seed=seed,
        max_epochs=length,
        patience=length,
        part="train+validation",
        judge=None,
        report=report,
        pulse=pulse,
        checkpoint=checkpoint,
    )
    if outcome.stopped:
        return Judged(model, float("nan"), {}, outcome.epochs, stopped=True)
    holdout, metrics, told = held_out(model, data, list(space.plan(genotype).inputs), calibration)
    return Judged(model, holdout, metrics, outcome.epochs, told)


def held_out(
    model: Any, data: TaskData, views: list[str], calibration: Calibration | None = None
) -> tuple[float, dict[str, float], dict[str, Any] | None]:
    """Judge a model on the rows that no search saw.

    Args:
        model: Gives logits ``(n, classes)``, or standardised numbers ``(n, 1)``.
        data: The task's rows.
        views: The model's inputs.
        calibration: The temperature that its logits are divided by; none if not given.

    Returns:
        The objective, and every metric of the problem; NaN and none where the task has no such rows. What the temperature changes, for
        the card; None without one.
    """
    from ..errors import DataError
    from ..objectives import metrics_for, score
    from .predicting import Predict

    told = None if calibration is None else calibration.to_json()
    if not data.rows("holdout"):
        return float("nan"), {}, told
    said = Predict(model, data.problem, data.target_scaling)(data.inputs(views, "holdout"))
    targets = data.targets("holdout")
    if calibration is not None and told is not None:
        raw, said = said, data.kind.tempered(said, calibration.temperature)
        told["held_out"] = {
            name: [float(figure(targets, raw)), float(figure(targets, said))]
            for name, figure in (
                ("log_loss", data.kind.log_loss),
                ("calibration_error", calibration_error),
            )
        }
    metrics = {data.metric: data.score(targets, said)}
    for metric in metrics_for(data.problem):
        with contextlib.suppress(DataError):  # some figures need rows of several classes
            metrics.setdefault(metric, score(metric, targets, said))
    return metrics[data.metric], metrics, told
