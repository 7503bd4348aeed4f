"""A sequence as one vector, its padding left out."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class SequencePooling(keras.layers.Layer):  # type: ignore[misc]
    """One vector of the real places of a sequence: ``(length, d)`` and its mask ``(length,)`` -> ``(d,)``; zeros where none is real.

    Sources: Raffel and Ellis, "Feed-forward networks with attention can solve some long-term memory problems", 2015 (attention); Snyder
    et al., "X-vectors: robust DNN embeddings for speaker recognition", 2018 (statistics).

    Args:
        mode: "mean", "max", "attention" (a mean weighed by a learned score), "first" (the first place), "mean_max" or "statistics"
            (mean and standard deviation); the last two give ``(2 * d,)``.
    """

    def __init__(self, mode: str = "mean", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if mode not in ("mean", "max", "attention", "first", "mean_max", "statistics"):
            raise ValueError(
                f"SequencePooling pools by 'mean', 'max', 'attention', 'first', 'mean_max' or 'statistics'. Received: mode={mode!r}."
            )
        self.mode = mode
        self.supports_masking = True  # Keras' own masks, which some layers pass on, end here

    def compute_mask(self, *_: Any) -> None:
        """None: there is no sequence any more."""

    def build(self, x_shape: Any, real_shape: Any) -> None:  # noqa: ARG002 (named as Keras gives it)
        """What scores a place; at first all places count alike."""
        if self.mode == "attention":
            self.score = self.add_weight(shape=(x_shape[-1], 1), initializer="zeros", name="score")

    def call(self, x: Any, real: Any) -> Any:
        """The vector."""
        there = keras.ops.expand_dims(keras.ops.cast(real, x.dtype), -1)
        if self.mode == "first":
            return x[:, 0] * there[:, 0]
        if self.mode == "attention":
            far = (1.0 - there) * -1e4  # float16 reaches no further
            weights = keras.ops.softmax(keras.ops.matmul(x, self.score) + far, axis=1) * there
            return keras.ops.sum(x * weights, axis=1)
        count = keras.ops.sum(there, axis=1)
        highest = keras.ops.max(x * there + (1.0 - there) * -1e4, axis=1) * keras.ops.minimum(count, 1.0)
        if self.mode == "max":
            return highest
        mean = keras.ops.sum(x * there, axis=1) / keras.ops.maximum(count, 1.0)
        if self.mode == "mean":
            return mean
        if self.mode == "mean_max":
            return keras.ops.concatenate([mean, highest], axis=-1)
        around = (x - keras.ops.expand_dims(mean, 1)) * there
        variance = keras.ops.sum(keras.ops.square(around), axis=1) / keras.ops.maximum(count, 1.0)
        return keras.ops.concatenate([mean, keras.ops.sqrt(variance + 1e-5)], axis=-1)

    def compute_output_shape(self, x_shape: Any, real_shape: Any) -> tuple[int | None, ...]:  # noqa: ARG002 (named as Keras gives it)
        """See the class."""
        return (x_shape[0], x_shape[-1] * (2 if self.mode in ("mean_max", "statistics") else 1))

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "mode": self.mode}
