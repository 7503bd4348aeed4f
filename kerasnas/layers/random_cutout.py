"""Pictures of which a rectangle is greyed out while training."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class RandomCutout(keras.layers.Layer):  # type: ignore[misc]
    """While training, a rectangle of each picture is set to 0: ``(h, w, c)`` -> ``(h, w, c)``; its place and sides are drawn.

    Keras' ``RandomErasing`` does the same at the price of several convolutions on TensorFlow.

    Sources: DeVries, Taylor, "Improved regularization of convolutional neural networks with cutout", 2017; Zhong, Zheng, Kang, Li,
    Yang, "Random erasing data augmentation", 2020 (rectangles of any size).

    Args:
        largest: Longest side of the rectangle, as a share of the picture's.
        seed: Of place and sides.
    """

    def __init__(self, largest: float = 0.5, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.largest, self.seed = largest, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, x: Any, training: bool | None = None) -> Any:
        """The pictures, cut or as they are."""
        if not training:
            return x
        rows, height, width = keras.ops.shape(x)[0], keras.ops.shape(x)[1], keras.ops.shape(x)[2]
        drawn = keras.random.uniform((rows, 4), dtype="float32", seed=self.generator)

        def outside(length: Any, place: Any, side: Any) -> Any:
            steps = (keras.ops.arange(length, dtype="float32") + 0.5) / keras.ops.cast(length, "float32")
            return keras.ops.abs(steps[None, :] - place[:, None]) >= 0.5 * self.largest * side[:, None]

        down = outside(height, drawn[:, 0], drawn[:, 1])
        along = outside(width, drawn[:, 2], drawn[:, 3])
        kept = keras.ops.logical_or(down[:, :, None], along[:, None, :])
        return x * keras.ops.cast(keras.ops.expand_dims(kept, -1), x.dtype)

    def compute_output_shape(self, shape: Any) -> Any:
        """As it came."""
        return shape

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "largest": self.largest, "seed": self.seed}
