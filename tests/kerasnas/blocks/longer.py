"""The same rows with more padding behind them, through the same weights."""

from __future__ import annotations

import random

import numpy as np

from kerasnas import Block, Input, Space
from kerasnas.testing.weights import scramble


def largest_change(
    block: Block, name: str, shape: Input, *, real: int, times: int = 2, genotypes: int = 3
) -> float:
    """Largest difference of a block's outputs when rows are padded to ``times`` the length, over some genotypes.

    Args:
        block: Of one input.
        name: Of the input.
        shape: Of the input.
        real: Places that are not padding.
        times: How much longer the second one is.
        genotypes: Random ones beside the default.
    """
    short = Space.trace(block, {name: shape})
    long = Space.trace(block, {name: Input((shape.shape[0] * times, *shape.shape[1:]), shape.dtype)})
    numbers, rng = np.random.default_rng(0), random.Random(0)
    rows = np.zeros((3, *long.inputs[name].shape), shape.dtype)
    drawn = numbers.normal(size=(3, real, *shape.shape[1:]))
    rows[:, :real] = (
        np.clip(np.abs(drawn) * 8, 1, 19).astype(shape.dtype) if "int" in shape.dtype else drawn + 3.0
    )
    worst = 0.0
    for genotype in [short.default(), *(short.sample(rng) for _ in range(genotypes))]:
        few, many = short.build(genotype), long.build(genotype)
        scramble(few)
        for mine, other in zip(few.weights, many.weights, strict=True):
            value = np.array(other)
            value[tuple(slice(0, size) for size in mine.shape)] = np.asarray(mine)  # more positions than here
            other.assign(value)
        a = np.asarray(few({name: rows[:, : shape.shape[0]]}, training=False))
        b = np.asarray(many({name: rows}, training=False))
        worst = max(worst, float(np.abs(a - b).max() / np.abs(a).max()))
    return worst
