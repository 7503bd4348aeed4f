"""A transformer over the columns of a table.

Source: Gorishniy, Rubachev, Khrulkov, Babenko, "Revisiting deep learning models for tabular data", 2021 (FT-Transformer: a token a
column, normalisation in front, ReGLU, read at a class token).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...space import Choice, FloatRange, IntRange, block, layers, ops, repeat, when
from .columns import Numbers, embedded, ramp_tokens, wave_tokens


@block("attention")
def attention(tokens: Any, *, width: Any, heads: Any, rate: Any) -> Any:
    """Columns look at each other, then each is thought over."""
    y = layers.LayerNormalization(name="before_heads")(tokens)
    y = layers.MultiHeadAttention(heads, width // heads, dropout=rate, name="heads")(y, y)
    tokens = layers.Add()([tokens, y])
    y = layers.LayerNormalization(name="before_units")(tokens)
    gate = layers.ReLU()(layers.Dense(width, name="gate")(y))
    y = layers.Multiply()([layers.Dense(width, name="widen")(y), gate])
    y = layers.Dense(width, name="narrow")(layers.Dropout(rate)(y))
    return layers.Add()([tokens, y])


@block("transformer")
def transformer(
    numbers: Any,
    categories: Any,
    tags: Any,
    *,
    known: Numbers = Numbers(),
    cardinalities: Sequence[int] = (),
    reading: Any = Choice("ramps", "waves"),
    width: Any = Choice(16, 32, 64, default=32),
    depth: Any = IntRange(1, 3, default=2),
    heads: Any = Choice(2, 4, 8, default=4),
    rate: Any = FloatRange(0.0, 0.4, default=0.1),
) -> Any:
    """A row of a table to a vector: ``(width,)``.

    Args:
        numbers: ``(d,)`` scaled numbers with their ramps, or None.
        categories: ``(c,)`` integers, or None.
        tags: ``(t,)`` zeros and ones, or None; they give one token together.
        known: Which of the numbers' features is which.
        cardinalities: Of the categories.
        reading: Tokens of numbers: "ramps", linear between quantiles, or "waves", 16 of learned lengths.
        width: Of a token.
        depth: Attention layers.
        heads: Of each.
        rate: Dropout.
    """
    parts = []
    if numbers is not None:
        parts.append(
            when(
                reading == "waves",
                lambda: wave_tokens(numbers, known, width, 16, 0.1),
                lambda: ramp_tokens(numbers, known, width),
            )
        )
    if categories is not None:
        parts.append(embedded(categories, cardinalities, width))
    if tags is not None:
        parts.append(ops.expand_dims(layers.Dense(width, name="tags")(tags), 1))
    tokens = layers.Concatenate(axis=1)(parts) if len(parts) > 1 else parts[0]
    tokens = layers.ClassToken(name="class_token")(tokens)
    tokens = repeat(depth, attention.using(width=width, heads=heads, rate=rate), tokens, "attention")
    first = layers.LayerNormalization(name="last")(tokens[:, 0])
    return layers.ReLU()(first)
