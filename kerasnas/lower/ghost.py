"""Shapes and parameters of a call that has no rule, from a layer that Keras builds without values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import DataError, SpaceError
from ..space.graph import Inferred, Spec, Target, Tensor, nest_map
from .make import nested
from .rules import LIGHT, RULES

T = TypeVar("T")


def ghost(
    kind: str, target: Target, config: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Inferred:
    """Build, look, and throw away.

    It happens in a thread of its own that ends at once: Keras' stateless scope belongs to a thread, and a
    ghost that outlived it would be initialised by the next scope that closes. A factory with a true attribute ``allocates`` is called
    before that scope: it makes what cannot be made inside, such as an optimizer.

    Args:
        kind: layer, op or external.
        target: What is called.
        config: Constructor arguments.
        args: Call arguments; Tensors where tensors go in.
        kwargs: The same by keyword.

    Returns:
        Output and parameters; FLOPs are None, except of a nested model all of whose layers have rules.

    Raises:
        SpaceError: If Keras refuses the call; the message carries Keras' own.
    """
    try:
        return apart(lambda: _looked_at(kind, target, config, args, kwargs))
    except DataError:
        raise  # a file or encoder that is not what it should be says so itself
    except Exception as error:
        shown = nest_map(lambda t: t.shape, Tensor, (args, kwargs))
        raise SpaceError(
            f"{target.short} cannot be called with {config or 'no arguments'} on {shown}: {error}"
        ) from error


def apart(work: Callable[[], T]) -> T:
    """Do something in a thread of its own that ends at once; returns what it gives, raises what it raises."""
    given: list[T] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            given.append(work())
        except Exception as error:  # noqa: BLE001  (carried to the caller, whatever it is)
            raised.append(error)

    thread = threading.Thread(target=run, name="kerasnas-ghost")
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return given[0]


def _looked_at(
    kind: str, target: Target, config: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Inferred:
    import keras

    called = target.resolve()

    def made() -> Any:
        return called(**{k: v for k, v in nested(config).items() if kind != "external" or k != "trainable"})

    early = made() if getattr(called, "allocates", False) else None
    with keras.StatelessScope(initialize_variables=False):
        given, named = nest_map(lambda t: keras.KerasTensor(t.shape, t.dtype), Tensor, (args, kwargs))
        parameters, flops = 0, None
        if kind != "op":
            called = made() if early is None else early
        out = called(*given, **named)
        if kind != "op":
            parameters = called.count_params()
        if isinstance(called, keras.Model):
            flops = model_flops(called)
        return Inferred(_specs(out), parameters, flops)


def _specs(out: Any) -> Any:
    import keras

    return nest_map(lambda t: Spec(tuple(t.shape), t.dtype), keras.KerasTensor, out)


def model_flops(model: Any) -> int | None:
    """FLOPs of a built functional model by the rules, at its own shapes; None where a layer has no rule."""
    import keras

    model = getattr(model, "_functional", None) or model  # what a Sequential is inside
    if not isinstance(model, keras.Model) or not hasattr(model, "operations"):
        return None
    total = 0
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            if node.is_input:
                continue
            flops = _call_flops(node.operation, node.arguments)
            if flops is None:
                return None
            total += flops
    return total


def _call_flops(operation: Any, arguments: Any) -> int | None:
    import keras

    if isinstance(operation, keras.Model):
        return model_flops(operation)
    name = type(operation).__name__
    if not isinstance(operation, keras.layers.Layer):
        light = f"keras.ops:{_snake(name)}" in LIGHT or name == "GetItem"
        return 0 if light else None
    if not type(operation).__module__.startswith("keras."):
        return None
    full = f"keras.layers:{name}"
    if full in LIGHT:
        return 0
    rule = RULES.get(full)
    if rule is None or name == "Bidirectional":
        return None
    kwargs = {k: v for k, v in arguments.kwargs.items() if k not in ("training", "mask")}
    found = rule(operation.get_config(), *arguments.args, **kwargs)
    return None if found is None else found.flops


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
