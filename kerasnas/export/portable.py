"""A model made fit to travel: in float32, whatever it was trained in, and predicting, whatever its layers take for granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def portable(model: Any, custom: Mapping[str, Any]) -> tuple[Any, bool]:
    """Copy a model, without optimizer and loss, every layer in float32.

    A GPU with tensor cores trains in half precision, which ONNX and LiteRT runtimes do not compute on every processor.

    Args:
        model: A ``keras.Model``.
        custom: Layers and functions that are not of Keras, by name.

    Returns:
        The copy, and whether it computes in more bits than the model did.
    """
    import keras

    from .. import layers

    layers.register()
    told = keras.saving.serialize_keras_object(model)
    told.pop("compile_config", None)
    raised: list[str] = []
    copy = keras.saving.deserialize_keras_object(
        _full_precision(told, raised), custom_objects=dict(custom), safe_mode=True
    )
    copy.set_weights(model.get_weights())
    return copy, bool(raised)


def predicting(model: Any) -> Any:
    """The same model with ``training=False`` written into its graph.

    Keras exports a model without saying whether it trains, and layers that vary pictures take that for yes.

    Args:
        model: A ``keras.Model`` with named inputs.
    """
    import keras

    inputs = {t.name: keras.Input(t.shape[1:], dtype=t.dtype, name=t.name) for t in model.inputs}
    still = keras.Model(inputs, model(inputs, training=False), name=model.name)
    still(
        {name: keras.ops.zeros((1, *t.shape[1:]), t.dtype) for name, t in inputs.items()}
    )  # or ONNX is refused
    return still


def _full_precision(told: Any, raised: list[str]) -> Any:
    """A model as Keras tells it, with every policy in half precision replaced by float32; notes their names."""
    if isinstance(told, dict):
        if told.get("class_name") == "DTypePolicy" and _half(told["config"]["name"]):
            raised.append(told["config"]["name"])
            return {**told, "config": {**told["config"], "name": "float32"}}
        return {key: _full_precision(value, raised) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return type(told)(_full_precision(value, raised) for value in told)
    return told


def _half(policy: str) -> bool:
    return policy.startswith("mixed_") or policy in ("float16", "bfloat16")
