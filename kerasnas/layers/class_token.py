"""A learned token in front of others."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class ClassToken(keras.layers.Layer):  # type: ignore[misc]
    """A learned token in front, which gathers what the others say: ``(t, d)`` -> ``(1 + t, d)``.

    Source: Devlin, Chang, Lee, Toutanova, "BERT", 2019.
    """

    def build(self, shape: Any) -> None:
        """One vector."""
        self.token = self.add_weight(
            shape=(1, 1, shape[-1]), initializer=keras.initializers.RandomNormal(0.0, 0.02), name="token"
        )

    def call(self, tokens: Any) -> Any:
        """It, and the tokens."""
        first = keras.ops.zeros_like(tokens[:, :1]) + keras.ops.cast(self.token, tokens.dtype)
        return keras.ops.concatenate([first, tokens], axis=1)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], None if shape[1] is None else shape[1] + 1, shape[2])
