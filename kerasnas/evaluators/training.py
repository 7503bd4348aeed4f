"""Training one model: what its settings mean, and how its outputs are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras

from .. import backend, problems
from ..errors import EvaluationError
from ..space.graph import Plan, leaves
from ..space.trace import keras_name
from .discriminative import UNDECAYED, discriminative

DEFAULTS: dict[str, Any] = {
    "optimizer": "adamw",
    "learning_rate": 1e-3,
    "schedule": "cosine",
    "batch_size": 32,
    "weight_decay": 1e-4,
    "label_smoothing": 0.0,
    "mix": "none",
    "backbone_rate": 1.0,
}
WARM_UP = 0.05  # share of the steps
FIRST = 0.1  # the first step's rate, as a share of the highest


def settings_of(plan: Plan) -> dict[str, Any]:
    """The training choices of a plan, with defaults for those that its space does not make.

    Raises:
        EvaluationError: If the space makes a choice that training does not know.
    """
    unknown = sorted(set(plan.settings) - set(DEFAULTS))
    if unknown:
        raise EvaluationError(
            f"The training choices {unknown} mean nothing to this evaluator. Known: {sorted(DEFAULTS)}.",
            "settings",
        )
    return {**DEFAULTS, **plan.settings}


def learning_rate(settings: Mapping[str, Any], steps: int) -> Any:
    """A number, or a function of the step.

    Args:
        settings: ``learning_rate`` is the highest; ``schedule`` is ``constant`` or ``cosine`` (linear warm-up over the
            first 5 % of the steps, then down to 0).
        steps: Batches in the whole schedule.

    Raises:
        EvaluationError: If the schedule is unknown.
    """
    highest = float(settings["learning_rate"])
    if settings["schedule"] == "constant":
        return highest
    if settings["schedule"] != "cosine":
        raise EvaluationError(
            f"Unknown schedule {settings['schedule']!r}. Expected 'constant' or 'cosine'.", "settings"
        )
    return Cosine(highest, steps)


class Cosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Up in a line over the first 5 % of the steps, then down by half a cosine; written without branches.

    Keras asks for the rate once for every weight, and each branch of its own ``CosineDecay`` is a graph to trace.

    Args:
        highest: The rate after the warm-up.
        steps: Batches in the whole schedule.
    """

    def __init__(self, highest: float, steps: int) -> None:
        self.highest, self.steps = highest, steps

    def __call__(self, step: Any) -> Any:
        """The rate at a step."""
        ops, warm = keras.ops, _warm_up(self.steps)
        at = ops.cast(step, "float32")
        rising = FIRST + (1.0 - FIRST) * at / warm
        done = ops.clip((at - warm) / max(1, self.steps - warm), 0.0, 1.0)
        return self.highest * ops.minimum(rising, 0.5 * (1.0 + ops.cos(math.pi * done)))

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {"highest": self.highest, "steps": self.steps}


def _warm_up(steps: int) -> int:
    return max(1, round(WARM_UP * steps))


def cosine(step: int, steps: int, highest: float) -> float:
    """What ``learning_rate`` gives at a step, as a plain number."""
    warm = _warm_up(steps)
    if step < warm:
        return highest * (FIRST + (1.0 - FIRST) * step / warm)
    return highest * 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - warm) / max(1, steps - warm))))


def optimizer(settings: Mapping[str, Any], steps: int, shares: Mapping[int, float] | None = None) -> Any:
    """The Keras optimizer of some settings.

    Args:
        settings: See ``DEFAULTS``. Biases and normalisation weights do not decay.
        steps: Batches in the whole schedule.
        shares: Of the learning rate, by the identity of a weight; see ``multipliers``.

    Raises:
        EvaluationError: If optimizer or schedule are unknown.
    """
    rate = learning_rate(settings, steps)
    kind, decay = settings["optimizer"], float(settings["weight_decay"])
    known: dict[str, tuple[Any, dict[str, Any]]] = {
        "adam": (keras.optimizers.Adam, {}),
        "adamw": (keras.optimizers.AdamW, {"weight_decay": decay}),
        "sgd": (
            keras.optimizers.SGD,
            {"momentum": 0.9, "nesterov": True, "weight_decay": decay or None},
        ),
    }
    if kind not in known:
        raise EvaluationError(f"Unknown optimizer {kind!r}. Expected 'adam', 'adamw' or 'sgd'.", "settings")
    cls, options = known[kind]
    made = discriminative(cls)(shares, learning_rate=rate, **options) if shares else cls(rate, **options)
    if kind != "adam":
        made.exclude_from_weight_decay(var_names=UNDECAYED)
    return made


def compile_model(
    model: Any,
    problem: str,
    settings: Mapping[str, Any],
    steps: int,
    shares: Mapping[int, float] | None = None,
) -> str:
    """Compile for a problem; returns the name of the output that is trained."""
    name, loss = output_name(model), problems.get(problem).loss(settings)
    compiled = {name: loss} if isinstance(model.output, dict) else loss
    model.compile(optimizer(settings, steps, shares), compiled, jit_compile=backend.current().jit())
    return name


def multipliers(model: Any, plan: Plan, settings: Mapping[str, Any]) -> dict[int, float]:
    """Shares of the learning rate, by the identity of a weight: ``backbone_rate`` for those of nested, pretrained models.

    Args:
        model: Built from the plan.
        plan: Says which parts were made by ``external``.
        settings: See ``DEFAULTS``.

    Raises:
        EvaluationError: If the share is not above 0.
    """
    share = float(settings["backbone_rate"])
    if not share > 0:
        raise EvaluationError(
            f"Invalid value for the training choice `backbone_rate`. Expected a number above 0. Received: {share}.",
            "settings",
        )
    if share == 1.0:
        return {}
    nested = {keras_name(s.node.layer) for s in leaves(plan.steps) if s.node.kind == "external"}
    return {id(w): share for name in nested for w in model.get_layer(name).trainable_weights}


def output_name(model: Any) -> str:
    """The one output of a model.

    Raises:
        EvaluationError: If it has several.
    """
    if not isinstance(model.output, dict):
        return "output"
    if len(model.output) != 1:
        raise EvaluationError(
            f"A model with one output is expected here. Received outputs {sorted(model.output)}.", "outputs"
        )
    return str(next(iter(model.output)))


def settle_statistics(model: Any, steps_an_epoch: int) -> None:
    """Let batch normalisation follow quickly enough that after one epoch the initialiser's share is 1 %.

    With momentum 0.99 and ten batches an epoch the moving statistics would still be nearly the initialiser's when the model is
    first judged: validation near chance while training is fine.
    """
    slowest = 0.01 ** (1.0 / max(steps_an_epoch, 1))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            layer.momentum = min(layer.momentum, slowest)
