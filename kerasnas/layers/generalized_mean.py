"""A pooling between the mean and the maximum."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class GeneralizedMean2D(keras.layers.Layer):  # type: ignore[misc]
    """The mean over all places with a learned exponent for each channel: ``(h, w, c)`` -> ``(c,)``.

    An exponent of 1 is the mean of what is positive, a large one the maximum. Numbers below ``LEAST`` count as ``LEAST``.

    Source: Radenović, Tolias, Chum, "Fine-tuning CNN image retrieval with no human annotation", 2019.

    Args:
        exponent: At the start; it stays between 1 and 10.
    """

    def __init__(self, exponent: float = 3.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.exponent = exponent

    def build(self, shape: Any) -> None:
        """An exponent for each channel."""
        self.exponents = self.add_weight(
            shape=(shape[-1],), initializer=keras.initializers.Constant(self.exponent), name="exponents"
        )

    def call(self, x: Any) -> Any:
        """In float32: powers of small numbers vanish in half precision."""
        power = keras.ops.clip(keras.ops.cast(self.exponents, "float32"), 1.0, 10.0)
        logs = power * keras.ops.log(keras.ops.maximum(keras.ops.cast(x, "float32"), 1e-4))
        places = keras.ops.cast(keras.ops.shape(x)[1] * keras.ops.shape(x)[2], "float32")
        mean = (keras.ops.logsumexp(logs, axis=(1, 2)) - keras.ops.log(places)) / power
        return keras.ops.cast(keras.ops.exp(mean), self.compute_dtype)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "exponent": self.exponent}
