"""What is done to training spectrograms: all keep silence at 0, so that what is padding stays known."""

from __future__ import annotations

from typing import Any

from ...space import layers


def shift(x: Any) -> Any:
    """Begin up to a tenth of the time earlier or later, and half a dozen hertz in a hundred higher or lower."""
    return layers.RandomTranslation(0.1, 0.05, fill_mode="constant", fill_value=0.0, name="shift")(x)


def stretches(x: Any) -> Any:
    """Leave out stretches of time and bands of frequency, of random width (SpecAugment)."""
    return layers.SpectrogramMasking(name="stretches")(x)


def shift_and_stretches(x: Any) -> Any:
    """Both."""
    return stretches(shift(x))
