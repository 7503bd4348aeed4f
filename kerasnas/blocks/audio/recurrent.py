"""Convolutions over a log-mel spectrogram and a recurrent layer along the time (CRNN).

Source: Cakir et al., "Convolutional recurrent neural networks for polyphonic sound event detection", 2017.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, channels, dim, layers, pick, repeat
from ..sequence.recurrent import both_ways, gru
from .augment import shift, shift_and_stretches, stretches


@block("stage")
def stage(x: Any, real: Any, later: Any, *, filters: Any, pool: tuple[int, int]) -> Any:
    """A convolution, and the strongest of neighbours: ``(frames, bands, c)`` -> fewer of both, ``filters`` channels.

    Args:
        x: The maps, zero where there is padding.
        real: Their mask.
        later: The mask after pooling.
        filters: Channels.
        pool: Frames and bands that become one.
    """
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name="convolution")(x)
    y = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.MaxPooling2D(pool, padding="same")(layers.KeepReal()(y, real))
    return layers.KeepReal()(y, later)


@block("crnn")
def crnn(
    mel: Any,
    *,
    augment: Any = Choice(
        none=None, shift=shift, stretches=stretches, shift_and_stretches=shift_and_stretches, default="shift"
    ),
    width: Any = Choice(16, 24, 32, default=24),
    stages: Any = IntRange(3, 4),
) -> Any:
    """Spectrograms to a vector: ``(frames, bands, 1)`` -> ``(2 * units,)``, twice that by ``statistics``.

    Silence after a sound is padding and left out.

    Args:
        mel: ``(frames, bands, 1)``, 0 to 255.
        augment: What is done to training sounds.
        width: Channels of the first convolution; the others have twice as many.
        stages: Convolutions. Each halves the frequency, the first two halve the time.
    """
    x = pick(augment, layers.Rescaling(1 / 255.0)(mel))
    masks = [layers.SequenceMask(stride)(x) for stride in (1, 2, 4)]

    def one(x: Any, name: str) -> Any:
        step = int(name.rpartition("/")[2])
        filters, pool = (width if step == 0 else 2 * width), (2 if step < 2 else 1, 2)
        return stage(x, masks[min(step, 2)], masks[min(step + 1, 2)], filters=filters, pool=pool, name=name)

    x = repeat(stages, one, x, "stage")
    x = layers.Reshape((dim(x, 1), dim(x, 2) * channels(x)), name="frames")(x)
    pool = Choice("attention", "max", "statistics")
    return both_ways(x, masks[2], cell=gru, pool=pool, name="layer")
