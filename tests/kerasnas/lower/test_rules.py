"""Every rule against Keras: shape, dtype and parameters of the built layer, FLOPs of an independent count."""

from __future__ import annotations

import pytest

from kerasnas.lower.model import traced
from kerasnas.lower.rules import LIGHT, RULES
from kerasnas.space import Input, Space, layers, ops
from kerasnas.space.graph import Tensor, leaves, nest_leaves
from kerasnas.testing.flops import flops_by_layer

PICTURE, LINE, CUBE, VECTOR, IDS = (9, 8, 6), (10, 6), (5, 6, 4, 2), (12,), "ids"

LAYERS = [
    ("Conv1D", {"filters": 4, "kernel_size": 3}, LINE),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, LINE),
    ("Conv2D", {"filters": 4, "kernel_size": 3}, PICTURE),
    ("Conv2D", {"filters": 4, "kernel_size": (3, 1), "strides": (2, 1), "padding": "same", "use_bias": False}, PICTURE),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2, "strides": 2}, PICTURE),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "dilation_rate": 2}, PICTURE),
    ("Conv3D", {"filters": 4, "kernel_size": 2}, CUBE),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}, PICTURE),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, PICTURE),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, LINE),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "strides": 2}, PICTURE),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3}, LINE),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "depth_multiplier": 2, "use_bias": False}, PICTURE),
    ("Dense", {"units": 7}, VECTOR),
    ("Dense", {"units": 7, "use_bias": False, "activation": "relu"}, PICTURE),
    ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"}, VECTOR),
    ("EinsumDense", {"equation": "abc,cde->abde", "output_shape": (10, 3, 5), "bias_axes": "de"}, LINE),
    ("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 5}, LINE),
    ("Embedding", {"input_dim": 20, "output_dim": 3}, IDS),
    ("BatchNormalization", {}, PICTURE),
    ("BatchNormalization", {"scale": False, "axis": 1}, PICTURE),
    ("LayerNormalization", {}, LINE),
    ("LayerNormalization", {"axis": (1, 2), "center": False}, LINE),
    ("GroupNormalization", {"groups": 3}, PICTURE),
    ("RMSNormalization", {}, LINE),
    ("UnitNormalization", {}, VECTOR),
    ("ReLU", {}, PICTURE),
    ("Activation", {"activation": "gelu"}, VECTOR),
    ("LeakyReLU", {}, VECTOR),
    ("Softmax", {}, VECTOR),
    ("PReLU", {"shared_axes": [1, 2]}, PICTURE),
    ("Rescaling", {"scale": 0.5}, PICTURE),
    ("Rescaling", {"scale": 0.5}, "pixels"),
    ("Dropout", {"rate": 0.3}, VECTOR),
    ("SpatialDropout1D", {"rate": 0.3}, LINE),
    ("GaussianNoise", {"stddev": 0.1}, VECTOR),
    ("RandomFlip", {}, PICTURE),
    ("RandomTranslation", {"height_factor": 0.1, "width_factor": 0.1}, PICTURE),
    ("MaxPooling1D", {}, LINE),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, PICTURE),
    ("AveragePooling2D", {"pool_size": (2, 3)}, PICTURE),
    ("AveragePooling3D", {"pool_size": 2}, CUBE),
    ("GlobalAveragePooling1D", {}, LINE),
    ("GlobalAveragePooling2D", {"keepdims": True}, PICTURE),
    ("GlobalMaxPooling2D", {}, PICTURE),
    ("Flatten", {}, PICTURE),
    ("Flatten", {}, IDS),
    ("Reshape", {"target_shape": (-1, 3)}, PICTURE),
    ("RepeatVector", {"n": 3}, VECTOR),
    ("Permute", {"dims": (2, 1)}, LINE),
    ("Resizing", {"height": 4, "width": 5}, PICTURE),
    ("Resizing", {"height": 4, "width": 5}, "pixels"),
    ("ZeroPadding1D", {"padding": (1, 2)}, LINE),
    ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}, PICTURE),
    ("Cropping1D", {}, LINE),
    ("Cropping2D", {"cropping": ((1, 2), (0, 3))}, PICTURE),
    ("Cropping2D", {}, PICTURE),
    ("UpSampling1D", {}, LINE),
    ("UpSampling2D", {"size": (2, 3)}, PICTURE),
    ("LSTM", {"units": 5}, LINE),
    ("LSTM", {"units": 5, "return_sequences": True, "use_bias": False}, LINE),
    ("GRU", {"units": 5}, LINE),
    ("GRU", {"units": 5, "reset_after": False}, LINE),
    ("SimpleRNN", {"units": 5}, LINE),
]  # fmt: skip


def given(kind: object) -> Input:
    """The input of one row of the tables."""
    if kind == IDS:
        return Input((7,), "int32")
    return Input((6, 5, 3), "uint8") if kind == "pixels" else Input(kind)  # type: ignore[arg-type]


def compare(space: Space) -> None:
    """The plan of a space's default against Keras."""
    import keras

    plan = space.plan(space.default())
    model, made = traced(plan)
    for step in leaves(plan.steps):
        ours = [(tuple(t.shape), t.dtype) for t in nest_leaves(Tensor, step.out)]
        theirs = [(tuple(t.shape), t.dtype) for t in nest_leaves(keras.KerasTensor, made[id(step)])]
        assert ours == theirs
    assert plan.parameters == model.count_params()
    assert plan.flops == sum(flops_by_layer(model).values())


@pytest.mark.parametrize(("name", "config", "kind"), LAYERS, ids=lambda x: x if isinstance(x, str) else "")
def test_layer(name: str, config: dict[str, object], kind: object) -> None:
    assert f"keras.layers:{name}" in RULES
    compare(Space.trace(lambda x: getattr(layers, name)(**config)(x), {"x": given(kind)}))


@pytest.mark.parametrize("name", ["Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"])
def test_merging_layer_broadcasts(name: str) -> None:
    shapes = {"x": Input(PICTURE), "y": Input((1, 1, 6))}
    compare(Space.trace(lambda x, y: getattr(layers, name)()([x, y]), shapes))


def test_concatenate_along_any_axis() -> None:
    compare(Space.trace(lambda x, y: layers.Concatenate()([x, y]), {"x": Input((5, 3)), "y": Input((5, 4))}))
    compare(
        Space.trace(lambda x, y: layers.Concatenate(axis=1)([x, y]), {"x": Input((5, 3)), "y": Input((2, 3))})
    )


@pytest.mark.parametrize("inner", ["LSTM", "GRU"])
@pytest.mark.parametrize("mode", ["concat", "sum"])
def test_bidirectional(inner: str, mode: str) -> None:
    def model(x: object) -> object:
        return layers.Bidirectional(getattr(layers, inner)(4, return_sequences=True), merge_mode=mode)(x)

    compare(Space.trace(model, {"x": Input(LINE)}))


@pytest.mark.parametrize("config", [{}, {"use_bias": False}, {"value_dim": 7}])
def test_multi_head_attention_across_lengths(config: dict[str, object]) -> None:
    def model(x: object, y: object) -> object:
        return layers.MultiHeadAttention(2, 3, **config)(x, y)

    compare(Space.trace(model, {"x": Input((5, 8)), "y": Input((9, 6))}))


def test_other_attention() -> None:
    shapes = {"x": Input((5, 8)), "y": Input((9, 8))}
    compare(Space.trace(lambda x, y: layers.GroupQueryAttention(4, 4, 2)(x, y), shapes))
    compare(Space.trace(lambda x, y: layers.Attention()([x, y]), shapes))


OPERATIONS = {
    "add": lambda x: ops.add(x, x),
    "number": lambda x: 2.0 * x - 1,
    "relu": lambda x: ops.relu(x),
    "softmax": lambda x: ops.softmax(x, axis=1),
    "matmul": lambda x: x @ ops.transpose(x, (0, 2, 1)),
    "einsum": lambda x: ops.einsum("bij,bkj->bik", x, x),
    "einsum of one": lambda x: ops.einsum("bij->bji", x),
    "mean": lambda x: ops.mean(x, axis=1),
    "slice": lambda x: x[:, 1:4, 0],
    "reshape": lambda x: ops.reshape(x, (-1, 60)),
    "cast": lambda x: ops.cast(ops.greater(x, 0.0), "float32"),
    "where": lambda x: ops.where(ops.greater(x, 0.0), x, ops.zeros_like(x)),
    "concatenate": lambda x: ops.concatenate([x, x], axis=1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(name: str) -> None:
    compare(Space.trace(OPERATIONS[name], {"x": Input(LINE)}))


def test_integers_and_arrays_keep_their_type() -> None:
    import numpy as np

    compare(Space.trace(lambda x: ops.add(x, np.array([1, 2, 3, 4, 5, 6, 7], "int32")), {"x": given(IDS)}))


def test_every_rule_is_tried_or_an_alias() -> None:
    tried = {f"keras.layers:{name}" for name, _, _ in LAYERS}
    siblings = {
        "AlphaDropout",
        "ActivityRegularization",
        "AvgPool1D",
        "AvgPool2D",
        "AvgPool3D",
        "AveragePooling1D",
    }
    siblings |= {
        "ELU",
        "GaussianDropout",
        "GlobalAveragePooling3D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling3D",
        "Identity",
    }
    siblings |= {"MaxPool1D", "MaxPool2D", "MaxPool3D", "MaxPooling3D", "RandomBrightness", "RandomContrast"}
    siblings |= {"RandomRotation", "RandomZoom", "SpatialDropout2D", "SpatialDropout3D"}
    merging = {"Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Concatenate", "Bidirectional"}
    attention = {"MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention", "Attention"}
    known = tried | {f"keras.layers:{name}" for name in siblings | merging | attention}
    assert {name for name in RULES if name.startswith("keras.layers:")} - known == set()


def test_light_names_exist_in_keras_and_have_no_matrix() -> None:
    import keras

    missing = [n for n in LIGHT if n.startswith("keras.ops:") and not hasattr(keras.ops, n.partition(":")[2])]
    assert missing == []
    heavy = ("Dense", "Conv", "LSTM", "GRU", "RNN", "Attention", "matmul", "einsum", "dot", "tensordot")
    assert [n for n in LIGHT if any(h in n for h in heavy)] == []
