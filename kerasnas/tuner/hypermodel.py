"""A search space as a ``keras_tuner.HyperModel``, for KerasTuner's own tuners as they are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import keras
import keras_tuner

from .. import problems
from ..errors import SpaceError
from ..evaluators.losses import Pinball
from ..evaluators.training import cosine, multipliers, optimizer, settings_of
from ..problems.quantile import LEVELS
from ..space import Decision, Genotype, Space
from .conditions import Condition, conditions

Compile = Callable[[Any, Mapping[str, Any]], None]
PROBLEMS = tuple(problems.PROBLEMS)


class SpaceHyperModel(keras_tuner.HyperModel):  # type: ignore[misc]
    """Lets KerasTuner choose among the models of a space.

    Args:
        space: Where to search. Each decision becomes a hyperparameter of the same name: numbers stay numbers, branches become
            conditional scopes, options of other kinds become labels.
        problem: A name in ``kerasnas.problems``: class numbers as targets and logits as output, 0 and 1 for each label and logits, or
            numbers.
        compile: Compiles a model, given it and the training choices of its genotype; ours, if not given: the optimizer,
            learning rate, weight decay and label smoothing that the genotype says, with the metric "accuracy" or "mae".

    The batch size and the learning-rate schedule of a genotype are applied in ``fit``, unless ``search`` is given a batch size or a
    data set that is batched already.

        tuner = keras_tuner.RandomSearch(SpaceHyperModel(space), objective="val_accuracy", max_trials=20)
        tuner.search(x, y, validation_data=(vx, vy), epochs=5, verbose=0)
        genotype = tuner.hypermodel.genotype(tuner.get_best_hyperparameters()[0])

    Raises:
        SpaceError: If the problem is none of those.
    """

    def __init__(self, space: Space, problem: str = "multiclass", *, compile: Compile | None = None) -> None:
        if problem not in PROBLEMS:
            raise SpaceError(f"problem is one of {PROBLEMS}. Received: {problem!r}.")
        super().__init__(name=space.name)
        self.space, self.problem = space, problem
        self._compile = compile
        self._conditions = conditions(space)

    def genotype(self, hp: Any) -> Genotype:
        """The genotype that some hyperparameters stand for; declares those that are not known yet.

        Where a requirement of the space is not met, the nearest value that meets it is taken.
        """
        return Genotype(self.space.walk({}, lambda decision: self._ask(hp, decision), None).genotype)

    def values(self, genotype: Mapping[str, Any]) -> dict[str, Any]:
        """The hyperparameters' values that stand for a genotype: the inverse of ``genotype``."""
        said: dict[str, Any] = {}
        for path, value in genotype.items():
            decision = self.space.decisions[path]
            labels = _labels(decision)
            if labels is not None:
                said[path] = labels[_key(value)]
                continue
            if decision.kind != "choice" and decision.optional:
                said[f"{path}?"] = value is not None
            if value is not None:
                said[path] = value
        return said

    def declared(self) -> Any:
        """All hyperparameters of the space, those of branches that are not taken included."""
        hp = keras_tuner.HyperParameters()
        for decision in self.space.decisions.values():
            self._ask(hp, decision)
        return hp

    def build(self, hp: Any) -> Any:
        """A compiled model."""
        plan = self.space.plan(self.genotype(hp))
        model = self.space.build(plan.genotype)
        settings = settings_of(plan)
        if self._compile is not None:
            self._compile(model, settings)
            return model
        metric = _metric(self.problem)
        constant = {
            **settings,
            "schedule": "constant",
        }  # the schedule needs the number of steps, which fit knows
        made = optimizer(constant, 1, multipliers(model, plan, settings))
        model.compile(made, problems.get(self.problem).loss(settings), metrics=[metric])
        return model

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train a model with the genotype's batch size and schedule."""
        settings = settings_of(self.space.plan(self.genotype(hp)))
        rows = args[0] if args else kwargs.get("x")
        if _is_arrays(rows):
            kwargs.setdefault("batch_size", int(settings["batch_size"]))
            if args:
                args = (_named(model, rows), *args[1:])
            else:
                kwargs["x"] = _named(model, rows)
            if isinstance(kwargs.get("validation_data"), tuple):
                first, *rest = kwargs["validation_data"]
                kwargs["validation_data"] = (_named(model, first), *rest)
        if self._compile is None and settings["schedule"] == "cosine":
            kwargs["callbacks"] = [*(kwargs.get("callbacks") or ()), Cosine(float(settings["learning_rate"]))]
        return model.fit(*args, **kwargs)

    def _ask(self, hp: Any, decision: Decision) -> Any:
        """A decision's value from the hyperparameters, declared under its conditions."""
        with contextlib.ExitStack() as scopes:
            for condition in self._conditions.get(decision.path, ()):
                scopes.enter_context(hp.conditional_scope(condition.parent, self._said(condition)))
            found = _declare(hp, decision)
        return decision.default if found is _INACTIVE else found

    def _said(self, condition: Condition) -> list[Any]:
        labels = _labels(self.space.decisions[condition.parent])
        return [labels[_key(v)] for v in condition.values] if labels else list(condition.values)


def _metric(problem: str) -> Any:
    """What KerasTuner's users expect to see of a problem."""
    outcome = problems.get(problem).outcome
    if outcome == "labels":
        return keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)
    if outcome == "quantiles":
        return Pinball(LEVELS)
    return "mae" if outcome in ("numbers", "logarithms") else "accuracy"


class Cosine(keras.callbacks.Callback):  # type: ignore[misc]
    """The cosine schedule of full training, by epochs and steps as ``fit`` turns out to have them.

    Args:
        peak: The highest learning rate.
    """

    def __init__(self, peak: float) -> None:
        super().__init__()
        self.peak = peak
        self._step = self._steps = 0

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
        """Lay out the schedule."""
        self._steps = int(self.params.get("steps") or 1) * int(self.params.get("epochs") or 1)
        self._step = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Stand where this epoch is in the schedule: a tuner such as Hyperband goes on at a later one."""
        self._step = epoch * int(self.params.get("steps") or 1)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Set the rate of the next step."""
        self.model.optimizer.learning_rate = cosine(self._step, self._steps, self.peak)
        self._step += 1


_INACTIVE = object()


def _key(value: Any) -> tuple[str, Any]:
    return type(value).__name__, value


def _labels(decision: Decision) -> dict[tuple[str, Any], str] | None:
    """Labels for the options of a choice that KerasTuner cannot take as they are; None where it can."""
    if decision.kind != "choice":
        return None
    options = decision.domain()
    kinds = {type(o) for o in options}
    if kinds <= {str} or kinds <= {int} or kinds <= {float} or _is_switch(decision):
        return None
    labels = {_key(o): str(o) if isinstance(o, str) else repr(o) for o in options}
    if len(set(labels.values())) < len(labels):
        labels = {_key(o): repr(o) for o in options}
    return labels


def _is_switch(decision: Decision) -> bool:
    """Whether a choice is between True and False; KerasTuner's Choice would make numbers of them."""
    return (
        not decision.optional and {type(o) for o in decision.options} == {bool} and len(decision.options) == 2
    )


def _declare(hp: Any, decision: Decision) -> Any:
    """Declare a decision and return its value, or ``_INACTIVE``."""
    path = decision.path
    if decision.kind == "choice":
        labels = _labels(decision)
        if _is_switch(decision):
            found = hp.Boolean(path, default=bool(decision.default))
            return _INACTIVE if found is None else found
        if labels is None:
            found = hp.Choice(path, list(decision.options), default=decision.default)
            return _INACTIVE if found is None else found
        found = hp.Choice(path, list(labels.values()), default=labels[_key(decision.default)])
        values = {label: key[1] for key, label in labels.items()}
        return _INACTIVE if found is None else values[found]
    if not decision.optional:
        return _number(hp, decision)
    present = hp.Boolean(f"{path}?", default=decision.default is not None)
    if present is None:
        return _INACTIVE
    with hp.conditional_scope(f"{path}?", [True]):
        value = _number(hp, decision)
    return value if present else None


def _number(hp: Any, decision: Decision) -> Any:
    low, high = decision.options
    kind = hp.Int if decision.kind == "int" else hp.Float
    default = low if decision.default is None else decision.default
    if low == high:
        found = hp.Fixed(decision.path, low)
    else:
        found = kind(decision.path, low, high, sampling="log" if decision.log else "linear", default=default)
    if found is None:
        return _INACTIVE
    return int(found) if decision.kind == "int" else min(max(float(found), low), high)


def _is_arrays(rows: Any) -> bool:
    """Whether rows are arrays that ``fit`` batches itself."""
    values = rows.values() if isinstance(rows, dict) else rows if isinstance(rows, list | tuple) else [rows]
    return all(hasattr(v, "shape") and hasattr(v, "dtype") for v in values)


def _named(model: Any, rows: Any) -> Any:
    """Rows as the model's inputs: a branch that was not taken may leave some of them unread."""
    names = [t.name for t in model.inputs]
    if isinstance(rows, dict):
        absent = [n for n in names if n not in rows]
        if absent:
            raise SpaceError(
                f"The model reads {names}, but search(...) was given {sorted(rows)} without {absent}."
            )
        return {n: rows[n] for n in names}
    return {names[0]: rows} if len(names) == 1 and not isinstance(rows, list | tuple) else rows
