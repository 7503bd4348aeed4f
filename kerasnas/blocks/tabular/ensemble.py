"""Several perceptrons in one, by shared matrices.

Source: Gorishniy, Kotelnikov, Babenko, "TabM: advancing tabular deep learning with parameter-efficient ensembling", 2024. Here the
members' losses are not added up: a row trains one member drawn by chance, whose mean over the draws is the same and which costs as
little as a single perceptron; see ``kerasnas.layers.BatchEnsemble``.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, IntRange, block, layers


@block("ensemble")
def ensemble(
    x: Any,
    *,
    members: Any = Choice(4, 8, 16, default=8),
    units: Any = Choice(64, 128, 256, default=128),
    depth: Any = IntRange(1, 3, default=2),
    rate: Any = FloatRange(0.0, 0.5, default=0.1),
) -> Any:
    """A row of a table as a vector to a vector: ``(d,)`` -> ``(units,)``, the mean of what the members give.

    Args:
        x: Numbers, embeddings and tags side by side.
        members: Perceptrons that share their matrices.
        units: A layer.
        depth: Layers.
        rate: Dropout.
    """
    return layers.BatchEnsemble(members, units, depth, rate, name="members")(x)
