"""Numbers in a row by a recurrent layer that reads them from both ends.

Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, layers
from ..sequence.recurrent import both_ways, gru


@block("recurrent")
def recurrent(series: Any, *, width: Any = Choice(16, 32, 64, default=32)) -> Any:
    """A series to a vector: ``(points, 2)`` -> ``(2 * units,)``.

    Args:
        series: ``(points, 2)``: scaled values, and where there is one.
        width: Channels that a window of three points is turned into before.
    """
    real = layers.SequenceMask()(series)
    x = layers.Conv1D(width, 3, padding="same", activation="relu", name="window")(series)
    return both_ways(x, real, cell=gru, units=Choice(32, 64, 96, default=64), name="layer")
