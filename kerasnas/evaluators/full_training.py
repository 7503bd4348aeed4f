"""Full training with early stopping on the task's own metric."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EvaluationError, KerasnasError
from ..space import Genotype, Space
from .base import Evaluator, Outcome, Pulse, Report, go_on, register

if TYPE_CHECKING:
    from ..data.task_data import TaskData
    from ..space.graph import Plan


log = logging.getLogger("kerasnas.evaluators")


EPOCHS, MOST_EPOCHS = 30, 300
SEEN = 40_000  # rows that a training looks at, each as often as it takes, before it may be called long enough
PATIENCE = 0.2  # share of the epochs without a better value after which training ends
LEAST_PATIENCE = 6  # epochs of that at least


def epochs_for(rows: int) -> int:
    """Epochs of a training: ``EPOCHS``, more for fewer than 1,334 rows, at most ``MOST_EPOCHS``.

    An epoch of 130 rows is two to four steps of the optimizer: thirty of them leave a network where it began.
    """
    return min(MOST_EPOCHS, max(EPOCHS, -(-SEEN // max(rows, 1))))


def patience_for(epochs: int) -> int:
    """Epochs without a better value after which a training of so many ends."""
    return max(LEAST_PATIENCE, round(epochs * PATIENCE))


@register
class FullTraining(Evaluator):
    """Train each candidate from scratch; its value is the best epoch's on the validation rows.

    Args:
        max_epochs: Most epochs, where the strategy asks for no number of its own; the learning-rate schedule spans them. If not given,
            ``EPOCHS``, or as many as few rows need: see ``epochs_for``.
        patience: Epochs without a better value after which training ends; a fifth of the epochs, at least 6, if not given.

    Raises:
        EvaluationError: If a number is below 1.
    """

    name = "full"

    def __init__(self, max_epochs: int | None = None, patience: int | None = None) -> None:
        super().__init__()
        if any(number is not None and number < 1 for number in (max_epochs, patience)):
            raise EvaluationError(
                f"max_epochs and patience are at least 1. Received: {max_epochs} and {patience}.", "options"
            )
        self.max_epochs, self.patience = max_epochs, patience
        self.longest = max_epochs or EPOCHS
        self._rows: dict[tuple[str, str], Any] = {}

    def options(self) -> dict[str, Any]:
        """Its arguments."""
        return {"max_epochs": self.max_epochs, "patience": self.patience}

    def prepare(self, space: Space, data: TaskData, *, seed: int) -> None:
        """Take space and data, and have the same seed give the same figures from here on."""
        from .. import backend

        super().prepare(space, data, seed=seed)
        self._rows.clear()
        self.longest = epochs_for(data.rows("train")) if self.max_epochs is None else self.max_epochs
        backend.current().reproducible()

    def evaluate(
        self, genotype: Genotype, *, seed: int, report: Report = go_on, pulse: Pulse = go_on
    ) -> Outcome:
        """Train from scratch; see the class and ``Evaluator``."""
        from .. import backend

        space, data = self.ready()
        epochs = self.asked_epochs or self.longest
        try:
            return train(
                space,
                genotype,
                data,
                seed=seed,
                max_epochs=epochs,
                patience=self.patience or patience_for(epochs),
                report=report,
                pulse=pulse,
                rows=self._rows,
                checkpoint=self.checkpoint,
            )[1]
        finally:
            backend.current().release()


def train(
    space: Space,
    genotype: Genotype,
    data: TaskData,
    *,
    seed: int,
    max_epochs: int,
    patience: int,
    part: str = "train",
    judge: str | None = "validation",
    report: Report = go_on,
    pulse: Pulse = go_on,
    rows: dict[tuple[str, str], Any] | None = None,
    checkpoint: Path | None = None,
) -> tuple[Any, Outcome]:
    """Train one genotype from scratch; where memory runs out, once more with batches of half the size.

    Args:
        space: Where it comes from.
        genotype: What to train.
        data: The task's rows.
        seed: Of weights, order and dropout.
        max_epochs: The schedule's length.
        patience: Epochs without a better value after which it ends.
        part: Rows to train on.
        judge: Rows to judge each epoch on; None judges none and keeps the last weights.
        report: See ``Evaluator``.
        pulse: See ``Evaluator``.
        rows: Where to keep rows between calls; nothing is kept if not given.
        checkpoint: See ``Evaluator``.

    Returns:
        The model with the best epoch's weights, and the outcome (its value is NaN where nothing was judged). Its cost has
        ``batch_size`` and ``out_of_memory_at``, the size before, where memory ran out.

    Raises:
        EvaluationError: If the loss is not finite (``nan``), memory ran out twice (``out_of_memory``) or the model has no trainable output.
    """
    from .. import backend
    from .training import settings_of

    plan = space.plan(genotype)
    asked = settings_of(plan)
    size = min(int(asked["batch_size"]), data.rows(part))

    def attempt(batch_size: int) -> tuple[Any, Outcome]:
        return _train(
            space, genotype, plan, data, {**asked, "batch_size": batch_size}, seed=seed, max_epochs=max_epochs, patience=patience, part=part,
            judge=judge, report=report, pulse=pulse, rows=rows, checkpoint=checkpoint,
        )  # fmt: skip

    try:
        return attempt(size)
    except EvaluationError as error:
        if error.kind != "out_of_memory" or size < 2:
            raise
    backend.current().release()  # out of the handler, whose error holds on to the model
    half = size // 2
    log.warning("memory ran out while training with batches of %d rows: once more with %d", size, half)
    try:
        model, outcome = attempt(half)
    except EvaluationError as error:
        if error.kind != "out_of_memory":
            raise
        raise EvaluationError(
            f"Memory ran out while training with batches of {size} rows, and again with {half}: a smaller model or smaller batches "
            "are needed.",
            "out_of_memory",
        ) from error
    return model, replace(outcome, cost={**outcome.cost, "batch_size": half, "out_of_memory_at": size})


def _train(
    space: Space, genotype: Genotype, plan: Plan, data: TaskData, settings: Mapping[str, Any], *, seed: int, max_epochs: int, patience: int, part: str,
    judge: str | None, report: Report, pulse: Pulse, rows: dict[tuple[str, str], Any] | None, checkpoint: Path | None,
) -> tuple[Any, Outcome]:  # fmt: skip
    """One attempt of ``train``."""
    import keras

    from .. import backend
    from .batches import feed, steps_of
    from .checkpoint import Checkpoint
    from .mixing import mixing
    from .predicting import Predict
    from .training import compile_model, multipliers, settle_statistics
    from .watch import Watch

    began = time.perf_counter()
    keras.utils.set_random_seed(seed)
    scaling = data.target_scaling
    inputs = _inputs(data, list(plan.inputs), part, rows)
    targets, weights = data.kind.encoded(data.targets(part), scaling), data.weights(part)
    batch_size = int(settings["batch_size"])
    key = f"{genotype.key}/{seed}/{batch_size}/{max_epochs}/{part}"
    try:
        model = space.build(genotype)
        steps = steps_of(len(targets), batch_size)
        settle_statistics(model, steps)
        compile_model(model, data.problem, settings, steps * max_epochs, multipliers(model, plan, settings))
        mixed = mixing(settings, inputs)
        if mixed is not None:
            targets = data.kind.mixable(targets, data.outputs)
        backend.current().trainer(model)
        watch = Watch(
            predict=Predict(model, data.problem, scaling),
            rows=None
            if judge is None
            else (_inputs(data, list(plan.inputs), judge, rows), data.targets(judge)),
            metric=data.metric,
            score=data.score,
            direction=data.direction,
            patience=patience,
            report=report,
            pulse=pulse,
            began=began,
            checkpoint=None if checkpoint is None else Checkpoint(checkpoint, key),
        )
        first = watch.resume(model)
        if not watch.ended:
            fed = feed(inputs, targets, weights, batch_size, seed, first, mixed)
            model.fit(**fed, initial_epoch=first, epochs=max_epochs, callbacks=[watch], verbose=0)
    except KerasnasError:
        raise
    except Exception as error:
        raise explained(error) from error
    watch.restore(model)
    point = dict(watch.curve.points[watch.curve.best]) if watch.curve.points else {}
    outcome = Outcome(
        value=point.pop("objective", float("nan")),
        metrics=point,
        cost={
            "parameters": plan.parameters,
            "flops": plan.flops,
            "activations": plan.activations,
            "seconds": time.perf_counter() - watch.began,
            "peak_memory_mib": peak_memory(),
        },
        epochs=watch.epochs,
        best_epoch=watch.curve.best + 1,
        curve=tuple(watch.curve.points),
        stopped=watch.ended,
        predictions=watch.said,
    )
    return model, outcome


def _inputs(
    data: TaskData, names: list[str], part: str, kept: dict[tuple[str, str], Any] | None
) -> dict[str, Any]:
    from .batches import dense_where_small

    store = {} if kept is None else kept
    missing = [n for n in names if (n, part) not in store]
    for name, rows in dense_where_small(data.inputs(missing, part) if missing else {}).items():
        store[name, part] = rows
    return {n: store[n, part] for n in names}


def peak_memory() -> float:
    """Peak resident memory of this process, in MiB."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def explained(error: Exception) -> EvaluationError:
    """Keras' and the backend's errors, by cause."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, MemoryError) or name == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in text:
        return EvaluationError(
            "Memory ran out while training: a smaller batch or model is needed.", "out_of_memory"
        )
    first = next((line for line in text.splitlines() if line.strip()), name)
    return EvaluationError(f"{name}: {first}")
