"""What leaves shapes alone or broadcasts them: activations, arithmetic, merging layers, random layers."""

from __future__ import annotations

from math import prod
from typing import Any

from ...space.graph import Inferred
from .base import Shape, computed, layer, made, moved, op


@layer("ReLU", "Activation", "LeakyReLU", "ELU", "Softmax", "Rescaling")
def activation(config: dict[str, Any], x: Any) -> Inferred | None:
    """A function of each number."""
    return made(x.shape, dtype=computed(config)) if "float" in x.dtype or "scale" in config else None


@layer("PReLU")
def learned_slope(config: dict[str, Any], x: Any) -> Inferred | None:
    """A slope for each number, or shared along axes."""
    shared = set(config.get("shared_axes") or ())
    sizes = [s for axis, s in enumerate(x.shape[1:], 1) if axis not in shared]
    return None if None in sizes else made(x.shape, prod(sizes), 0, computed(config))


@layer(
    "Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise",
    "GaussianDropout", "AlphaDropout", "ActivityRegularization", "RandomFlip", "RandomTranslation",
    "RandomRotation", "RandomZoom", "RandomContrast", "RandomBrightness",
)  # fmt: skip
def training_only(config: dict[str, Any], x: Any) -> Inferred | None:
    """No work when the model is used; FLOPs count inference."""
    return made(x.shape, dtype=moved(config, x)) if "float" in x.dtype else None


def broadcast(shapes: list[Shape]) -> Shape | None:
    """The shape that several broadcast to, or None where they do not."""
    first = shapes[0]
    if all(s == first for s in shapes):
        return first
    rank = max(map(len, shapes))
    out: list[int | None] = []
    for sizes in zip(*((1,) * (rank - len(s)) + tuple(s) for s in shapes), strict=True):
        known = {s for s in sizes if s != 1}
        if len(known - {None}) > 1:
            return None
        out.append(None if None in known else next(iter(known), 1))
    return tuple(out)


@layer("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
def merge(config: dict[str, Any], xs: Any) -> Inferred | None:
    """Several tensors to one, number by number."""
    if any(len(x.shape) != len(xs[0].shape) or "float" not in x.dtype for x in xs):
        return None
    shape = broadcast([x.shape for x in xs])
    return None if shape is None else made(shape, dtype=computed(config))


@layer("Concatenate")
def concatenate(config: dict[str, Any], xs: Any) -> Inferred | None:
    """Tensors side by side along one axis."""
    rank = len(xs[0].shape)
    axis = config.get("axis", -1) % rank
    sizes = [x.shape[axis] for x in xs]
    rest = {x.shape[:axis] + x.shape[axis + 1 :] for x in xs}
    if axis == 0 or len(rest) > 1 or None in sizes or any("float" not in x.dtype for x in xs):
        return None
    shape = list(xs[0].shape)
    shape[axis] = sum(sizes)
    return made(shape, dtype=computed(config))


@op("add", "subtract", "multiply", "divide", "maximum", "minimum", "power")
def arithmetic(a: Any, b: Any) -> Inferred | None:
    """Two tensors, or a tensor and a number."""
    found = [x for x in (a, b) if hasattr(x, "shape")]
    numbers = [x for x in (a, b) if not hasattr(x, "shape")]
    dtypes = {str(x.dtype) for x in found}
    if len(dtypes) > 1 or (dtypes != {"float32"} and numbers):
        return None  # which dtype wins is Keras' business
    if dtypes & {"bool"} or any(not isinstance(x, int | float) for x in numbers):
        return None
    shape = broadcast([x.shape for x in found])
    return None if shape is None else made(shape, dtype=dtypes.pop())


@op(
    "relu", "sigmoid", "silu", "swish", "gelu", "tanh", "softmax", "exp", "negative", "square", "sqrt",
    "abs", "relu6", "elu", "selu", "softplus", "log", "leaky_relu", "hard_sigmoid", "hard_silu",     "zeros_like", "ones_like", "rsqrt",
)  # fmt: skip
def unary(x: Any, *_: Any, **__: Any) -> Inferred | None:
    """A function of each number."""
    return made(x.shape) if x.dtype == "float32" and "dtype" not in __ else None
