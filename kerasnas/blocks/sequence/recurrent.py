"""Recurrent layers in both directions, which stop where a sequence ends."""

from __future__ import annotations

from typing import Any

from ...space import Choice, block, layers, pick


def gru(x: Any, real: Any, units: Any) -> Any:
    """Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014."""
    inner = layers.GRU(units, return_sequences=True)
    return layers.Bidirectional(inner, name="gru")(x, mask=real)


def lstm(x: Any, real: Any, units: Any) -> Any:
    """Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997."""
    inner = layers.LSTM(units, return_sequences=True)
    return layers.Bidirectional(inner, name="lstm")(x, mask=real)


@block("both_ways")
def both_ways(
    x: Any,
    real: Any,
    *,
    cell: Any = Choice(gru=gru, lstm=lstm),
    units: Any = Choice(32, 64, 96, default=64),
    pool: Any = Choice("max", "mean", "attention"),
) -> Any:
    """Read a sequence from both ends and pool it: ``(length, d)`` -> ``(2 * units,)``.

    Args:
        x: The sequence.
        real: Its mask.
        cell: Of the recurrent layer.
        units: In each direction.
        pool: How places become one vector.
    """
    return layers.SequencePooling(pool, name="pool")(pick(cell, x, real, units), real)
