"""Sounds as log-mel spectrograms of one size."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...errors import DataError
from .. import sounds, values
from ..views import View
from .base import Rows, Settled, Streamed

SAMPLE = 200
FASTEST = 16_000  # samples a second: above 8 kHz little tells speech, music or noises apart
MOST_SECONDS = 10.0
COVERED = 0.95  # share of the sounds that fit whole
MELS = 64
WINDOW, HOP = 0.025, 0.010  # seconds
MOST_FRAMES = 256


class Mel(Settled, Streamed):
    """One sound column as uint8 spectrograms ``(frames, mels, 1)``, each relative to its loudest moment; an empty cell is silence.

    The rate is the median of a sample of training sounds, at most 16 kHz; the length lets 95 % of them fit whole, at most 10 seconds.
    Frames are 10 ms apart, or further where that would make more than 256.
    """

    kind: ClassVar[str] = "mel"

    number: ClassVar[type[int | float]] = int

    @classmethod
    def fit(cls, rows: Rows, column: str, name: str) -> Mel:
        """Choose rate and length.

        Args:
            rows: Training rows.
            column: The sound column.
            name: Of the view.

        Raises:
            DataError: If no sampled sound can be read.
        """
        filled = np.flatnonzero(~values.missing(rows.column(column)))
        chosen = filled[:: max(1, len(filled) // SAMPLE)][:SAMPLE]
        reader = rows.take(chosen).reader(column, sounds.SOUNDS)
        found = [about for index in range(len(chosen)) if (about := reader.tried(index, sounds.length))]
        if rows.unreadable == "error":
            rows.report(reader, column)
        if not found:
            raise DataError(
                f"No sound in column '{column}' can be read; {len(chosen)} training rows were tried: "
                f"{'; '.join(reader.problems.unreadable) or 'all are empty'}. Drop the column with drop=[{column!r}], or give base=..."
            )
        rate = min(FASTEST, int(np.median([rate for _, rate in found])))
        seconds = min(
            MOST_SECONDS, max(4 * WINDOW, float(np.quantile([length for length, _ in found], COVERED)))
        )
        step = max(HOP, seconds / MOST_FRAMES)
        hop = max(1, round(step * rate))
        settings = {
            "rate": rate,
            "window": max(2, round(max(WINDOW, 2 * step) * rate)),
            "hop": hop,
            "mels": MELS,
            "frames": max(8, int(np.ceil(seconds * rate / hop))),
        }
        info = {"columns": [column], "seconds": round(seconds, 3), "rate": rate}
        return cls(View(name, "audio", (settings["frames"], MELS, 1), "uint8", info), (column,), settings)

    def transform(self, rows: Rows, out: np.ndarray | None = None) -> np.ndarray:
        """``(rows, frames, mels, 1)`` uint8, written into ``out`` where it is given.

        Raises:
            DataError: If more of them are unreadable than the rows allow.
        """
        out = np.zeros((len(rows), *self.view.shape), np.uint8) if out is None else out
        reader = rows.reader(self.columns[0], sounds.SOUNDS)
        for index in range(len(rows)):
            seen = reader.tried(index, self._seen)
            out[index] = 0 if seen is None else seen
        rows.report(reader, self.columns[0])
        return out

    def _seen(self, raw: Any) -> np.ndarray:
        most = (self._settings["window"] + self._settings["hop"] * self._settings["frames"]) / self._settings[
            "rate"
        ]
        samples, rate = sounds.opened(raw, most + 0.1)
        at_rate = sounds.resampled(samples, rate, self._settings["rate"])
        return sounds.spectrogram(at_rate, **self._settings)[..., None]
