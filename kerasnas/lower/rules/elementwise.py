"""What leaves shapes alone or broadcasts them: activations, arithmetic, merging layers, random layers."""

from __future__ import annotations

from typing import Any

from ...space.graph import Tensor
from .base import Shape, layer, numbers, op


@layer(
    "ReLU", "Activation", "LeakyReLU", "ELU", "Softmax", "Rescaling", "Identity",
)  # fmt: skip
def activation(config: dict[str, Any], x: Any) -> Any:  # noqa: ARG001
    return x.shape, 0, numbers(x.shape), "float32" if x.dtype.startswith(("int", "uint")) else x.dtype


@layer("PReLU")
def prelu(config: dict[str, Any], x: Any) -> Any:
    shared = set(config.get("shared_axes") or ())
    count = 1
    for axis, size in enumerate(x.shape[1:], 1):
        count *= 1 if axis in shared else (size or 1)
    return x.shape, count, numbers(x.shape)


@layer(
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization",
    "RandomFlip", "RandomTranslation", "RandomRotation", "RandomZoom", "RandomContrast", "RandomBrightness", "RandomErasing",
)  # fmt: skip
def training_only(config: dict[str, Any], x: Any) -> Any:  # noqa: ARG001
    """No work when the model is used; FLOPs count inference."""
    return x.shape, 0, 0, "float32" if x.dtype.startswith(("int", "uint")) else x.dtype


@layer("Masking")
def masking(config: dict[str, Any], x: Any) -> Any:  # noqa: ARG001
    return x.shape, 0, numbers(x.shape)


def broadcast(shapes: list[Shape]) -> Shape | None:
    """The shape that several broadcast to, or None where they do not."""
    rank = max(map(len, shapes))
    out: list[int | None] = []
    for sizes in zip(*((1,) * (rank - len(s)) + tuple(s) for s in shapes), strict=True):
        known = {s for s in sizes if s != 1}
        if len(known - {None}) > 1:
            return None
        out.append(None if None in known else next(iter(known), 1))
    return tuple(out)


@layer("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
def merge(config: dict[str, Any], xs: Any) -> Any:  # noqa: ARG001
    shape = broadcast([x.shape for x in xs])
    return None if shape is None else (shape, 0, numbers(shape) * (len(xs) - 1))


@layer("Concatenate")
def concatenate(config: dict[str, Any], xs: Any) -> Any:
    axis, rank = config.get("axis", -1), len(xs[0].shape)
    axis = axis % rank
    sizes = [x.shape[axis] for x in xs]
    if axis == 0 or any(len(x.shape) != rank for x in xs) or any(s is None for s in sizes):
        return None
    shape = list(xs[0].shape)
    shape[axis] = sum(sizes)
    return tuple(shape), 0, 0


@op("add", "subtract", "multiply", "divide", "maximum", "minimum", "power")
def arithmetic(a: Any, b: Any) -> Any:
    tensors = [x for x in (a, b) if isinstance(x, Tensor)]
    arrays = [x for x in (a, b) if hasattr(x, "shape") and not isinstance(x, Tensor)]
    shape = broadcast([x.shape for x in (*tensors, *arrays)])
    dtypes = {str(x.dtype) for x in (*tensors, *arrays)}
    if shape is None or len(dtypes) > 1 or not (dtypes == {"float32"} or arrays or len(tensors) == 2):
        return None  # promotion is Keras' business
    return shape, 0, numbers(shape), dtypes.pop()


@op(
    "relu", "sigmoid", "silu", "gelu", "tanh", "softmax", "exp", "negative", "square", "sqrt", "abs", "zeros_like", "ones_like",
    "relu6", "elu", "softplus", "log",
)  # fmt: skip
def unary(x: Any, **_: Any) -> Any:
    return (x.shape, 0, numbers(x.shape)) if x.dtype == "float32" else None
