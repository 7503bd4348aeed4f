"""Numbers in a row by dilated convolutions (TCN).

Source: Bai, Kolter and Koltun, "An empirical evaluation of generic convolutional and recurrent networks for sequence modeling", 2018.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers
from ..sequence.dilated import tower


@block("dilated")
def dilated(
    series: Any,
    *,
    width: Any = Choice(16, 32, 48, default=32),
    rate: Any = FloatRange(0.0, 0.3, default=0.05),
) -> Any:
    """A series to a vector: ``(points, 2)`` -> ``(width,)``, or ``(2 * width,)`` by ``mean_max``.

    Args:
        series: ``(points, 2)``: scaled values, and where there is one.
        width: Channels of every layer.
        rate: Dropout of channels.
    """
    real = layers.SequenceMask()(series)
    x = layers.Conv1D(width, 1, name="open")(series)
    return tower(x, real, rate=rate, name="tower")
