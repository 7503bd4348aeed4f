"""Zeros where a sequence is padded."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class KeepReal(keras.layers.Layer):  # type: ignore[misc]
    """Set the padding of a sequence to zero: ``(length, ...)`` and its mask ``(length,)`` -> ``(length, ...)``.

    Before a convolution, so that what stands beyond the end is nothing, as it is at the border of a sequence without padding.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True  # Keras' own masks, which some layers pass on, end here

    def compute_mask(self, *_: Any) -> None:
        """None: what is padding is said by the second input."""

    def call(self, x: Any, real: Any) -> Any:
        """What is real; zeros elsewhere."""
        there = keras.ops.cast(real, x.dtype)
        for _ in range(len(x.shape) - 2):
            there = keras.ops.expand_dims(there, -1)
        return x * there

    def compute_output_shape(self, x_shape: Any, real_shape: Any) -> tuple[int | None, ...]:  # noqa: ARG002 (named as Keras gives it)
        """See the class."""
        return tuple(x_shape)
