"""One-dimensional convolutions along the MFCC of a sound, and statistics over its time.

Sources: Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word recognition in continuously spoken
sentences", 1980 (MFCC); Snyder et al., "X-vectors: robust DNN embeddings for speaker recognition", 2018 (dilated convolutions over frames,
statistics pooling).
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, dim, layers, pick
from ..sequence.dilated import tower
from .augment import shift, shift_and_stretches, stretches


def mfcc(x: Any) -> Any:
    """The first 24 coefficients: how each spectrum is shaped, without its fine lines."""
    return layers.CosineTransform(24, name="mfcc")(x)


@block("cepstral")
def cepstral(
    mel: Any,
    *,
    augment: Any = Choice(
        none=None, shift=shift, stretches=stretches, shift_and_stretches=shift_and_stretches, default="shift"
    ),
    front: Any = Choice(mel=None, mfcc=mfcc),
    width: Any = Choice(48, 64, 96, default=64),
    rate: Any = FloatRange(0.0, 0.3, default=0.1),
) -> Any:
    """Spectrograms to a vector: ``(frames, bands, 1)`` -> ``(2 * width,)``, or ``(width,)``, as it is pooled.

    Silence after a sound is padding and left out.

    Args:
        mel: ``(frames, bands, 1)``, 0 to 255.
        augment: What is done to training sounds.
        front: What each frame is read as: its mel bands, or their MFCC.
        width: Channels of every layer.
        rate: Dropout of channels.
    """
    x = pick(augment, layers.Rescaling(1 / 255.0)(mel))
    heard, real = layers.SequenceMask()(x), layers.SequenceMask(2)(x)
    x = pick(front, layers.Reshape((dim(x, 1), dim(x, 2)), name="frames")(x))
    x = layers.KeepReal()(layers.BatchNormalization(momentum=0.9, name="normal")(x, mask=heard), heard)
    x = layers.Conv1D(width, 5, strides=2, padding="same", name="open")(x)
    pool = Choice("statistics", "attention", "mean_max")
    return tower(x, real, rate=rate, pool=pool, name="tower")
