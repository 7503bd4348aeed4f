"""A person's ``build(hp)`` as a search space of ours: for our runner, store and studio."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import keras
import keras_tuner

from .. import problems
from ..errors import SpaceError
from ..evaluators.training import DEFAULTS
from ..lower.code import OwnCode
from ..space import Input, Space, channels, ops, when
from ..space.expression import Expr
from ..space.trace import Trace
from ..space.twins import Layer
from ..space.value import Value
from .discovery import Build, Discovery, Look, discover
from .hypermodel import PROBLEMS
from .hyperparameters import declare

SMALLEST = 1e-7  # of a probability whose logarithm is taken
SAYS = ("logits", "probabilities")
NAMED = {"optimizer": ("adam", "adamw", "sgd"), "schedule": ("constant", "cosine")}

MAKER = '''def make_{called}(values, name):
    """What {called} makes of these values. If it compiles its model, that is not how this one was trained."""
    hp = keras_tuner.HyperParameters()
    hp.values = {{key: value for key, value in values.items() if value is not None}}
    return bare({maker}(hp), name)'''


def space_from(
    build: Any,
    inputs: Mapping[str, Any],
    problem: str = "multiclass",
    *,
    says: str | None = None,
    training: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Space:
    """A search space whose models a function of KerasTuner's kind makes.

    The function is run to find its hyperparameters, conditional scopes included, and each becomes a decision of the same name. It
    is one opaque layer in the space's graph: parameters are counted by building, FLOPs where all its layers have rules. Its own
    ``compile`` and ``HyperModel.fit`` are not used: the evaluator compiles by the task, and a warning says so. What it asks for
    in some rare combination of values only may not be found; it then stands at its default. Layers that it gives no name are
    counted by Keras, so weights of two such models fit by order, not by name.

        space = kn.tuner.space_from(build, {"table_numbers": task.views["table_numbers"]}, task.problem)
        kn.Search(task, space, budget="20 trials").start()

    Args:
        build: ``build(hp)`` returning a ``keras.Model`` with one output of shape ``(n, k)``; or a ``keras_tuner.HyperModel``, or a
            class of one without arguments (a class or a function can be written as source, an object cannot).
        inputs: What the models read, by the names of the task's views: ``kn.Input`` or the views themselves. Several go by the
            names of the model's inputs, or in order where these names differ.
        problem: A name in ``kerasnas.problems``: one logit or probability a class, or a single one of the second class; one a label; or
            numbers (the target is standardised for training and scaled back in predictions).
        says: What a classifier gives, "logits" or "probabilities"; found out from its last layer if not given. Of probabilities
            the logarithm is taken, which makes them logits.
        training: Which hyperparameters are training choices of ours: ``{"learning_rate": "lr"}``; those that have the same name
            and fit, if not given. Ours are ``optimizer``, ``learning_rate``, ``schedule``, ``batch_size``, ``weight_decay``,
            ``label_smoothing``.
        name: The space's name; the function's if not given.

    Raises:
        SpaceError: If the function fails at its defaults, asks for no hyperparameter, gives no such model, or an argument does not
            fit it.
    """
    if problem not in PROBLEMS:
        raise SpaceError(f"problem is one of {PROBLEMS}. Received: {problem!r}.")
    if says is not None and says not in SAYS:
        raise SpaceError(f"says is one of {SAYS}. Received: {says!r}.")
    foreign = Foreign(build)
    found = discover(foreign.function())
    foreign.allocates = found.allocates
    if not found.hyperparameters.space:
        raise SpaceError(f"'{foreign.__name__}' asks for no hyperparameter, so there is nothing to search.")
    mapped = _training(found, training)
    _say(foreign, found, mapped)
    given = {key: Input(tuple(spec.shape), spec.dtype) for key, spec in inputs.items()}
    settings: dict[str, Any] = {}

    def net(**tensors: Value) -> dict[str, Value]:
        trace = Trace.current("space_from")
        first = next(iter(tensors))
        declared, handed = declare(found.hyperparameters.space, tensors[first])
        for setting, hyperparameter in mapped.items():
            settings[setting] = _or_default(declared.values[hyperparameter], DEFAULTS[setting])
        for cls in found.classes:
            trace.target(cls)  # so that it travels to the worker, and a bundle can be read
        model = Layer(trace.target(foreign), foreign, (), {"values": declared.values, "name": "model"})
        out = model(_arranged({**tensors, first: handed}, given, found.first))
        if problems.get(problem).numeric:
            return {"value": out}
        said = says or found.first.says
        if problems.get(problem).outcome == "labels":
            return {"logits": _log_odds(out) if said == "probabilities" else out}
        return {"logits": _logits(out, said, found.first.width)}

    return Space.trace(
        net, given, name=name or foreign.__name__, training=(lambda: dict(settings)) if mapped else None
    )


class Foreign:
    """Makes a model of hyperparameters' values, by a person's function.

    Args:
        build: As ``space_from`` takes it.

    Attributes:
        allocates: Whether its models can only be built with real weights.
    """

    def __init__(self, build: Any) -> None:
        if not callable(getattr(build, "build", build)):
            raise SpaceError(
                f"build is a function build(hp), a keras_tuner.HyperModel or a class of one. Received: {build!r}."
            )
        named = type(build) if isinstance(build, keras_tuner.HyperModel) else build
        self.build, self.allocates = build, True
        self.__name__ = str(getattr(named, "__name__", type(named).__name__))
        self.__qualname__ = str(getattr(named, "__qualname__", self.__name__))
        self.__module__ = str(getattr(named, "__module__", "__main__"))
        self._written = self._source()

    def function(self) -> Build:
        """What takes a ``HyperParameters`` and gives a model."""
        made = self.build() if isinstance(self.build, type) else self.build
        if isinstance(made, keras_tuner.HyperModel):
            hypermodel = made

            def build(hp: Any) -> Any:
                hypermodel.declare_hyperparameters(hp)
                return hypermodel.build(hp)

            return build
        return made  # type: ignore[no-any-return]

    def __call__(self, values: Mapping[str, Any], name: str = "model") -> Any:
        """The model, not compiled.

        Args:
            values: By hyperparameter; None where one is inactive.
            name: The model's.
        """
        hp = keras_tuner.HyperParameters()
        hp.values = {key: value for key, value in values.items() if value is not None}
        return bare(self.function()(hp), name)

    def write_source(self, own: OwnCode) -> str:
        """Write the function and what makes a model with it; returns what to call. See ``OwnCode``.

        Raises:
            SpaceError: If its code could not be found when the space was made.
        """
        if isinstance(self._written, str):
            raise SpaceError(self._written)
        called, parts, imports = self._written
        for name, text in parts.items():
            own.parts.setdefault(name, text)
        own.imports |= imports
        return called

    def _source(self) -> tuple[str, dict[str, str], set[str]] | str:
        """Its code, taken where it is: in the process that will train, a notebook's function has none. Else what is in the way."""
        if isinstance(self.build, keras_tuner.HyperModel):
            return (
                f"The model is made by an object of the class '{self.__name__}', whose state cannot be written as source. Give "
                "space_from(...) the class itself, or a function."
            )
        own = OwnCode()
        try:
            called = own.add(self.build, self.__name__)
            own.add(bare, "bare")
        except SpaceError as error:
            return str(error)
        maker = f"{called}().build" if isinstance(self.build, type) else called
        own.parts[f"make_{called}"] = MAKER.format(called=called, maker=maker)
        return f"make_{called}", own.parts, own.imports | {"import keras", "import keras_tuner"}


def bare(model: Any, name: str) -> Any:
    """The same layers as a model that was never compiled; a subclassed model stays what it is."""
    if type(model) is keras.Sequential and not model.built:
        return keras.Sequential(model.layers, name=name)
    if isinstance(model, keras.Sequential) or type(model).__name__ == "Functional":
        return keras.Model(model.inputs, model.outputs[0], name=name)
    model.name = name
    return model


def _training(found: Discovery, given: Mapping[str, str] | None) -> dict[str, str]:
    """Which of our training choices is which hyperparameter."""
    known = {h.name: h for h in found.hyperparameters.space}
    if given is None:
        return {s: s for s in DEFAULTS if s in known and _fits(s, known[s])}
    for setting, hyperparameter in given.items():
        if setting not in DEFAULTS:
            raise SpaceError(f"training knows {sorted(DEFAULTS)}. Received: {setting!r}.")
        if hyperparameter not in known:
            raise SpaceError(
                f"training={{'{setting}': '{hyperparameter}'}}: there is no such hyperparameter. There are: {sorted(known)}."
            )
        if not _fits(setting, known[hyperparameter]):
            expected = f"one of {NAMED[setting]}" if setting in NAMED else "a number"
            raise SpaceError(
                f"The hyperparameter '{hyperparameter}' cannot be the {setting}, which is {expected}: {known[hyperparameter]!r}."
            )
    return dict(given)


def _fits(setting: str, hyperparameter: Any) -> bool:
    values = list(getattr(hyperparameter, "values", ()))
    if setting in NAMED:
        return set(values) <= set(NAMED[setting])
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _say(foreign: Foreign, found: Discovery, mapped: Mapping[str, str]) -> None:
    """Warn of what is not used."""
    said = []
    if found.first.compiled:
        said.append(
            f"'{foreign.__name__}' compiles its models (with {found.first.compiled}). kerasnas compiles them by the task instead, with "
            f"{', '.join(f'{s} = hyperparameter {h!r}' for s, h in mapped.items()) or 'its own training defaults'}."
        )
    made = type(foreign.build) if isinstance(foreign.build, keras_tuner.HyperModel) else foreign.build
    if isinstance(made, type) and getattr(made, "fit", None) is not keras_tuner.HyperModel.fit:
        said.append(f"'{foreign.__name__}.fit' is not called: the evaluator trains.")
    idle = [name for name in found.idle if name not in mapped.values()]
    if idle:
        said.append(
            f"The hyperparameters {idle} made no difference to any model that was tried. If they are training choices, say which: "
            f"training={{'learning_rate': {idle[0]!r}}}; else they are searched for nothing."
        )
    if said:
        warnings.warn(" ".join(said), UserWarning, stacklevel=3)


def _or_default(value: Any, default: Any) -> Any:
    """A training choice that stands at its default where its hyperparameter is inactive."""
    if isinstance(value, Expr) and value.fn == "select":
        condition, there, otherwise = value.args
        return Expr("select", condition, there, _or_default(otherwise, default))
    return default if value is None else value


def _arranged(tensors: Mapping[str, Value], given: Mapping[str, Input], look: Look) -> Any:
    """Inputs as the model takes them, of the types that it declares."""
    names, dtypes = look.inputs, look.dtypes
    if names and set(names) <= set(tensors):
        order = list(names)
    elif not names or len(names) == len(tensors):
        order = list(tensors)
    else:
        raise SpaceError(
            f"The model reads {list(names)}, and inputs are {list(tensors)}: give as many, or name its keras.Input after them."
        )
    kinds = dict(zip(order, dtypes, strict=False))
    ready = [
        tensors[n] if kinds.get(n, given[n].dtype) == given[n].dtype else ops.cast(tensors[n], kinds[n])
        for n in order
    ]
    return ready[0] if len(ready) == 1 else ready


def _log_odds(out: Value) -> Value:
    """One logit a label, of probabilities that each stand on their own."""
    share = ops.clip(out, SMALLEST, 1.0 - SMALLEST)
    found: Value = ops.log(share) - ops.log(1.0 - share)
    return found


def _logits(out: Value, says: str, width: int | None) -> Value:
    """One logit a class, of what a classifier says."""
    probabilities = says == "probabilities"

    def both() -> Value:
        """Of one number for the second class."""
        other = 1.0 - out if probabilities else ops.zeros_like(out)
        return ops.concatenate([other, out], axis=-1)  # type: ignore[no-any-return]

    known = width is not None
    whole = (both() if width == 1 else out) if known else when(channels(out) == 1, both, out)
    return ops.log(ops.clip(whole, SMALLEST, 1.0)) if probabilities else whole
