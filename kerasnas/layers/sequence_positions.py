"""Where in a sequence something stands, as learned vectors."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class SequencePositions(keras.layers.Layer):  # type: ignore[misc]
    """Add a learned vector for each place: ``(length, d)`` -> ``(length, d)``.

    Source: Gehring et al., "Convolutional sequence to sequence learning", 2017.
    """

    def build(self, shape: Any) -> None:
        """One vector a place, small at first."""
        self.positions = self.add_weight(
            shape=tuple(shape[1:]), initializer=keras.initializers.RandomNormal(0.0, 0.02), name="positions"
        )

    def call(self, x: Any) -> Any:
        """What stands there, and where."""
        return x + self.positions

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return tuple(shape)
