"""Crosses of features beside a perceptron.

Source: Wang, Shivanna, Cheng, Jain, Lin, Hong, Chi, "DCN V2: improved deep & cross network", 2021 (low-rank crosses, in parallel with
the deep network).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, IntRange, block, channels, layers, repeat
from .mlp import dense


@block("cross")
def cross(
    x: Any,
    *,
    crosses: Any = IntRange(1, 3, default=2),
    rank: Any = Choice(16, 32, 64, default=32),
    units: Any = Choice(64, 128, 256, default=128),
    depth: Any = IntRange(1, 3, default=2),
    rate: Any = FloatRange(0.0, 0.5, default=0.1),
) -> Any:
    """A row of a table as a vector to a vector: ``(d,)`` -> ``(d + units,)``.

    Each cross multiplies the row, feature by feature, by a linear map of what the cross before it gave: after two of them products of
    three features are there.

    Args:
        x: Numbers, embeddings and tags side by side.
        crosses: How many, one after another.
        rank: Of the linear maps.
        units: A layer of the perceptron.
        depth: Its layers.
        rate: Its dropout.
    """

    def crossed(y: Any, name: str) -> Any:
        narrow = layers.Dense(rank, use_bias=False, name=f"{name}/down")(y)
        wide = layers.Dense(channels(x), name=f"{name}/up")(narrow)
        return layers.Add()([layers.Multiply()([x, wide]), y])

    products = repeat(crosses, crossed, x, "cross")
    deep = repeat(depth, dense.using(units=units, rate=rate), x, "layer")
    return layers.Concatenate()([products, deep])
