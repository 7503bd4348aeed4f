"""Pictures and texts as features of a pretrained encoder that is not trained further."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..encoders import Encoder
from ..views import View
from .base import Rows, joined_texts
from .by_encoder import ByEncoder
from .pixels import decode


class Frozen(ByEncoder):
    """One vector a row from a frozen encoder, of mean square 1; zeros where there is no picture or text.

    Three steps, so that the slow one can be cached and done elsewhere: ``raw`` reads the rows without Keras,
    ``features`` runs the encoder, ``scaled`` brings its vectors to one length.
    """

    kind: ClassVar[str] = "frozen"

    @classmethod
    def fit(cls, columns: Sequence[str], name: str, encoder: Encoder) -> Frozen:
        """Nothing is learned from the rows.

        Args:
            columns: One picture column, or the text columns.
            name: Of the view.
            encoder: The encoder.
        """
        info: dict[str, Any] = {
            "columns": list(columns),
            "encoder": encoder.name,
            "fingerprint": encoder.fingerprint,
        }
        if encoder.modality == "image":  # what it takes to train it further inside a model
            info |= {
                "path": str(encoder.path),
                "input_shape": list(encoder.input_shape),
                "flops": encoder.flops(),
            }
        return cls(View(name, encoder.modality, (encoder.features,), "float32", info), columns, encoder)

    def raw(self, rows: Rows) -> Any:
        """What the encoder reads: uint8 pictures of its size, or texts."""
        if self.view.modality == "image":
            return decode(rows, self.columns[0], self.encoder.input_shape)
        return joined_texts(rows, self.columns)

    def features(self, raw: Any) -> np.ndarray:
        """What the encoder gives, ``(rows, features)`` float32; zeros where nothing is there. Loads Keras."""
        texts = self.view.modality == "text"
        empty = np.array([not one.strip() for one in raw], dtype=bool) if texts else _black(raw)
        out = np.zeros((len(raw), *self.view.shape), dtype=np.float32)
        filled = np.flatnonzero(~empty)
        if len(filled):
            everything = len(filled) == len(raw)
            out[filled] = self.encoder.encode(
                raw if everything else [raw[i] for i in filled] if texts else raw[filled]
            )
        return out

    def scaled(self, features: np.ndarray) -> np.ndarray:
        """Every vector at length sqrt(features), for encoders differ in scale; zeros stay."""
        length = np.linalg.norm(features, axis=1, keepdims=True)
        scale = np.sqrt(features.shape[1]) / np.where(length > 0, length, 1.0)
        return np.asarray(features * scale, dtype=np.float32)

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, features)`` float32. Loads Keras."""
        return self.scaled(self.features(self.raw(rows)))


def _black(pictures: np.ndarray) -> np.ndarray:
    """Which pictures are empty, looked at in pieces: they may lie on disk."""
    return np.concatenate(
        [
            np.zeros(0, bool),
            *(~pictures[i : i + 256].any(axis=(1, 2, 3)) for i in range(0, len(pictures), 256)),
        ]
    )


def fingerprint(raw: Any) -> str:
    """The content of what an encoder reads, as sha256."""
    digest = hashlib.sha256()
    if isinstance(raw, np.ndarray):
        digest.update(json.dumps([list(raw.shape), str(raw.dtype)]).encode())
        for start in range(0, len(raw), 256):
            digest.update(np.ascontiguousarray(raw[start : start + 256]).data)
    else:
        digest.update(json.dumps(list(raw)).encode())
    return digest.hexdigest()


def save_raw(raw: Any, stem: Path) -> None:
    """Keep what an encoder reads beside ``stem``."""
    if isinstance(raw, np.ndarray):
        np.save(stem.with_suffix(".npy"), raw)
    else:
        stem.with_suffix(".json").write_text(json.dumps(list(raw)), encoding="utf-8")


def load_raw(stem: Path) -> Any:
    """What ``save_raw`` kept; pictures are mapped, not read."""
    pixels = stem.with_suffix(".npy")
    if pixels.exists():
        return np.load(pixels, mmap_mode="r")
    return json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
