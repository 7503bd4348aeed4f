"""Products of what the modalities say, of low rank."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers, ops


@block("bilinear")
def bilinear(
    *vectors: Any,
    units: Any = Choice(32, 64, 128, default=64),
    rank: Any = Choice(2, 4, 8, default=4),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
) -> Any:
    """Multiply linear views of all modalities and sum over the rank: ``(units,)``.

    Every pair (and triple) of features has a weight, of which only ``rank`` factors are kept. The views start near 1, so that the product
    starts as a sum of single modalities, and learns what only holds together.

    Source: Liu, Shen, Lakshminarasimhan, Liang, Zadeh, Morency, "Efficient low-rank multimodal fusion with modality-specific factors", 2018;
    Ben-younes, Cadene, Cord, Thome, "MUTAN: multimodal Tucker fusion for visual question answering", 2017.
    """
    views = []
    for i, vector in enumerate(vectors):
        x = layers.Dropout(rate)(layers.LayerNormalization(name=f"normal{i}")(vector))
        views.append(
            layers.Dense(
                units * rank, kernel_initializer="lecun_normal", bias_initializer="ones", name=f"view{i}"
            )(x)
        )
    product = layers.Multiply()(views) if len(views) > 1 else views[0]
    return layers.LayerNormalization(name="normal")(ops.sum(layers.Reshape((rank, units))(product), axis=1))
