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


@block("spectral")
def spectral(
    mel: Any,
    *,
    stages: int = 3,
    augment: Any = Choice(none=None, shift=shift, shift_and_mask=shift_and_mask, default="shift"),
    stride: Any = Choice(1, 2, default=2),
    width: Any = Choice(16, 24, 32, 48, default=24),
    depth: Any = IntRange(1, 2),
    attend: Any = Choice(none=None, squeeze_excite=squeeze_excite),
    activation: Any = Choice("relu", "silu"),
) -> Any:
    """Spectrograms to a vector: what is loudest in each map, and its mean.

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

    Returns:
        A vector of ``2 * width * 2 ** (stages - 1)`` numbers.
    """
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(mel)
    x = pick(augment, x)
    x = tower(x, stages, 2, stride, width, depth, attend, activation)
    mean = layers.GlobalAveragePooling2D(name="mean")(x)
    return layers.Concatenate()([mean, layers.GlobalMaxPooling2D(name="loudest")(x)])
