"""Modalities as tokens that look at each other."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers, ops


@block("attention")
def attention(
    *vectors: Any,
    units: Any = Choice(64, 128, default=64),
    heads: Any = Choice(2, 4, default=4),
    rate: Any = FloatRange(0.0, 0.5, default=0.3),
) -> Any:
    """One token a modality, attention between them, and their mean: ``(units,)``.

    Each modality asks the others for what it needs, and adds it to what it says itself.

    Source: Vaswani et al., "Attention is all you need", 2017; Tsai, Bai, Liang, Kolter, Morency, Salakhutdinov, "Multimodal transformer for
    unaligned multimodal language sequences", 2019.
    """
    tokens = []
    for i, vector in enumerate(vectors):
        x = layers.Dropout(rate)(layers.LayerNormalization(name=f"normal{i}")(vector))
        tokens.append(layers.Reshape((1, units))(layers.Dense(units, name=f"token{i}")(x)))
    x = layers.Concatenate(axis=1)(tokens) if len(tokens) > 1 else tokens[0]
    normal = layers.LayerNormalization(name="before")(x)
    seen = layers.MultiHeadAttention(heads, units // heads, dropout=rate, name="attention")(normal, normal)
    return ops.mean(layers.Add()([x, seen]), axis=1)
