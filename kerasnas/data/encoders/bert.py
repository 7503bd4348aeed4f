"""BERT in Keras 3, rebuilt from a Hugging Face configuration (Devlin et al., "BERT", 2018)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import EncoderError

ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "swish")


def build(config: Mapping[str, Any]) -> Any:
    """A Keras model from [token numbers, mask] to features of every token.

    Both inputs are int32 ``(rows, length)``, the output is ``(rows, length, hidden_size)``.

    Args:
        config: As in ``config.json``: hidden_size, num_hidden_layers, num_attention_heads, intermediate_size,
            vocab_size, max_position_embeddings, hidden_act, layer_norm_eps.

    Raises:
        EncoderError: If the configuration asks for what this model has not.
    """
    import keras
    from keras import layers, ops

    if config.get("position_embedding_type", "absolute") != "absolute":
        raise EncoderError(
            f"Only absolute position embeddings are supported. Received: position_embedding_type="
            f"{config['position_embedding_type']!r} in config.json."
        )
    activation = config.get("hidden_act", "gelu")
    if activation not in ACTIVATIONS:
        raise EncoderError(
            f"Unknown activation in config.json. Expected one of {ACTIVATIONS}. Received: "
            f"hidden_act={activation!r}."
        )
    width, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    depth, epsilon = int(config["num_hidden_layers"]), float(config.get("layer_norm_eps", 1e-12))

    def activate(x: Any) -> Any:
        if activation.startswith("gelu"):
            return ops.gelu(x, approximate=activation != "gelu")
        return ops.relu(x) if activation == "relu" else ops.silu(x)

    class Unit(layers.Layer):  # type: ignore[misc]
        """Self-attention and a dense net, each with its residual connection normalised afterwards."""

        def __init__(self, name: str) -> None:
            super().__init__(name=name)
            self.query, self.key, self.value, self.output_dense = (
                layers.Dense(width, name=part) for part in ("query", "key", "value", "output_dense")
            )
            self.inner = layers.Dense(int(config["intermediate_size"]), name="inner")
            self.outer = layers.Dense(width, name="outer")
            self.attention_norm = layers.LayerNormalization(epsilon=epsilon, name="attention_norm")
            self.output_norm = layers.LayerNormalization(epsilon=epsilon, name="output_norm")

        def build(self, _: Any) -> None:
            for dense in (self.query, self.key, self.value, self.output_dense, self.inner):
                dense.build((None, None, width))
            self.outer.build((None, None, int(config["intermediate_size"])))
            self.attention_norm.build((None, None, width))
            self.output_norm.build((None, None, width))

        def call(self, x: Any, bias: Any) -> Any:
            def split(y: Any) -> Any:
                return ops.transpose(ops.reshape(y, (*ops.shape(y)[:2], heads, width // heads)), (0, 2, 1, 3))

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / math.sqrt(width // heads) + bias
            mixed = ops.transpose(ops.matmul(ops.softmax(scores), value), (0, 2, 1, 3))
            x = self.attention_norm(x + self.output_dense(ops.reshape(mixed, ops.shape(x))))
            return self.output_norm(x + self.outer(activate(self.inner(x))))

    class Bert(keras.Model):  # type: ignore[misc]
        """Embeddings and units."""

        def __init__(self) -> None:
            super().__init__(name="bert")
            self.words = layers.Embedding(int(config["vocab_size"]), width, name="words")
            self.positions = layers.Embedding(int(config["max_position_embeddings"]), width, name="positions")
            self.norm = layers.LayerNormalization(epsilon=epsilon, name="norm")
            self.units = [Unit(f"unit_{index}") for index in range(depth)]
            self.words.build()
            self.positions.build()
            self.norm.build((None, None, width))
            for unit in self.units:
                unit.build((None, None, width))
            self.built = True

        def call(self, inputs: Any) -> Any:
            ids, mask = inputs
            place = ops.arange(ops.shape(ids)[1], dtype="int32")
            x = self.norm(self.words(ids) + self.positions(place)[None])
            bias = (1.0 - ops.cast(mask, x.dtype))[:, None, None, :] * -1e9
            for unit in self.units:
                x = unit(x, bias)
            return x

    return Bert()


def load(config: Mapping[str, Any], path: Path) -> Any:
    """The model with the weights of a ``model.safetensors``.

    Raises:
        EncoderError: If a weight is missing or of another shape.
    """
    from safetensors.numpy import load_file

    weights = {_plain(name): array for name, array in load_file(path).items()}
    model = build(config)

    def take(name: str, shape: tuple[int, ...]) -> np.ndarray:
        found: np.ndarray | None = weights.get(name)
        if found is None or found.shape != shape:
            got = "nothing" if found is None else f"shape {found.shape}"
            raise EncoderError(
                f"{path} does not fit its config.json. Expected weight '{name}' of shape {shape}. "
                f"Received: {got}."
            )
        return found.astype(np.float32)

    width, inner = int(config["hidden_size"]), int(config["intermediate_size"])

    def norm(layer: Any, name: str) -> None:
        layer.set_weights([take(f"{name}.weight", (width,)), take(f"{name}.bias", (width,))])

    def dense(layer: Any, name: str, inputs: int, outputs: int) -> None:
        layer.set_weights([take(f"{name}.weight", (outputs, inputs)).T, take(f"{name}.bias", (outputs,))])

    kinds = int(config.get("type_vocab_size", 2))
    # one text at a time: every token is of the first kind, so its embedding is part of the position's
    first_kind = take("embeddings.token_type_embeddings.weight", (kinds, width))[0] if kinds else 0.0
    model.words.set_weights([take("embeddings.word_embeddings.weight", (int(config["vocab_size"]), width))])
    positions = take("embeddings.position_embeddings.weight", (int(config["max_position_embeddings"]), width))
    model.positions.set_weights([positions + first_kind])
    norm(model.norm, "embeddings.LayerNorm")
    for index, unit in enumerate(model.units):
        stem = f"encoder.layer.{index}"
        for part in ("query", "key", "value"):
            dense(getattr(unit, part), f"{stem}.attention.self.{part}", width, width)
        dense(unit.output_dense, f"{stem}.attention.output.dense", width, width)
        norm(unit.attention_norm, f"{stem}.attention.output.LayerNorm")
        dense(unit.inner, f"{stem}.intermediate.dense", width, inner)
        dense(unit.outer, f"{stem}.output.dense", inner, width)
        norm(unit.output_norm, f"{stem}.output.LayerNorm")
    model.trainable = False
    return model


def _plain(name: str) -> str:
    """Weight names of older checkpoints, and of models with a head, as those of the bare encoder."""
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
