"""Modalities weighed against each other, row by row.

Source: Arevalo, Solorio, Montes-y-Gomez, Gonzalez, "Gated multimodal units for information fusion", 2017.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers


@block("gated")
def gated(
    *vectors: Any,
    units: Any = Choice(64, 128, 256, default=128),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
) -> Any:
    """Bring all to one width and add them, each through a gate that sees all: ``(units,)``."""
    normal = [layers.LayerNormalization(name=f"normal{i}")(v) for i, v in enumerate(vectors)]
    seen = layers.Dropout(rate)(layers.Concatenate()(normal) if len(normal) > 1 else normal[0])
    parts = []
    for i, vector in enumerate(normal):
        said = layers.Dense(units, activation="tanh", name=f"says{i}")(layers.Dropout(rate)(vector))
        gate = layers.Dense(units, activation="sigmoid", name=f"gate{i}")(seen)
        parts.append(layers.Multiply()([said, gate]))
    return layers.Add()(parts) if len(parts) > 1 else parts[0]
