"""A small residual ConvNet over a log-mel spectrogram.

Sources: Hershey et al., "CNN architectures for large-scale audio classification", 2017; Park et al., "SpecAugment: a simple data
augmentation method for automatic speech recognition", 2019 (the masking).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, dim, layers, pick
from ..image.attention import squeeze_excite
from ..image.residual import tower


def shift(x: Any) -> Any:
    """Begin up to a tenth of the time earlier or later, and half a dozen hertz in a hundred higher or lower."""
    return layers.RandomTranslation(0.1, 0.05, fill_mode="constant", fill_value=-1.0, name="shift")(x)


def shift_and_mask(x: Any) -> Any:
    """Shift, and leave out one frequency band in eight, another one for each sound."""
    return layers.Dropout(0.125, noise_shape=(None, 1, dim(x, 2), 1), name="mask")(shift(x))


def shift_and_stretches(x: Any) -> Any:
    """Shift, and leave out stretches of time and bands of frequency, of random width."""
    return layers.SpectrogramMasking(fill=-1.0, name="stretches")(shift(x))


def loudest(x: Any, real: Any) -> Any:  # noqa: ARG001 (as `statistics` is called)
    """What is loudest in each map, and its mean, padding included."""
    mean = layers.GlobalAveragePooling2D(name="mean")(x)
    return layers.Concatenate()([mean, layers.GlobalMaxPooling2D(name="loudest")(x)])


def statistics(x: Any, real: Any) -> Any:
    """Mean and standard deviation over the time that is sound, of each map's mean over the frequencies (Snyder et al., 2018)."""
    x = layers.AveragePooling2D((1, dim(x, 2)), name="frequencies")(x)
    x = layers.Reshape((dim(x, 1), dim(x, 3)), name="frames")(x)
    return layers.SequencePooling("statistics", name="statistics")(x, real)


@block("spectral")
def spectral(
    mel: Any,
    *,
    stages: int = 3,
    augment: Any = Choice(
        none=None,
        shift=shift,
        shift_and_mask=shift_and_mask,
        shift_and_stretches=shift_and_stretches,
        default="shift",
    ),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(16, 24, 32, 48, default=24),
    depth: Any = IntRange(1, 2),
    attend: Any = Choice(none=None, squeeze_excite=squeeze_excite),
    activation: Any = Choice("relu", "silu"),
    pool: Any = Choice(loudest=loudest, statistics=statistics),
) -> Any:
    """Spectrograms to a vector.

    Each stage halves time and frequency; each after the first doubles the width.

    Args:
        mel: ``(frames, mels, 1)``, 0 to 255.
        stages: How often the width doubles, plus one.
        augment: What is done to training sounds.
        stride: Of the first convolution; 2 is nearly four times as fast.
        width: Channels of the first stage.
        depth: Units a stage.
        attend: Channel attention in each unit.
        activation: Of each unit.
        pool: How maps become a vector.

    Returns:
        A vector of ``2 * width * 2 ** (stages - 1)`` numbers.
    """
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(mel)
    x = pick(augment, x)
    x = tower(x, stages, 2, stride, width, depth, attend, activation)
    real = layers.SequenceMask(stride * 2**stages)(mel)
    return pick(pool, x, real)
