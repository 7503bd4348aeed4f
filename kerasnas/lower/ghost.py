"""Shapes and parameters of a call that has no rule, from a layer that Keras builds without values."""

from __future__ import annotations

import threading
from typing import Any

from ..errors import SpaceError
from ..space.graph import Inferred, Spec, Target, Tensor, nest_map
from .make import nested


def ghost(kind: str, target: Target, config: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Inferred:
    """Build, look, and throw away.

    It happens in a thread of its own that ends at once: Keras' stateless scope belongs to a thread, and a ghost that outlived
    it would be initialised by the next scope that closes.

    Raises:
        SpaceError: If Keras refuses the call; the message carries Keras' own.
    """
    box: dict[str, Any] = {}

    def work() -> None:
        import keras

        def symbolic(tensor: Tensor) -> Any:
            return keras.KerasTensor(tensor.shape, tensor.dtype)

        try:
            with keras.StatelessScope(initialize_variables=False):
                inputs = nest_map(symbolic, Tensor, (args, kwargs))
                if kind == "op":
                    called, parameters = target.resolve(), 0
                    out = called(*inputs[0], **inputs[1])
                else:
                    plain = {k: v for k, v in nested(config).items() if kind != "external" or k != "trainable"}
                    called = target.resolve()(**plain)
                    out = called(*inputs[0], **inputs[1])
                    parameters = called.count_params()
                box["found"] = Inferred(nest_map(lambda t: Spec(tuple(t.shape), t.dtype), keras.KerasTensor, out), parameters, None)
        except Exception as error:  # noqa: BLE001  (carried to the caller, whatever it is)
            box["error"] = error

    thread = threading.Thread(target=work, name="kerasnas-ghost")
    thread.start()
    thread.join()
    if "error" in box:
        shown = nest_map(lambda t: t.shape, Tensor, (args, kwargs))
        raise SpaceError(f"{target.short} cannot be called with {config or 'no arguments'} on {shown}: {box['error']}") from box["error"]
    found: Inferred = box["found"]
    return found
