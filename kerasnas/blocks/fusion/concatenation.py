"""Modalities side by side."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("concatenation")
def concatenation(
    *vectors: Any,
    units: Any = Choice(64, 128, 256, default=128),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
) -> Any:
    """Normalise each modality's vector, join them, mix them in one layer: ``(units,)``.

    Normalising first keeps a modality with large numbers from drowning the others.
    """
    x = layers.Concatenate()([layers.LayerNormalization(name=f"normal{i}")(v) for i, v in enumerate(vectors)])
    x = layers.Dropout(rate)(x)
    return layers.Dense(units, activation="relu", name="mix")(x)
