"""Numbers as waves of learned lengths."""

from __future__ import annotations

import math
from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class PeriodicEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Each number as sines and cosines of learned frequencies: ``(d,)`` -> ``(d, 2 * waves)``.

    A network bends slowly between two values; waves let it tell near values apart.

    Source: Gorishniy, Rubachev, Babenko, "On embeddings for numerical features in tabular deep learning", 2022.

    Args:
        waves: Frequencies a number.
        scale: Standard deviation of the frequencies at the start; larger ones see finer differences.
    """

    def __init__(self, waves: int, scale: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.waves, self.scale = waves, scale

    def build(self, shape: Any) -> None:
        """One frequency for every number and wave."""
        self.frequencies = self.add_weight(
            shape=(shape[-1], self.waves),
            initializer=keras.initializers.RandomNormal(0.0, self.scale),
            name="frequencies",
        )

    def call(self, numbers: Any) -> Any:
        """The waves' heights."""
        angles = 2.0 * math.pi * keras.ops.expand_dims(numbers, -1) * self.frequencies
        return keras.ops.concatenate([keras.ops.sin(angles), keras.ops.cos(angles)], axis=-1)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (*shape, 2 * self.waves)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "waves": self.waves, "scale": self.scale}
