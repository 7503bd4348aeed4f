"""Whole modalities left out in training."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class ModalityDropout(keras.layers.Layer):  # type: ignore[misc]
    """Drop whole vectors of a row in training, each on its own, and scale up those that stay: a list in, a list of the same shapes out.

    At least one vector of every row stays. With ``k`` of ``n`` left, each is multiplied by ``n / k``, so that a sum over them keeps its
    size. Nothing happens at prediction. The model learns to do with what it gets, and leans on no single modality.

    Source: Neverova, Wolf, Taylor, Nebout, "ModDrop: adaptive multi-modal gesture recognition", 2015.

    Args:
        rate: Share of vectors that are dropped, 0 to below 1.
        seed: Of the choice; a random one if not given.

    Raises:
        ValueError: If the rate is not in that range.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(
                f"Invalid value for argument `rate` of ModalityDropout. Expected 0 <= rate < 1. Received: rate={rate}."
            )
        self.rate, self.seed = rate, seed
        self.choice = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, vectors: Any, training: bool = False) -> Any:
        """The vectors, some of them zero."""
        if not training or not self.rate:
            return list(vectors)
        count = len(vectors)
        drawn = keras.random.uniform((keras.ops.shape(vectors[0])[0], count), seed=self.choice)
        stays = keras.ops.logical_or(drawn >= self.rate, drawn >= keras.ops.max(drawn, axis=1, keepdims=True))
        stays = keras.ops.cast(stays, self.compute_dtype)
        factor = stays * count / keras.ops.sum(stays, axis=1, keepdims=True)
        return [vector * factor[:, i : i + 1] for i, vector in enumerate(vectors)]

    def compute_output_shape(self, shapes: Any) -> list[Any]:
        """See the class."""
        return list(shapes)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
