"""Tables by a multilayer perceptron over scaled numbers and embeddings of categories.

Source: Guo and Berkhahn, "Entity embeddings of categorical variables", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...space import Choice, FloatRange, IntRange, block, layers, repeat
from .columns import category_vector


@block("dense")
def dense(x: Any, *, units: Any, rate: Any) -> Any:
    """A dense layer with normalisation and dropout."""
    x = layers.BatchNormalization(momentum=0.9)(layers.Dense(units, name="dense")(x))
    return layers.Dropout(rate)(layers.ReLU()(x))


@block("mlp")
def mlp(
    numbers: Any,
    categories: Any,
    *,
    cardinalities: Sequence[int] = (),
    embedding: Any = 8,
    sizes: Any = "equal",
    units: Any = Choice(64, 128, 256, default=128),
    depth: Any = IntRange(1, 3, default=2),
    rate: Any = FloatRange(0.0, 0.5, default=0.1),
) -> Any:
    """A row of a table to a vector.

    Args:
        numbers: ``(d,)`` scaled numbers, or None.
        categories: ``(c,)`` integers, each below its column's cardinality, or None.
        cardinalities: Of the columns.
        embedding: Width of a category's embedding, the largest where they differ.
        sizes: "equal", or "by_cardinality": narrower where a column has few values.
        units: A layer.
        depth: Layers.
        rate: Dropout.
    """
    parts = [] if numbers is None else [numbers]
    if categories is not None:
        parts.append(category_vector(categories, cardinalities, embedding, sizes))
    x = parts[0] if len(parts) == 1 else layers.Concatenate()(parts)
    return repeat(depth, dense.using(units=units, rate=rate), x, "layer")
