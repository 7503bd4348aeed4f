"""The cosine transform: from a log-mel spectrum to its cepstrum."""

from __future__ import annotations

import math
from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class CosineTransform(keras.layers.Layer):  # type: ignore[misc]
    """The first coefficients of the orthonormal DCT-II along the last axis: ``(..., d)`` -> ``(..., coefficients)``.

    Of log-mel bands these are the MFCC: few numbers that say how a spectrum is shaped.

    Source: Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word recognition in continuously spoken
    sentences", 1980.

    Args:
        coefficients: How many, from the lowest.
    """

    def __init__(self, coefficients: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.coefficients = coefficients

    def call(self, x: Any) -> Any:
        """The coefficients."""
        size = x.shape[-1]
        rows = [
            [
                math.sqrt((2.0 if k else 1.0) / size) * math.cos(math.pi * (i + 0.5) * k / size)
                for k in range(self.coefficients)
            ]
            for i in range(size)
        ]
        return keras.ops.matmul(x, keras.ops.convert_to_tensor(rows, dtype=x.dtype))

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (*shape[:-1], self.coefficients)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "coefficients": self.coefficients}
