"""Sounds: recognising them, decoding them to one rate, and what a log-mel spectrogram shows of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from math import gcd
from typing import Any

import numpy as np

from .files import Medium

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf"})
_MAGIC = (b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b".snd", b"caff")
MOST_CHANNELS = 32
FASTEST = 768_000  # samples a second beyond which a rate is a mistake

BEGINNING = 0.05  # seconds

# of a spectrogram
LOWEST = 50.0  # Hz
RANGE = 80.0  # dB below the loudest moment that are told apart


def is_sound(cell: Any) -> bool:
    """Whether a cell is a sound: encoded bytes, (samples, rate), or a dict with "array" and "sampling_rate" or with "bytes"."""
    if isinstance(cell, bytes | bytearray | memoryview):
        head = bytes(cell[:16])
        wave = head[:4] == b"RIFF" and head[8:12] == b"WAVE"
        return wave or (head[:4] == b"FORM" and head[8:11] == b"AIF") or head.startswith(_MAGIC)
    if isinstance(cell, Mapping):
        if isinstance(cell.get("array"), np.ndarray | list):
            return _is_rate(cell.get("sampling_rate", cell.get("rate")))
        return isinstance(cell.get("bytes"), bytes) and is_sound(cell["bytes"])
    return (
        isinstance(cell, tuple) and len(cell) == 2 and isinstance(cell[0], np.ndarray) and _is_rate(cell[1])
    )


def _is_rate(value: Any) -> bool:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return number and bool(1 < value <= FASTEST)


SOUNDS = Medium("audio", "sound", SUFFIXES, is_sound)


def opened(raw: Any, seconds: float) -> tuple[np.ndarray, int]:
    """The first seconds of a sound, in one channel.

    Args:
        raw: Encoded bytes (whatever libsndfile reads: WAV, FLAC, OGG, MP3, AIFF, ...), ``(samples, rate)``, or a dict.
        seconds: Most seconds to read; more is never decoded.

    Returns:
        float32 samples ``(n,)``, full scale at -1 and 1, and how many there are a second.

    Raises:
        ValueError: If it is no sound, holds nothing, or holds samples that are no finite numbers.
    """
    if isinstance(raw, Mapping) and isinstance(raw.get("bytes"), bytes):
        raw = raw["bytes"]
    if isinstance(raw, bytes | bytearray | memoryview):
        import soundfile

        with soundfile.SoundFile(io.BytesIO(bytes(raw))) as file:
            rate = _checked_rate(file.samplerate)
            samples = file.read(max(1, round(seconds * rate)), dtype="float32", always_2d=True)
    elif is_sound(raw):
        given, rate = (
            (raw["array"], raw.get("sampling_rate", raw.get("rate")))
            if isinstance(raw, Mapping)
            else (raw[0], raw[1])
        )
        rate = round(float(rate))
        samples = _full_scale(np.asarray(given))[: max(1, round(seconds * rate))]
    else:
        raise ValueError(
            f"samples without a rate: give (samples, rate), not {type(raw).__name__}"
            if isinstance(raw, np.ndarray)
            else f"no sound but {type(raw).__name__}"
        )
    mono = np.asarray(samples.mean(axis=1) if samples.ndim == 2 else samples, dtype=np.float32)
    if not len(mono):
        raise ValueError("it is empty")
    if not np.isfinite(mono).all():
        raise ValueError("it holds samples that are no finite numbers")
    return mono, rate


def _checked_rate(rate: float) -> int:
    if not _is_rate(rate):
        raise ValueError(f"{rate:,} samples a second")
    return int(rate)


def _full_scale(samples: np.ndarray) -> np.ndarray:
    """Samples ``(n,)`` or ``(n, channels)`` as floats; whole numbers are of the full range of their type."""
    if samples.ndim == 2 and samples.shape[0] <= MOST_CHANNELS < samples.shape[1]:
        samples = samples.T
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "iuf":
        raise ValueError(f"samples of shape {samples.shape} and type {samples.dtype} are no sound")
    if samples.dtype.kind == "f":
        return samples.astype(np.float32)
    about = np.iinfo(samples.dtype)
    middle = (about.max + 1) / 2 if samples.dtype.kind == "u" else 0
    return ((samples.astype(np.float64) - middle) / ((about.max + 1) - middle)).astype(np.float32)


def length(raw: Any) -> tuple[float, int]:
    """Seconds and rate of a sound; of what is encoded no more than the beginning is decoded, to see that it can be.

    Raises:
        ValueError: As ``opened``.
    """
    if isinstance(raw, Mapping) and isinstance(raw.get("bytes"), bytes):
        raw = raw["bytes"]
    if isinstance(raw, bytes | bytearray | memoryview):
        import soundfile

        about = soundfile.info(io.BytesIO(bytes(raw)))
        _, rate = opened(raw, BEGINNING)
        return float(about.frames / rate), rate
    samples, rate = opened(raw, float("1e6"))
    return len(samples) / rate, rate


def resampled(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Samples at another rate, without what that rate cannot carry."""
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // common, rate // common), dtype=np.float32)


def spectrogram(
    samples: np.ndarray, *, rate: int, window: int, hop: int, mels: int, frames: int
) -> np.ndarray:
    """A log-mel spectrogram, relative to the loudest moment.

    Args:
        samples: ``(n,)``, at ``rate``.
        rate: Samples a second.
        window: Samples that one frame looks at.
        hop: Samples from one frame to the next.
        mels: Bands, evenly spaced on the mel scale from 50 Hz to half the rate.
        frames: How many; a longer sound is cut at its end, a shorter one is followed by silence.

    Returns:
        uint8 ``(frames, mels)``: 255 at the loudest, 0 at 80 dB below and for silence.
    """
    whole = np.zeros(window + hop * (frames - 1), np.float32)
    cut = samples[: len(whole)]
    whole[: len(cut)] = cut
    parts = np.lib.stride_tricks.sliding_window_view(whole, window)[::hop]
    size = 1 << (2 * window - 1).bit_length()  # twice the window: fine enough for the lowest bands
    power = np.abs(np.fft.rfft(parts * np.hanning(window).astype(np.float32), size, axis=1)) ** 2
    bands = power @ filters(rate, size, mels)
    loudest = float(bands.max(initial=0.0))
    if loudest <= 0.0:
        return np.zeros((frames, mels), np.uint8)
    decibels = 10.0 * np.log10(np.maximum(bands / loudest, 10.0 ** (-RANGE / 10.0)))
    return np.asarray(np.rint((decibels + RANGE) * (255.0 / RANGE)).astype(np.uint8))


@cache
def filters(rate: int, size: int, mels: int) -> np.ndarray:
    """Triangles on the mel scale, each of area one: ``(size // 2 + 1, mels)``.

    Source: O'Shaughnessy, "Speech communication: human and machine", 1987 (the formula of the scale).
    """
    lowest, highest = (2595.0 * np.log10(1.0 + hertz / 700.0) for hertz in (LOWEST, rate / 2))
    edges = 700.0 * (10.0 ** (np.linspace(lowest, highest, mels + 2) / 2595.0) - 1.0)
    hertz = np.linspace(0.0, rate / 2, size // 2 + 1)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    weights = np.maximum(0.0, np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)))
    return np.asarray((weights / np.maximum(weights.sum(axis=0), 1e-9)).astype(np.float32))
