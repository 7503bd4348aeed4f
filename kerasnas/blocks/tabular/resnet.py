"""A perceptron with residual connections.

Source: Gorishniy, Rubachev, Khrulkov, Babenko, "Revisiting deep learning models for tabular data", 2021 (ResNet).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, IntRange, block, channels, layers, repeat


@block("unit")
def unit(x: Any, *, expand: Any, rate: Any) -> Any:
    """Normalise, widen, narrow, add."""
    width = channels(x)
    y = layers.BatchNormalization(momentum=0.9)(x)
    y = layers.ReLU()(layers.Dense(width * expand, name="widen")(y))
    y = layers.Dense(width, name="narrow")(layers.Dropout(rate)(y))
    return layers.Add()([x, y])


@block("resnet")
def resnet(
    x: Any,
    *,
    units: Any = Choice(64, 128, 256, default=128),
    depth: Any = IntRange(1, 4, default=2),
    expand: Any = Choice(1, 2, default=2),
    rate: Any = FloatRange(0.0, 0.5, default=0.2),
) -> Any:
    """A row of a table as a vector to a vector: ``(d,)`` -> ``(units,)``.

    Args:
        x: Numbers, embeddings and tags side by side.
        units: Width of the main way.
        depth: Residual units.
        expand: How many times as wide a unit is inside.
        rate: Dropout inside a unit.
    """
    x = repeat(depth, unit.using(expand=expand, rate=rate), layers.Dense(units, name="stem")(x), "unit")
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
