"""Spectrograms with stretches of time and bands of frequency left out."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class SpectrogramMasking(keras.layers.Layer):  # type: ignore[misc]
    """Leave out random stretches of time and bands of frequency, in training only: ``(frames, bands, 1)`` -> the same.

    Each sound has masks of its own, their widths drawn evenly from nothing to the widest.

    Source: Park et al., "SpecAugment: a simple data augmentation method for automatic speech recognition", 2019.

    Args:
        times: Stretches of time.
        bands: Bands of frequency.
        longest: Longest stretch, as a share of the frames.
        widest: Widest band, as a share of the bands.
        fill: What stands in their place.
        seed: Of the draws; another one each time if not given.
    """

    def __init__(
        self,
        times: int = 2,
        bands: int = 2,
        longest: float = 0.15,
        widest: float = 0.15,
        fill: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.times, self.bands, self.longest, self.widest = times, bands, longest, widest
        self.fill, self.seed = fill, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, x: Any, training: bool = False) -> Any:
        """The masked spectrogram in training; else the spectrogram as it is."""
        if not training:
            return x
        kept = keras.ops.ones((1, 1, 1, 1), x.dtype)
        for axis, count, share in ((1, self.times, self.longest), (2, self.bands, self.widest)):
            size = x.shape[axis]
            places = keras.ops.reshape(
                keras.ops.arange(size, dtype="float32"), (1, size, 1, 1) if axis == 1 else (1, 1, size, 1)
            )
            for _ in range(count):
                draws = keras.random.uniform((2, keras.ops.shape(x)[0], 1, 1, 1), seed=self.generator)
                width = draws[0] * share * size
                start = draws[1] * (size - width)
                inside = keras.ops.logical_and(places >= start, places < start + width)
                kept = kept * (1.0 - keras.ops.cast(inside, x.dtype))
        return x * kept + self.fill * (1.0 - kept)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {
            **super().get_config(),
            "times": self.times,
            "bands": self.bands,
            "longest": self.longest,
            "widest": self.widest,
            "fill": self.fill,
            "seed": self.seed,
        }
