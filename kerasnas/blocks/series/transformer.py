"""Numbers in a row by a small transformer encoder.

Sources: see ``kerasnas/blocks/sequence/transformer.py``; Zerveas et al., "A transformer-based framework for multivariate time series
representation learning", 2021.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, IntRange, block, layers
from ..sequence.transformer import stack


@block("transformer")
def transformer(
    series: Any,
    *,
    stride: int = 1,
    width: Any = Choice(32, 64, default=64),
    rate: Any = FloatRange(0.0, 0.4, default=0.1),
) -> Any:
    """A series to a vector: ``(points, 2)`` -> ``(width,)``.

    Args:
        series: ``(points, 2)``: scaled values, and where there is one.
        stride: So many points become one place: for long series.
        width: Of every layer; a window of the points is turned into so many channels before.
        rate: Dropout in each layer.
    """
    real = layers.SequenceMask(stride)(series)
    x = layers.Conv1D(width, 2 * stride + 1, strides=stride, padding="same", name="window")(series)
    return stack(x, real, depth=IntRange(1, 3, default=2), rate=rate, name="stack")
