"""One token a column, from the features that each column has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class ColumnTokens(keras.layers.Layer):  # type: ignore[misc]
    """A linear map of its own for every column: ``(sum(widths),)`` -> ``(columns, units)``.

    The features of a column stand side by side. Narrow columns are filled up with zeros to the widest, so that all maps are one
    product.

    Source: Gorishniy, Rubachev, Khrulkov, Babenko, "Revisiting deep learning models for tabular data", 2021 (the feature tokenizer,
    for one feature a column); the same authors, "On embeddings for numerical features in tabular deep learning", 2022.

    Args:
        widths: Features of each column, at least 1.
        units: Width of a token.
    """

    def __init__(self, widths: Sequence[int], units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widths, self.units = [int(width) for width in widths], units

    def build(self, shape: Any) -> None:
        """A matrix and a bias for every column."""
        total, widest = sum(self.widths), max(self.widths)
        if shape[-1] != total:
            raise ValueError(
                f"ColumnTokens of widths {self.widths} reads {total} features. Received: {shape[-1]}."
            )
        start, self.places = 0, []
        for width in self.widths:  # the place after the last feature is that of the zero
            self.places += [start + i if i < width else total for i in range(widest)]
            start += width
        self.kernel = self.add_weight(
            shape=(len(self.widths), widest, self.units),
            initializer=keras.initializers.RandomNormal(0.0, widest**-0.5),
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(len(self.widths), self.units), initializer=keras.initializers.RandomNormal(), name="bias"
        )

    def call(self, features: Any) -> Any:
        """The tokens."""
        columns, widest = len(self.widths), max(self.widths)
        if min(self.widths) < widest:
            features = keras.ops.take(keras.ops.pad(features, [[0, 0], [0, 1]]), self.places, axis=1)
        features = keras.ops.reshape(features, (-1, columns, widest))
        return keras.ops.einsum("bcw,cwu->bcu", features, self.kernel) + self.bias

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], len(self.widths), self.units)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "widths": self.widths, "units": self.units}
