"""An independent count of FLOPs: it walks a built Keras model and reads weights and tensors, not rules."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Any

import keras

from ..layers.batch_ensemble import BatchEnsemble
from ..layers.class_token import ClassToken
from ..layers.column_tokens import ColumnTokens
from ..layers.cosine_transform import CosineTransform
from ..layers.patch_positions import PatchPositions
from ..layers.periodic_embedding import PeriodicEmbedding
from ..layers.sequence_pooling import SequencePooling
from ..layers.sequence_positions import SequencePositions
from ..layers.tree_recurrent import TreeRecurrent

NO_PRODUCTS = (
    ClassToken
    | PatchPositions
    | PeriodicEmbedding
    | SequencePositions
    | keras.layers.Embedding
    | keras.layers.PReLU
    | keras.layers.LayerNormalization
    | keras.layers.RMSNormalization
)
RECURRENT = TreeRecurrent | keras.layers.LSTM | keras.layers.GRU | keras.layers.SimpleRNN


def count_flops(model: Any) -> int:
    """FLOPs to judge one row: 2 x multiply-accumulate, from the shapes of weights and tensors.

    Args:
        model: A built functional model, all of whose sizes but the batch are known.

    Raises:
        AssertionError: If a layer holds a matrix or kernel that this count does not know.
    """
    return sum(flops_by_layer(model).values())


def flops_by_layer(model: Any, ignored: frozenset[str] = frozenset()) -> Counter[str]:
    """The same by layer name, operations under their class' name.

    Args:
        model: A built functional model.
        ignored: Names of layers to leave out.

    Raises:
        AssertionError: If a layer that is not ignored holds a matrix or kernel that this count does not know.
    """
    found: Counter[str] = Counter()
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            operation = node.operation
            if node.is_input or operation.name in ignored:
                continue
            name = operation.name if isinstance(operation, keras.layers.Layer) else type(operation).__name__
            found[name] += _one(operation, node)
    return found


def _size(tensor: Any) -> int:
    return prod(tensor.shape[1:])


def _one(operation: Any, node: Any) -> int:
    inputs, outputs = node.arguments.keras_tensors, node.output_tensors
    if isinstance(operation, keras.Model):
        return count_flops(operation)
    if isinstance(operation, RECURRENT | keras.layers.Bidirectional):
        return int(2 * inputs[0].shape[1] * _recurrent_weights(operation))
    if isinstance(operation, keras.layers.MultiHeadAttention | keras.layers.GroupQueryAttention):
        return _attention(operation, inputs)
    if isinstance(operation, keras.layers.Attention):
        return int(2 * inputs[0].shape[1] * inputs[1].shape[1] * (inputs[0].shape[-1] + inputs[1].shape[-1]))
    if isinstance(operation, keras.layers.Layer):
        return _weighted(operation, inputs[0], outputs[0])
    if type(operation).__name__ == "Matmul":
        return int(2 * _size(outputs[0]) * inputs[0].shape[-1])
    if type(operation).__name__ == "Einsum":
        read, _, written = operation.subscripts.replace(" ", "").partition("->")
        sizes = {
            c: d
            for names, t in zip(read.split(","), inputs, strict=True)
            for c, d in zip(names, t.shape, strict=True)
        }
        summed = prod(d for c, d in sizes.items() if c not in written)
        return int(2 * _size(outputs[0]) * summed if len(inputs) > 1 else 0)
    return 0


def _weighted(layer: Any, x: Any, y: Any) -> int:
    """Each weight of a kernel is used once at every place of the output (of the input, where spread)."""
    kernels = [w for w in layer.weights if len(w.shape) > 1 and "kernel" in w.name]
    if isinstance(layer, CosineTransform):
        return int(2 * _size(y) * x.shape[-1])
    if isinstance(layer, SequencePooling):
        return int(2 * x.shape[1] * sum(prod(w.shape) for w in layer.weights))
    if isinstance(layer, NO_PRODUCTS):
        return 0
    if isinstance(layer, ColumnTokens):
        return int(2 * prod(layer.kernel.shape))
    if isinstance(layer, BatchEnsemble):
        return int(2 * layer.members * sum(prod(w.shape) for w in kernels))
    if isinstance(layer, keras.layers.EinsumDense):
        read, kernel, written = layer.equation.replace(" ", "").replace("->", ",").split(",")
        summed = [
            d for c, d in zip(kernel, layer.kernel.shape, strict=True) if c in read and c not in written
        ]
        return int(2 * _size(y) * prod(summed))
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return int(2 * (_size(x) // x.shape[-1]) * prod(layer.kernel.shape))
    if kernels:
        return int(2 * (_size(y) // y.shape[-1]) * sum(prod(w.shape) for w in kernels))
    unknown = [w.path for w in layer.weights if len(w.shape) > 1]
    assert not unknown, (
        f"The independent count does not know the layer '{layer.name}' with the weights {unknown}."
    )
    return 0


def _recurrent_weights(layer: Any) -> int:
    return sum(prod(w.shape) for w in layer.trainable_weights if "kernel" in w.name)


def _attention(layer: Any, inputs: Any) -> int:
    """Projections by their kernels; scores, and scores times values, by the heads' widths."""
    query, value = inputs[0], inputs[1] if len(inputs) > 1 else inputs[0]
    kernels = {w.path.rsplit("/", 2)[-2]: w for w in layer.weights if w.name == "kernel"}
    long, short = query.shape[1], value.shape[1]
    projections = 0
    for name, weight in kernels.items():
        at_query = name.startswith(("query", "attention_output", "output"))
        projections += prod(weight.shape) * (long if at_query else short)
    heads, key_dim = next(w.shape[1:] for name, w in kernels.items() if name.startswith("query"))
    value_dim = next(w.shape[-1] for name, w in kernels.items() if name.startswith("value"))
    return int(2 * (projections + heads * long * short * (key_dim + value_dim)))
