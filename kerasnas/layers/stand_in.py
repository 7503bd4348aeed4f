"""What stands for a modality that a row lacks."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class StandIn(keras.layers.Layer):  # type: ignore[misc]
    """A learned vector where a row's view is empty: view ``(...)`` and vector ``(d,)`` -> ``(d,)``.

    A picture, sound or text that is missing is a view of zeros. What an encoder says of that is an accident of its biases; the learned
    vector, zero at the start, says nothing until the rows that lack the modality teach it otherwise.

    Source: Ma, Ren, Zhao, Tulyakov, Wu, Peng, "SMIL: multimodal learning with severely missing modality", 2021, for the problem.
    """

    def build(self, view_shape: Any, vector_shape: Any) -> None:
        """One number a feature."""
        del view_shape
        self.said = self.add_weight(shape=(vector_shape[-1],), initializer="zeros", name="said")

    def call(self, view: Any, vector: Any) -> Any:
        """The vector, or what stands for it."""
        flat = keras.ops.reshape(view, (keras.ops.shape(view)[0], -1))
        there = keras.ops.any(keras.ops.not_equal(flat, 0), axis=1, keepdims=True)
        return keras.ops.where(there, vector, keras.ops.cast(self.said, vector.dtype))

    def compute_output_shape(self, view_shape: Any, vector_shape: Any) -> Any:
        """See the class."""
        del view_shape
        return vector_shape
