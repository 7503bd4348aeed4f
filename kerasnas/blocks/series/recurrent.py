"""Numbers in a row by a recurrent layer that reads them from both ends.

Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, layers
from ..sequence.recurrent import both_ways, gru


@block("recurrent")
def recurrent(series: Any, *, stride: int = 1, width: Any = Choice(16, 32, 64, default=32)) -> Any:
    """A series to a vector: ``(points, 2)`` -> ``(2 * units,)``.

    Args:
        series: ``(points, 2)``: scaled values, and where there is one.
        stride: So many points become one place: for long series.
        width: Channels that a window of the points is turned into before.
    """
    real = layers.SequenceMask(stride)(series)
    x = layers.Conv1D(
        width, 2 * stride + 1, strides=stride, padding="same", activation="relu", name="window"
    )(series)
    return both_ways(x, real, cell=gru, units=Choice(32, 64, 96, default=64), name="layer")
