"""Where a sequence has something, and where it is only padded."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class SequenceMask(keras.layers.Layer):  # type: ignore[misc]
    """True up to the last place that holds anything but zeros: ``(length, ...)`` -> ``(length,)``, bool.

    Padding follows what is real: token 0 after a text, zeros after a series, silent frames after a sound. A zero in between is real.

    Args:
        stride: Look at every so manieth place only, as a sequence does that strided layers have shortened.
    """

    def __init__(self, stride: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, x: Any) -> Any:
        """The mask."""
        there = keras.ops.cast(keras.ops.not_equal(x, 0), "int32")
        if len(x.shape) > 2:
            there = keras.ops.max(there, axis=tuple(range(2, len(x.shape))))
        to_come = keras.ops.flip(keras.ops.cumsum(keras.ops.flip(there, 1), 1), 1)
        return keras.ops.greater(to_come, 0)[:, :: self.stride]

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], None if shape[1] is None else -(-shape[1] // self.stride))

    def compute_output_spec(self, x: Any) -> Any:
        """See the class."""
        return keras.KerasTensor(self.compute_output_shape(x.shape), "bool")

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "stride": self.stride}
