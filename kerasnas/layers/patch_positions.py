"""Where a patch stands in its picture."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class PatchPositions(keras.layers.Layer):  # type: ignore[misc]
    """Adds a learned vector to each of a fixed number of tokens: ``(n, d)`` -> ``(n, d)``, or ``(n + 1, d)``.

    Source: Dosovitskiy et al., "An image is worth 16x16 words: transformers for image recognition at scale", 2021.

    Args:
        class_token: Whether a learned token is put before the others, to gather what they say.
    """

    def __init__(self, class_token: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.class_token = class_token

    def build(self, shape: Any) -> None:
        """A vector for each place, and the first token."""
        small = keras.initializers.TruncatedNormal(stddev=0.02)
        _, length, width = shape
        self.positions = self.add_weight(
            shape=(length + self.class_token, width), initializer=small, name="positions"
        )
        if self.class_token:
            self.first = self.add_weight(shape=(1, width), initializer=small, name="first")

    def call(self, tokens: Any) -> Any:
        """The tokens with their places."""
        if self.class_token:
            first = keras.ops.cast(self.first, tokens.dtype)
            first = keras.ops.broadcast_to(first, (keras.ops.shape(tokens)[0], *self.first.shape))
            tokens = keras.ops.concatenate([first, tokens], axis=1)
        return tokens + keras.ops.cast(self.positions, tokens.dtype)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], shape[1] + self.class_token, shape[2])

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "class_token": self.class_token}
