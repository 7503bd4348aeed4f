"""Dense layers, embeddings and matrix products."""

from __future__ import annotations

from math import prod
from typing import Any

from ...space.graph import Inferred
from .base import Shape, computed, flops_of, layer, made, op


@layer("Dense")
def dense(config: dict[str, Any], x: Any) -> Inferred | None:
    """A matrix product at every place."""
    units, width = config["units"], x.shape[-1]
    if config.get("lora_rank") is not None:
        return None
    bias = units if config.get("use_bias", True) else 0
    shape = (*x.shape[:-1], units)
    return made(shape, width * units + bias, flops_of(width * units, *x.shape[1:-1]), computed(config))


@layer("Embedding")
def embedding(config: dict[str, Any], x: Any) -> Inferred | None:
    """A row of a table for each number."""
    if config.get("lora_rank") is not None:
        return None
    rows, width = config["input_dim"], config["output_dim"]
    return made((*x.shape, width), rows * width, 0, computed(config))


def letters(equation: str, *ranks: int) -> list[str]:
    """The operands' and the output's axis letters, the ellipsis written out.

    Raises:
        ValueError: If the equation has no arrow or another number of operands.
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    operands = left.split(",")
    if not arrow or len(operands) != len(ranks):
        raise ValueError(f"The equation {equation!r} does not name {len(ranks)} operands and an output.")
    more = "".join(c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in equation)
    rank = next((r - len(o) + 3 for o, r in zip(operands, ranks, strict=True) if "..." in o), 0)
    return [x.replace("...", more[:rank]) for x in (*operands, right)]


@layer("EinsumDense")
def einsum_dense(config: dict[str, Any], x: Any) -> Inferred | None:
    """A tensor contraction with learned weights."""
    left, _, right = config["equation"].replace(" ", "").partition("->")
    kernel = left.partition(",")[2]
    if "..." in kernel or config.get("lora_rank") is not None:
        return None
    read, kernel, written = letters(f"{left}->{right}", len(x.shape), len(kernel))
    sizes: dict[str, int | None] = dict(zip(read, x.shape, strict=True))
    given = config["output_shape"]
    given = (given,) if isinstance(given, int) else tuple(given)
    for letter, size in zip(written[len(written) - len(given) :], given, strict=True):
        if sizes.setdefault(letter, size) is None:
            sizes[letter] = size
    weights = prod(sizes[c] or 0 for c in kernel)
    bias = prod(sizes[c] or 0 for c in config["bias_axes"]) if config.get("bias_axes") else 0
    shape: Shape = (
        *(sizes[c] for c in written[: len(written) - len(given)]),
        *given,
    )  # None stays, as in Keras
    places = [sizes[c] for c in dict.fromkeys(read + written) if c not in kernel and c != read[0]]
    return made(shape, weights + bias, flops_of(weights, *places), computed(config))


@op("matmul")
def matmul(a: Any, b: Any) -> Inferred | None:
    """Products of matrices of equal leading sizes."""
    same = len(a.shape) == len(b.shape) >= 3 and a.shape[:-2] == b.shape[:-2] and a.shape[-1] == b.shape[-2]
    if not same or a.dtype != b.dtype:
        return None
    shape = (*a.shape[:-1], b.shape[-1])
    return made(shape, 0, flops_of(1, *shape[1:], a.shape[-1]), a.dtype)


@op("einsum")
def einsum(equation: str, *operands: Any) -> Inferred | None:
    """A contraction of one or two tensors."""
    if len(operands) > 2 or len({o.dtype for o in operands}) > 1:
        return None
    *read, written = letters(equation, *(len(o.shape) for o in operands))
    sizes: dict[str, int | None] = {}
    for names, operand in zip(read, operands, strict=True):
        for letter, size in zip(names, operand.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return None
    batch = written[:1]
    work = 0 if len(operands) == 1 else flops_of(1, *(s for c, s in sizes.items() if c != batch))
    return made(tuple(sizes[c] for c in written), 0, work, operands[0].dtype)
