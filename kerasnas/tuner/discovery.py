"""What a person's ``build(hp)`` asks for: it is run with some values, then with others, until nothing new turns up."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import keras_tuner
from keras_tuner.engine import hyperparameters as kinds

from ..errors import SpaceError
from ..lower.ghost import apart

MOST_BUILDS = 300

Build = Callable[[Any], Any]


@dataclass
class Look:
    """One model that was built and thrown away."""

    inputs: tuple[str, ...]
    dtypes: tuple[str, ...]
    width: int | None
    says: str
    compiled: str
    classes: tuple[type, ...]
    marks: str


@dataclass
class Discovery:
    """What was found.

    Attributes:
        hyperparameters: A ``keras_tuner.HyperParameters`` with all that was asked for.
        first: The model of all defaults.
        allocates: Whether building needs real weights: an optimizer, for one, cannot be made without.
        classes: Layer classes that are not Keras' own.
        idle: Hyperparameters whose values made no difference to any model.
    """

    hyperparameters: Any
    first: Look
    allocates: bool
    classes: list[type] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)


def discover(build: Build) -> Discovery:
    """Run a function until it asks for no hyperparameter that is not known.

    Each new one is tried at each of its values (the ends of a range), and each scope that was closed is opened once.

    Args:
        build: Takes a ``HyperParameters``, returns a model.

    Raises:
        SpaceError: If it fails for all defaults, or returns no model.
    """
    known = keras_tuner.HyperParameters()
    try:
        first, asked, allocates = (*_run(build, {}, allocates=False), False)
    except Exception:  # noqa: BLE001  (it is raised again by the second try where that is what it is)
        try:
            first, asked, allocates = (*_run(build, {}, allocates=True), True)
        except SpaceError:
            raise
        except Exception as error:
            raise SpaceError(
                f"The function fails at its defaults: {type(error).__name__}: {error}"
            ) from error
    found = Discovery(known, first, allocates)
    moved: set[str] = set()
    todo: deque[tuple[dict[str, Any], str, Look | None]] = deque()
    tried: set[str] = set()
    look: Look | None = first
    builds, name, base = 1, "", None
    while True:
        if look is not None:
            found.classes += [c for c in look.classes if c not in found.classes]
            if base is not None and base.marks != look.marks:
                moved.add(name)
            for values, about in _next(known, asked):
                key = repr(sorted(values.items(), key=str))
                if key not in tried:
                    tried.add(key)
                    todo.append((values, about, look))
        if not todo or builds == MOST_BUILDS:
            break
        values, name, base = todo.popleft()
        builds += 1
        try:
            look, asked = _run(build, values, allocates=allocates)
        except Exception:  # noqa: BLE001  (values that do not go together: the search will meet them as failed candidates)
            look = None
    probed = {h.name for h in known.space if len(list(_probes(h))) > 1}
    found.idle = sorted(probed - moved)
    return found


def _run(build: Build, values: dict[str, Any], *, allocates: bool) -> tuple[Look, Any]:
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters.values = dict(values)

    def work() -> Look:
        if allocates:
            return _look(build(hyperparameters))
        with keras.StatelessScope(initialize_variables=False):
            return _look(build(hyperparameters))

    return apart(work), hyperparameters


def _next(known: Any, asked: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Values to try next; what was asked for becomes known."""
    values = dict(asked.values)
    for hyperparameter in list(asked.space):
        if any(
            h.name == hyperparameter.name and h.conditions == hyperparameter.conditions for h in known.space
        ):
            continue
        known.merge([hyperparameter])
        for value in _probes(hyperparameter) if asked.is_active(hyperparameter) else ():
            if value != values.get(hyperparameter.name):
                yield {**values, hyperparameter.name: value}, hyperparameter.name
    for conditions in asked.inactive_scopes:
        yield {**values, **{c.name: c.values[0] for c in conditions}}, ""


def _probes(hyperparameter: Any) -> Iterator[Any]:
    if isinstance(hyperparameter, kinds.Int | kinds.Float):
        yield from dict.fromkeys((hyperparameter.min_value, hyperparameter.max_value))
    else:
        yield from hyperparameter.values


def _look(model: Any) -> Look:
    if not isinstance(model, keras.Model):
        raise SpaceError(
            f"The function must return a keras.Model. Received: {model!r} of type {type(model).__name__}."
        )
    inputs = getattr(model, "inputs", None) or []
    outputs = getattr(model, "outputs", None) or []
    if len(outputs) > 1:
        raise SpaceError(
            f"A model with one output is expected here. Received one with {len(outputs)}: {[t.name for t in outputs]}."
        )
    optimizer = getattr(model, "optimizer", None)
    own = {type(layer): None for layer in model._flatten_layers() if not _of_keras(type(layer))}
    return Look(
        tuple(t.name for t in inputs),
        tuple(str(t.dtype) for t in inputs),
        outputs[0].shape[-1] if outputs and len(outputs[0].shape) == 2 else None,
        _says(model),
        type(optimizer).__name__ if optimizer is not None else "",
        tuple(own),
        _marks(model),
    )


def _of_keras(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "keras"


def _says(model: Any) -> str:
    """What the last call of a model says: "probabilities" after a softmax or sigmoid, else "logits"."""
    outputs = getattr(model, "outputs", None)
    last = outputs[0]._keras_history.operation if outputs else (model.layers or [None])[-1]
    if isinstance(last, keras.Model):
        return _says(last)
    called = getattr(getattr(last, "activation", None), "__name__", type(last).__name__).lower()
    return "probabilities" if called in ("softmax", "sigmoid") else "logits"


def _marks(model: Any) -> str:
    """What tells models apart: layers, arguments and sizes, without names that count up."""
    parts = [
        (type(layer).__name__, _config(layer), [w.shape for w in layer.weights])
        for layer in model._flatten_layers(include_self=False)
    ]
    return repr([parts, [t.shape for t in getattr(model, "outputs", None) or []]])


def _config(layer: Any) -> str:
    try:
        return "" if isinstance(layer, keras.Model) else re.sub(r"_\d+'", "'", repr(layer.get_config()))
    except NotImplementedError:
        return ""
