"""Fewer places, so that layers which are dear along a sequence stay affordable.

Source: Zhou, Sun, Liu and Lau, "A C-LSTM neural network for text classification", 2015 (a convolution before the recurrent layer).
"""

from __future__ import annotations

from typing import Any

from ...space import channels, layers

PLACES = 96
"""Up to which a recurrent or attention layer costs a few times a convolution."""


def stride_of(length: int) -> int:
    """So many places become one, that no more than ``PLACES`` are left."""
    return -(-length // PLACES)


def shortened(x: Any, raw: Any, stride: int) -> tuple[Any, Any]:
    """A sequence with one place for ``stride``, and its mask; as it is where that is one.

    Args:
        x: ``(length, d)``.
        raw: What tells padding: zeros at the end.
        stride: How many places become one.
    """
    real = layers.SequenceMask(stride, name="real")(raw)
    if stride == 1:
        return x, real
    kept = layers.KeepReal(name="kept")(x, layers.SequenceMask(name="all_real")(raw))
    window = 2 * stride + 1
    narrow = layers.Conv1D(
        channels(x), window, strides=stride, padding="same", activation="relu", name="shorten"
    )
    return narrow(kept), real
