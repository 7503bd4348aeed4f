"""Tables by a multilayer perceptron over scaled numbers and embeddings of categories.

Source: Guo and Berkhahn, "Entity embeddings of categorical variables", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ...space import Choice, FloatRange, IntRange, block, layers, ops, repeat

# Embeddings begin as large as the scaled numbers beside them: Keras' own start, twenty times smaller, leaves them unheard.
AS_NUMBERS = {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 1.0}}


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
    units: Any = Choice(64, 128, 256, default=128),
    depth: Any = IntRange(1, 3, default=2),
    rate: Any = FloatRange(0.0, 0.5, default=0.1),
) -> Any:
    """A row of a table to a vector.

    All categories share one embedding table, each column in a range of its own.

    Args:
        numbers: ``(d,)`` scaled numbers, or None.
        categories: ``(c,)`` integers, each below its column's cardinality, or None.
        cardinalities: Of the columns.
        embedding: Width of a category's embedding.
        units: A layer.
        depth: Layers.
        rate: Dropout.
    """
    parts = [] if numbers is None else [numbers]
    if categories is not None:
        offsets = [0, *accumulate(cardinalities)]
        shifted = ops.add(categories, np.array(offsets[:-1], "int32"))
        table = layers.Embedding(offsets[-1], embedding, embeddings_initializer=AS_NUMBERS, name="embedding")
        parts.append(layers.Flatten()(table(shifted)))
    x = parts[0] if len(parts) == 1 else layers.Concatenate()(parts)
    return repeat(depth, dense.using(units=units, rate=rate), x, "layer")
