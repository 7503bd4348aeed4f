"""Full training with early stopping on the task's own metric."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..errors import EvaluationError
from ..space import Genotype, Space
from .base import Curve, Evaluator, Outcome, Pulse, Report, go_on, register

if TYPE_CHECKING:
    from ..data.task_data import TaskData


@register
class FullTraining(Evaluator):
    """Train each candidate from scratch; its value is the best epoch's on the validation rows.

    Args:
        max_epochs: Most epochs; the learning-rate schedule spans them.
        patience: Epochs without a better value after which training ends; at least 1.

    Raises:
        EvaluationError: If a number is below 1.
    """

    name = "full"

    def __init__(self, max_epochs: int = 30, patience: int = 6) -> None:
        super().__init__()
        if max_epochs < 1 or patience < 1:
            raise EvaluationError(
                f"max_epochs and patience are at least 1. Received: {max_epochs} and {patience}.", "options"
            )
        self.max_epochs, self.patience = max_epochs, patience
        self._rows: dict[tuple[str, str], Any] = {}

    def options(self) -> dict[str, Any]:
        return {"max_epochs": self.max_epochs, "patience": self.patience}

    def prepare(self, space: Space, data: TaskData, *, seed: int) -> None:
        super().prepare(space, data, seed=seed)
        self._rows.clear()

    def evaluate(
        self, genotype: Genotype, *, seed: int, report: Report = go_on, pulse: Pulse = go_on
    ) -> Outcome:
        space, data = self.ready()
        trained = train(
            space,
            genotype,
            data,
            seed=seed,
            max_epochs=self.max_epochs,
            patience=self.patience,
            report=report,
            pulse=pulse,
            rows=self._rows,
        )
        from .. import backend

        backend.current().release()
        return trained[1]


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
    stop_after: int | None = None,
    report: Report = go_on,
    pulse: Pulse = go_on,
    rows: dict[tuple[str, str], Any] | None = None,
) -> tuple[Any, Outcome]:
    """Train one genotype from scratch.

    Args:
        space: Where it comes from.
        genotype: What to train.
        data: The task's rows.
        seed: Of weights, order and dropout.
        max_epochs: The schedule's length.
        patience: Epochs without a better value after which it ends.
        part: Rows to train on.
        judge: Rows to judge each epoch on; None judges none and keeps the last weights.
        stop_after: End after this epoch, within a schedule of ``max_epochs``.
        report: See ``Evaluator``.
        pulse: See ``Evaluator``.
        rows: Where to keep rows between calls; nothing is kept if not given.

    Returns:
        The model with the best epoch's weights, and the outcome (its value is NaN where nothing was judged).

    Raises:
        EvaluationError: If the loss is not finite (``nan``), memory ran out (``out_of_memory``) or the model has no trainable output.
    """
    import keras

    from .batches import Batches, is_sparse
    from .training import compile_model, encode_targets, settings_of, settle_statistics

    began = time.perf_counter()
    keras.utils.set_random_seed(seed)
    plan = space.plan(genotype)
    settings = settings_of(plan)
    inputs = _inputs(data, list(plan.inputs), part, rows)
    scaling = data.target_scaling if data.problem == "regression" else (0.0, 1.0)
    targets = encode_targets(data.targets(part), data.problem, scaling)
    count, batch = len(targets), int(settings["batch_size"])
    steps = -(-count // batch)
    model = space.build(genotype)
    settle_statistics(model, steps)
    name = compile_model(model, data.problem, settings, steps * max_epochs)
    watched = None if judge is None else (_inputs(data, list(plan.inputs), judge, rows), data.targets(judge))
    watch = _watch_class()(data, watched, scaling, patience, report, pulse)
    fed = {name: targets} if isinstance(model.output, dict) else targets
    epochs = min(max_epochs, stop_after or max_epochs)
    try:
        if is_sparse(inputs):
            batches = Batches(inputs, fed if isinstance(fed, dict) else {name: fed}, batch, seed)
            model.fit(batches, epochs=epochs, callbacks=[watch], verbose=0)
        else:
            model.fit(inputs, fed, batch_size=batch, epochs=epochs, callbacks=[watch], verbose=0)
    except EvaluationError:
        raise
    except Exception as error:
        raise _explained(error) from error
    if watch.weights is not None:
        model.set_weights(watch.weights)
    curve = watch.curve
    point = dict(curve.points[curve.best]) if curve.points else {}
    cost = {
        "parameters": plan.parameters,
        "flops": plan.flops,
        "activations": plan.activations,
        "seconds": time.perf_counter() - began,
        "peak_memory_mib": _memory(),
    }
    outcome = Outcome(
        point.pop("objective", float("nan")), point, cost, watch.epochs, curve.best + 1, tuple(curve.points), watch.ended
    )  # fmt: skip
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


def _watch_class() -> type:
    """The callback's class, made late so that importing this module loads no Keras."""
    import keras

    from ..objectives import score
    from .training import check_finite, predictions

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        """Judges each epoch, keeps the best weights, and ends training."""

        def __init__(
            self, data: Any, watched: Any, scaling: Any, patience: int, report: Report, pulse: Pulse
        ) -> None:
            super().__init__()
            self.data, self.watched, self.scaling, self.patience = data, watched, scaling, patience
            self.tell, self.pulse = report, pulse
            self.curve = Curve(data.direction)
            self.weights: Any = None
            self.epochs = 0
            self.ended = False

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if not self.pulse():
                self.ended = True
                self.model.stop_training = True

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            loss = float((logs or {}).get("loss", float("nan")))
            check_finite(loss, epoch + 1)
            self.epochs = epoch + 1
            point = {"loss": loss}
            if self.watched is not None:
                inputs, targets = self.watched
                said = predictions(self.model, inputs, self.data.problem, self.scaling)
                objective = score(self.data.metric, targets, said)
                if self.curve.add(objective, point):
                    self.weights = self.model.get_weights()
                elif len(self.curve.points) - 1 - self.curve.best >= self.patience:
                    self.model.stop_training = True
                point = {**point, self.data.metric: objective, "objective": objective}
            if not self.tell(epoch + 1, point):
                self.ended = True
                self.model.stop_training = True

    return Watch


def _memory() -> float:
    """Peak resident memory of this process, in MiB."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _explained(error: Exception) -> EvaluationError:
    """Keras' and the backend's errors, by cause."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, MemoryError) or name == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in text:
        return EvaluationError(
            "Memory ran out while training: a smaller batch or model is needed.", "out_of_memory"
        )
    first = next((line for line in text.splitlines() if line.strip()), name)
    return EvaluationError(f"{name}: {first}")
