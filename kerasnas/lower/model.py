"""Plan -> ``keras.Model``."""

from __future__ import annotations

from typing import Any

from ..errors import SpaceError
from ..space.graph import Plan, Tensor, leaves, nest_map
from .make import make_layer


def build(plan: Plan) -> Any:
    """Build the model of a plan, not compiled.

    Args:
        plan: What ``space.plan(genotype)`` gave.

    Returns:
        A ``keras.Model`` with a dict of inputs by name, and the outputs as the space returned them. Layer
        names are their paths, with ``.`` for ``/`` and ``-`` for ``=``.

    Raises:
        SpaceError: If Keras refuses a layer or a call.
    """
    return traced(plan)[0]


def traced(plan: Plan) -> tuple[Any, dict[int, Any]]:
    """The model, and what every step gave in it: ``id(step)`` -> symbolic tensor, or a nest of them.

    Raises:
        SpaceError: If Keras refuses a layer or a call.
    """
    import keras

    made: dict[str, Any] = {}
    out: dict[int, Any] = {}
    inputs: dict[str, Any] = {}

    def concrete(tensor: Tensor) -> Any:
        whole = out[id(tensor.step)]
        return whole if tensor.item is None else whole[tensor.item]

    for step in leaves(plan.steps):
        node = step.node
        if node.kind == "input":
            inputs[node.path] = keras.Input(step.config["shape"], dtype=step.config["dtype"], name=node.path)
            out[id(step)] = inputs[node.path]
            continue
        if node.kind == "op":
            called = node.target.resolve()
        else:
            if node.layer not in made:
                made[node.layer] = make_layer(step)
            called = made[node.layer]
        args, kwargs = nest_map(concrete, Tensor, (step.args, step.kwargs))
        try:
            out[id(step)] = called(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise SpaceError(f"'{node.path}': {node.target.short} cannot be called here. {error}") from error
    try:
        return keras.Model(inputs, nest_map(concrete, Tensor, plan.out)), out
    except ValueError as error:
        raise SpaceError(
            f"The layers of the space cannot be joined to a model: {error} Inputs are layers too: an input and a layer "
            "may not share a name."
        ) from error
