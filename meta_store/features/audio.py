"""Sounds, by their spectrograms."""

from __future__ import annotations

import math

import numpy as np

from .base import landmarks, some_rows

MOST_SOUNDS = 1000


def describe_sounds(mel: np.ndarray, targets: np.ndarray, problem: str) -> dict[str, float]:
    """Length, loudness, pitch, change, and landmarks on the mean and spread of each band.

    Args:
        mel: ``(n, frames, mels, 1)``, 0 for silence to 255 for the loudest moment.
        targets: ``(n,)``.
        problem: ``binary``, ``multiclass`` or ``regression``.
    """
    chosen = np.sort(some_rows(len(targets))[:MOST_SOUNDS])
    chosen = np.random.default_rng(1).permutation(chosen)
    y = np.asarray(targets)[chosen]
    x = np.stack([np.asarray(mel[i][..., 0], "float32") for i in chosen]) / 255.0
    level = x.mean(axis=2)
    bands = x.mean(axis=1)
    places = np.linspace(0.0, 1.0, x.shape[2])
    centre = (bands * places).sum(axis=1) / np.maximum(bands.sum(axis=1), 1e-6)
    out = {
        "log_frames": math.log(x.shape[1]),
        "level": float(level.mean()),
        "silence": float((level < 0.05).mean()),
        "change": float(np.abs(np.diff(x, axis=1)).mean()),
        "centre": float(centre.mean()),
        "centre_spread": float(centre.std()),
        "band_spread": float(bands.std(axis=0).mean()),
    }
    return out | landmarks(np.hstack([bands, x.std(axis=1)]), y, problem, ("linear", "neighbour"))
