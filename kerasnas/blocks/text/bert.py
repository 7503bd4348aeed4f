"""A BERT of Keras' own layers with pretrained weights, to be trained further inside a model.

Sources: Devlin et al., "BERT: pre-training of deep bidirectional transformers", 2018; Howard and Ruder, "Universal language model
fine-tuning for text classification", 2018 (only the last layers).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import EncoderError

DROPPED = 0.1  # in the units that are trained


def bert(folder: str, length: int, tuned: int) -> Any:
    """The encoder in a folder of Hugging Face layout: token numbers ``(length,)``, 0 being padding, -> features ``(length, d)``.

    Args:
        folder: Holds ``config.json`` and ``model.safetensors``.
        length: Of the token numbers.
        tuned: How many of the last units are trained; where that is all of them, the embeddings are, too.

    Raises:
        EncoderError: If the files are gone, or do not fit each other.
    """
    import keras

    try:
        config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The encoder in '{folder}' cannot be read: {error}. Put its files back."
        ) from error
    width, inner = int(config["hidden_size"]), int(config["intermediate_size"])
    heads, depth = int(config["num_attention_heads"]), int(config["num_hidden_layers"])
    epsilon, activation = float(config.get("layer_norm_eps", 1e-12)), str(config.get("hidden_act", "gelu"))
    longest = int(config["max_position_embeddings"])

    def bent(x: Any) -> Any:
        if activation.startswith("gelu"):
            return keras.ops.gelu(x, approximate=activation != "gelu")
        return keras.ops.relu(x) if activation == "relu" else keras.ops.silu(x)

    def normal(name: str) -> Any:
        return keras.layers.LayerNormalization(epsilon=epsilon, name=name)

    tokens = keras.Input((length,), dtype="int32", name="tokens")
    real = keras.ops.not_equal(tokens, 0)
    places = keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1
    words = keras.layers.Embedding(int(config["vocab_size"]), width, name="words")(tokens)
    x = normal("norm")(words + keras.layers.Embedding(longest, width, name="positions")(places))
    for i in range(depth):
        rate = DROPPED if i >= depth - tuned else 0.0
        heads_layer = keras.layers.MultiHeadAttention(heads, width // heads, name=f"unit{i}_attention")
        y = keras.layers.Dropout(rate)(heads_layer(x, x, key_mask=real))
        x = normal(f"unit{i}_attention_norm")(x + y)
        y = bent(keras.layers.Dense(inner, name=f"unit{i}_inner")(x))
        y = keras.layers.Dropout(rate)(keras.layers.Dense(width, name=f"unit{i}_outer")(y))
        x = normal(f"unit{i}_output_norm")(x + y)
    model = keras.Model(tokens, x, name="bert")
    filled(model, config, Path(folder) / "model.safetensors")
    for layer in model.layers:
        unit = layer.name.partition("_")[0].removeprefix("unit")
        layer.trainable = tuned >= depth or (unit.isdigit() and int(unit) >= depth - tuned)
    return model


def filled(model: Any, config: Mapping[str, Any], path: Path) -> None:
    """Set the weights of the model from a file of Hugging Face's names.

    Raises:
        EncoderError: If a weight is missing or of another shape.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        read = load_file(path)
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"The encoder's weights {path} cannot be read: {error}. Put them back.") from error
    weights = {}
    for name, array in read.items():
        plain = name.removeprefix("bert.").replace("LayerNorm.gamma", "LayerNorm.weight")
        weights[plain.replace("LayerNorm.beta", "LayerNorm.bias")] = array

    def put(layer: str, *names: str) -> None:
        """Weights of Keras' shapes: matrices stand the other way round here, and attention splits its heads."""
        variables = model.get_layer(layer).weights
        arrays = []
        for variable, name in zip(variables, names, strict=True):
            found = weights.get(name)
            if found is not None and found.ndim == 2 and "embeddings" not in name:
                found = found.T
            size = 1
            for side in variable.shape:
                size *= side
            if found is None or found.size != size:
                got = "nothing" if found is None else f"shape {found.shape}"
                raise EncoderError(
                    f"{path} does not fit its config.json. Expected weight '{name}' of {size} numbers. Received: {got}."
                )
            arrays.append(found.astype("float32").reshape(variable.shape))
        model.get_layer(layer).set_weights(arrays)

    def pair(stem: str) -> tuple[str, str]:
        return f"{stem}.weight", f"{stem}.bias"

    kinds = weights.get("embeddings.token_type_embeddings.weight")
    if kinds is not None and "embeddings.position_embeddings.weight" in weights and len(kinds):
        # one text at a time: every token is of the first kind, so its embedding is part of the position's
        positions = weights["embeddings.position_embeddings.weight"]
        weights["embeddings.position_embeddings.weight"] = positions + kinds[0]
    put("words", "embeddings.word_embeddings.weight")
    put("positions", "embeddings.position_embeddings.weight")
    put("norm", *pair("embeddings.LayerNorm"))
    for i in range(int(config["num_hidden_layers"])):
        stem = f"encoder.layer.{i}"
        parts = [pair(f"{stem}.attention.self.{part}") for part in ("query", "key", "value")]
        put(f"unit{i}_attention", *(n for p in parts for n in p), *pair(f"{stem}.attention.output.dense"))
        put(f"unit{i}_attention_norm", *pair(f"{stem}.attention.output.LayerNorm"))
        put(f"unit{i}_inner", *pair(f"{stem}.intermediate.dense"))
        put(f"unit{i}_outer", *pair(f"{stem}.output.dense"))
        put(f"unit{i}_output_norm", *pair(f"{stem}.output.LayerNorm"))
