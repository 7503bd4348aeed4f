"""Pictures, by their pixels."""

from __future__ import annotations

import math

import numpy as np

from .base import landmarks, some_rows

MOST_PICTURES = 1000
SIDE = 8
MOST_PIXELS = 64  # a side; larger pictures are read in steps


def describe_pictures(pixels: np.ndarray, targets: np.ndarray, problem: str) -> dict[str, float]:
    """Size, colour, detail, and landmarks on pictures shrunk to 8 x 8.

    Args:
        pixels: ``(n, h, w, c)``, 0 to 255.
        targets: ``(n,)``.
        problem: ``binary``, ``multiclass`` or ``regression``.
    """
    chosen = np.sort(some_rows(len(targets))[:MOST_PICTURES])
    chosen = np.random.default_rng(1).permutation(chosen)
    y = np.asarray(targets)[chosen]
    step = -(-max(pixels.shape[1:3]) // MOST_PIXELS)
    x = np.stack([np.asarray(pixels[i][::step, ::step], "float32") for i in chosen]) / 255.0
    grey = x.mean(axis=3)
    out = {
        "log_height": math.log(pixels.shape[1]),
        "log_width": math.log(pixels.shape[2]),
        "channels": float(x.shape[3]),
        "mean": float(x.mean()),
        "spread": float(x.std()),
        "grey_share": float((np.ptp(x, axis=3).max(axis=(1, 2)) < 0.04).mean()) if x.shape[3] == 3 else 1.0,
        "gradient": float(np.abs(np.diff(grey, axis=1)).mean() + np.abs(np.diff(grey, axis=2)).mean()),
        "spread_between": float(grey.mean(axis=(1, 2)).std()),
    }
    return out | landmarks(_shrunk(x), y, problem, ("linear", "neighbour"))


def _shrunk(x: np.ndarray) -> np.ndarray:
    """Block means, flat."""
    rows = np.array_split(np.arange(x.shape[1]), min(SIDE, x.shape[1]))
    columns = np.array_split(np.arange(x.shape[2]), min(SIDE, x.shape[2]))
    small = np.stack(
        [np.stack([x[:, r][:, :, c].mean(axis=(1, 2)) for c in columns], axis=1) for r in rows], axis=1
    )
    return small.reshape(len(x), -1)
