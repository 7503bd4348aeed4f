"""Pictures and texts as features of a pretrained encoder that is not trained further."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..encoders import Encoder
from ..views import View
from .base import Adapter, Rows, joined_texts
from .pixels import decode


class Frozen(Adapter):
    """One vector a row from a frozen encoder; zeros where there is no picture or text.

    Two steps, so that the slow one can be cached and done elsewhere: ``raw`` reads the rows without Keras,
    ``encode`` runs the encoder.
    """

    kind: ClassVar[str] = "frozen"

    def __init__(self, view: View, columns: Sequence[str], encoder: Encoder) -> None:
        self.view = view
        self.columns = tuple(columns)
        self.encoder = encoder

    @classmethod
    def fit(cls, columns: Sequence[str], name: str, encoder: Encoder) -> Frozen:
        """Nothing is learned from the rows.

        Args:
            columns: One picture column, or the text columns.
            name: Of the view.
            encoder: The encoder.
        """
        info = {"columns": list(columns), "encoder": encoder.name, "fingerprint": encoder.fingerprint}
        return cls(View(name, encoder.modality, (encoder.features,), "float32", info), columns, encoder)

    def raw(self, rows: Rows) -> Any:
        """What the encoder reads: uint8 pictures of its size, or texts."""
        if self.view.modality == "image":
            return decode(rows, self.columns[0], self.encoder.input_shape)
        return joined_texts(rows, self.columns)

    def encode(self, raw: Any) -> np.ndarray:
        """``(rows, features)`` float32. Loads Keras."""
        empty = np.array([not one.strip() for one in raw]) if self.view.modality == "text" else _black(raw)
        out = np.zeros((len(raw), *self.view.shape), dtype=np.float32)
        filled = np.flatnonzero(~empty)
        if len(filled):
            kept = (
                [raw[i] for i in filled]
                if self.view.modality == "text"
                else (raw if len(filled) == len(raw) else raw[filled])
            )
            out[filled] = self.encoder.encode(kept)
        return out

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, features)`` float32. Loads Keras."""
        return self.encode(self.raw(rows))

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Which encoder; its files are saved by the preprocessor."""
        return {"encoder": self.encoder.to_json()}, {}

    @classmethod
    def restore(
        cls, view: View, columns: Sequence[str], data: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Frozen:
        """As saved."""
        return cls(view, columns, Encoder.from_json(data["encoder"]))


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
            digest.update(np.ascontiguousarray(raw[start : start + 256]))
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
