"""Embeddings of numbers: each number alone, before they meet.

Source: Gorishniy, Rubachev, Babenko, "On embeddings for numerical features in tabular deep learning", 2022 (piecewise linear, and
periodic with a linear layer, each followed by a ReLU).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers
from .columns import Numbers, ramp_tokens, wave_tokens


@block("ramps")
def ramps(numbers: Any, *, known: Numbers, width: Any = Choice(4, 8, 16, default=8)) -> Any:
    """Each number bent at its quantiles: ``(d,)`` -> ``(numbers * width,)``.

    Args:
        numbers: Scaled numbers with their ramps.
        known: Which feature is which.
        width: Of a number's embedding.
    """
    return layers.Flatten()(layers.ReLU()(ramp_tokens(numbers, known, width)))


@block("waves")
def waves(
    numbers: Any,
    *,
    known: Numbers,
    width: Any = Choice(4, 8, 16, default=8),
    count: Any = Choice(8, 16, 32, default=16),
    scale: Any = FloatRange(0.02, 1.0, default=0.1, log=True),
) -> Any:
    """Each number as waves of learned lengths: ``(d,)`` -> ``(numbers * width,)``.

    Args:
        numbers: Scaled numbers with their ramps, which are left out.
        known: Which feature is which.
        width: Of a number's embedding.
        count: Waves a number.
        scale: Of their frequencies at the start.
    """
    return layers.Flatten()(layers.ReLU()(wave_tokens(numbers, known, width, count, scale)))
