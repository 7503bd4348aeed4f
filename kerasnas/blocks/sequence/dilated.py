"""Convolutions whose windows widen from layer to layer, so that few layers see far.

Source: Bai, Kolter and Koltun, "An empirical evaluation of generic convolutional and recurrent networks for sequence modeling", 2018;
here both sides of a place are seen, for the whole sequence is known.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, channels, layers, repeat


@block("widening")
def widening(x: Any, real: Any, *, dilation: int, window: Any, rate: Any) -> Any:
    """Two dilated convolutions and a way around them: ``(length, d)`` -> ``(length, d)``."""
    y = x
    for part in ("first", "second"):
        near = layers.Conv1D(
            channels(x), window, padding="same", dilation_rate=dilation, use_bias=False, name=part
        )
        y = layers.BatchNormalization(momentum=0.9)(near(layers.KeepReal()(y, real)), mask=real)
        y = layers.SpatialDropout1D(rate)(layers.ReLU()(y))
    return layers.Add()([x, y])


@block("tower")
def tower(
    x: Any,
    real: Any,
    *,
    depth: Any = IntRange(2, 5, default=3),
    window: Any = Choice(3, 5),
    rate: Any = 0.1,
    pool: Any = Choice("mean_max", "attention", "mean"),
) -> Any:
    """Layers that see twice as far each, and pooling: ``(length, d)`` -> ``(d,)``, or ``(2 * d,)`` by ``mean_max``.

    Args:
        x: The sequence.
        real: Its mask.
        depth: Layers; the dilation of layer ``i`` is ``2 ** i``.
        window: Places that one convolution sees.
        rate: Dropout of channels.
        pool: How places become one vector.
    """

    def one(x: Any, name: str) -> Any:
        step = int(name.rpartition("/")[2])
        return widening(x, real, dilation=2**step, window=window, rate=rate, name=name)

    return layers.SequencePooling(pool, name="pool")(repeat(depth, one, x, "layer"), real)
