"""What blocks must know of a table's columns, and their columns as vectors or as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from ...space import layers, ops, when

# Embeddings begin as large as the scaled numbers beside them: Keras' own start, twenty times smaller, leaves them unheard.
AS_NUMBERS = {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 1.0}}
WIDTHS = (2, 4, 8, 16)
"""Widths of embeddings by cardinality; columns of one width share a table, so a table has at most as many embedding layers."""


@dataclass(frozen=True)
class Numbers:
    """Where what stands in a vector of numbers: for each number its scaled value, its ramps, and whether it is missing.

    Attributes:
        ramps: Of each number; 0 where it has none.
        missing: Whether each has a feature that says where it is missing.
    """

    ramps: tuple[int, ...] = ()
    missing: tuple[bool, ...] = ()

    @property
    def widths(self) -> list[int]:
        """Features of each number."""
        return [1 + ramps + missing for ramps, missing in zip(self.ramps, self.missing, strict=True)]

    @property
    def narrow(self) -> list[int]:
        """Features of each number without its ramps."""
        return [1 + missing for missing in self.missing]

    @property
    def plain(self) -> list[int]:
        """Places of the scaled values, each with the place that says whether it is missing."""
        places: list[int] = []
        for end, missing, width in zip(accumulate(self.widths), self.missing, self.widths, strict=True):
            places += [end - width, *([end - 1] if missing else [])]
        return places


def width_of(cardinality: int) -> int:
    """How wide the embedding of a category is: 1.6 times its values to the power of 0.56, up to the next of ``WIDTHS``.

    Source: Howard and Gugger, "fastai: a layered API for deep learning", 2020 (the rule; widths end at 16 here).
    """
    return next((w for w in WIDTHS if w >= 1.6 * cardinality**0.56), WIDTHS[-1])


def ruled(cardinalities: Sequence[int]) -> bool:
    """Whether sizes by cardinality differ from one size for all."""
    return any(width_of(c) < WIDTHS[-1] for c in cardinalities)


def embedded(categories: Any, cardinalities: Sequence[int], width: Any, *, name: str = "embedding") -> Any:
    """Categories as embeddings of one width, from one table in which each column has a range of its own: ``(c,)`` -> ``(c, width)``."""
    offsets = [0, *accumulate(cardinalities)]
    shifted = ops.add(categories, np.array(offsets[:-1], "int32"))
    return layers.Embedding(offsets[-1], width, embeddings_initializer=AS_NUMBERS, name=name)(shifted)


def category_vector(categories: Any, cardinalities: Sequence[int], most: Any, sizes: Any = "equal") -> Any:
    """All categories as one vector.

    Args:
        categories: ``(c,)`` integers, each below its column's cardinality.
        cardinalities: Of the columns.
        most: Width of an embedding, the largest where they differ.
        sizes: "equal", or "by_cardinality": columns of few values get narrower embeddings, see ``width_of``.
    """

    def equal() -> Any:
        return layers.Flatten()(embedded(categories, cardinalities, most))

    def by_cardinality() -> Any:
        parts = []
        for width in WIDTHS:
            columns = [i for i, c in enumerate(cardinalities) if width_of(c) == width]
            if columns:
                chosen = ops.take(categories, columns, axis=-1)
                found = embedded(
                    chosen, [cardinalities[i] for i in columns], when(most < width, most, width),
                    name=f"embedding{width}",
                )  # fmt: skip
                parts.append(layers.Flatten()(found))
        return layers.Concatenate()(parts) if len(parts) > 1 else parts[0]

    if isinstance(sizes, str):
        return equal() if sizes == "equal" else by_cardinality()
    return when(sizes == "by_cardinality", by_cardinality, equal)


def ramp_tokens(numbers: Any, known: Numbers, width: Any) -> Any:
    """A token for each number, linear in its value and its ramps: ``(d,)`` -> ``(numbers, width)``."""
    return layers.ColumnTokens(known.widths, width, name="ramps")(numbers)


def wave_tokens(numbers: Any, known: Numbers, width: Any, waves: Any, scale: Any) -> Any:
    """A token for each number, linear in its value and in waves of it: ``(d,)`` -> ``(numbers, width)``."""
    count = len(known.ramps)
    plain = ops.take(numbers, known.plain, axis=-1) if any(known.ramps) else numbers
    starts = [end - width for end, width in zip(accumulate(known.widths), known.widths, strict=True)]
    values = ops.take(numbers, starts, axis=-1) if max(known.widths) > 1 else numbers
    heights = layers.Flatten()(layers.PeriodicEmbedding(waves, scale, name="waves")(values))
    bent = layers.ColumnTokens([2 * waves] * count, width, name="bent")(heights)
    return layers.Add()([layers.ColumnTokens(known.narrow, width, name="straight")(plain), bent])
