"""Hyperparameters of KerasTuner as decisions: the other direction of ``hypermodel``."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_tuner.engine import hyperparameters as kinds

from ..errors import SpaceError
from ..space import Choice, FloatRange, Genotype, Input, IntRange, Space, when
from ..space.expression import Expr, Ref
from ..space.trace import Trace
from ..space.value import Value

MOST_STEPS = 1000  # values of a range that goes in steps

Conditions = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass
class Declared:
    """What hyperparameters became in a trace.

    Attributes:
        values: For each hyperparameter its value as an expression; None where it is inactive.
        names: Which hyperparameter a decision is, by path. Two of one name, under different conditions and with different
            ranges, are two decisions.
    """

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Group:
    """Hyperparameters of one name and one domain: one decision, active where any of their conditions hold."""

    name: str
    like: Any
    places: tuple[Conditions, ...]


def declare(hyperparameters: Sequence[Any], x: Value) -> tuple[Declared, Value]:
    """Declare hyperparameters as decisions of the running trace, each under its conditions.

    Args:
        hyperparameters: As ``HyperParameters.space`` lists them, parents first.
        x: A tensor that the branches with conditional decisions hand on.

    Returns:
        What they became, and the tensor as handed on.

    Raises:
        SpaceError: If one cannot be a decision, or hangs on one that is not there.
    """
    done = Declared()
    variants: dict[str, list[tuple[Any, Ref, tuple[Conditions, ...]]]] = {}
    groups = _grouped(hyperparameters)
    while groups:
        ready = [g for g in groups if {p for place in g.places for p, _ in place} <= {*variants}]
        if not ready:
            lost = {g.name: sorted({p for place in g.places for p, _ in place}) for g in groups}
            raise SpaceError(f"These hyperparameters hang on others that are not declared: {lost}.")
        for group in ready:
            groups.remove(group)
            known = variants.setdefault(group.name, [])
            x = _declare_group(group, known, variants, x, done)
    for name, found in variants.items():
        value: Any = None
        for active, ref, _ in reversed(found):
            value = ref if active is True else Expr("select", active, ref, value)
        done.values[name] = value
    return done, x


def decisions_of(
    hyperparameters: Sequence[Any], name: str = "hyperparameters"
) -> tuple[Space, dict[str, str]]:
    """A space that holds the decisions and no model: all that a strategy needs.

    Returns:
        The space, and which hyperparameter each of its decisions is.
    """
    made: list[Declared] = []

    def net(x: Value) -> Value:
        declared, x = declare(hyperparameters, x)
        made.append(declared)
        return x

    space = Space.trace(net, {"x": Input((1,))}, name=name)
    return space, made[0].names


def genotype_of(space: Space, names: Mapping[str, str], values: Mapping[str, Any]) -> Genotype:
    """The genotype that some values stand for; what is missing or not allowed starts from its default."""
    return space.adapt({path: values[name] for path, name in names.items() if name in values})[0]


def complete(hyperparameters: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with the default of every active hyperparameter that has none.

    KerasTuner would draw those without a seed.

    Args:
        hyperparameters: A ``keras_tuner.HyperParameters``.
        values: By name.
    """
    full = hyperparameters.copy()
    full.values = dict(values)
    for each in full.space:
        if full.is_active(each):
            full.values.setdefault(each.name, each.default)
    return dict(full.values)


def declaration(hyperparameter: Any) -> Choice | IntRange | FloatRange:
    """The declaration of one hyperparameter.

    A range in steps becomes a choice among its values; ``reverse_log`` is drawn evenly. A default beside the steps becomes the
    nearest of them.

    Raises:
        SpaceError: If it is of a kind that is not known, or has too many steps.
    """
    h = hyperparameter
    if isinstance(h, kinds.Fixed):
        return Choice(h.value)
    if isinstance(h, kinds.Boolean):
        return Choice(True, False, default=bool(h.default))
    if isinstance(h, kinds.Choice):
        return Choice(*dict.fromkeys(h.values), default=h.default)
    if not isinstance(h, kinds.Int | kinds.Float):
        raise SpaceError(
            f"The hyperparameter '{h.name}' is of a kind that is not known here: {type(h).__name__}. "
            "Use Choice, Int, Float, Boolean or Fixed."
        )
    kind = int if isinstance(h, kinds.Int) else float
    if h.step is None or (kind is int and h.step == 1 and h.sampling == "linear"):
        declared = IntRange if kind is int else FloatRange
        default = min(max(kind(h.default), h.min_value), h.max_value)
        return declared(h.min_value, h.max_value, default=default, log=h.sampling == "log")
    values: list[Any] = []
    for value in h.values:
        if len(values) == MOST_STEPS:
            raise SpaceError(
                f"The hyperparameter '{h.name}' has more than {MOST_STEPS} steps of {h.step}. "
                "Use larger steps, or leave step= out."
            )
        values.append(kind(value))
    values = list(dict.fromkeys(values))
    return Choice(*values, default=min(values, key=lambda v: abs(v - h.default)))


def _grouped(hyperparameters: Sequence[Any]) -> list[_Group]:
    found: dict[Any, tuple[Any, list[Conditions]]] = {}
    for h in hyperparameters:
        config = {k: v for k, v in h.get_config().items() if k != "conditions"}
        place = tuple((c.name, tuple(c.values)) for c in h.conditions)
        found.setdefault((type(h).__name__, repr(config)), (h, []))[1].append(place)
    return [_Group(h.name, h, tuple(places)) for h, places in found.values()]


def _declare_group(
    group: _Group, known: list[Any], variants: Mapping[str, list[Any]], x: Value, done: Declared
) -> Value:
    path = group.name
    if any(active is True for active, _, _ in known):
        return x  # the first is always there, and KerasTuner has one value a name
    if known:
        (parent, values), *_ = next(filter(None, group.places), ((group.name, (len(known),)),))
        path = f"{group.name}/{parent}={'+'.join(map(str, values))}"
    while path in done.names:
        path += "'"
    places = [[_holds(place, i, variants) for i in range(len(place))] for place in group.places]
    before = [Expr("not", active) for active, _, _ in known]
    steps = places[0] if len(places) == 1 else [functools.reduce(_or, map(_all, places))]
    steps = [step for step in (*before, *steps) if step is not True]
    box: list[Ref] = []

    def inside(at: int) -> Value:
        if at < len(steps):
            return when(steps[at], lambda: inside(at + 1), x)  # type: ignore[no-any-return]
        box.append(Trace.current("declare").decide(path, declaration(group.like)))
        return x

    x = inside(0)
    done.names[path] = group.name
    # the value is read outside of the branch that declares it, and only where that branch is taken
    known.append((_all(steps), Ref(box[0].decision), group.places))
    return x


def _holds(place: Conditions, at: int, variants: Mapping[str, list[Any]]) -> Any:
    """Whether one condition of a place holds, where those before it do."""
    name, values = place[at]
    holds: Any = None
    for active, ref, places in variants[name]:
        equal = functools.reduce(_or, [Expr("eq", ref, value) for value in values])
        implied = active is True or (len(variants[name]) == 1 and set(places[0]) <= set(place[:at]))
        here = equal if implied and len(places) == 1 else _and(active, equal)
        holds = here if holds is None else _or(holds, here)
    return holds


def _and(a: Any, b: Any) -> Any:
    return b if a is True else a if b is True else Expr("and", a, b)


def _or(a: Any, b: Any) -> Any:
    return True if a is True or b is True else Expr("or", a, b)


def _all(parts: Sequence[Any]) -> Any:
    return functools.reduce(_and, parts, True)
