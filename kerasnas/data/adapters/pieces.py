"""Texts as the word pieces of a pretrained encoder, for training that encoder further."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import EncoderError
from ..encoders import Encoder
from ..views import View
from .base import Rows, joined_texts
from .by_encoder import ByEncoder

LONGEST, SHORTEST = 128, 8
SAMPLE = 2000  # texts that the length is learned from
COVERED = 0.98  # share of them that fit whole
MOST_CHARACTERS = 20 * LONGEST  # of a text that is read: the pieces that count are among them
MOST_FLOPS = 1e13
"""Of an epoch that trains the whole encoder: three to four minutes on a CPU that does 50 GFLOP a second. Where it would take more,
a search of minutes tells nothing about such a candidate, and the view is not made."""


class Pieces(ByEncoder):
    """Every text as ``length`` numbers of word pieces, as the encoder's own tokenizer gives them; 0 pads at the end.

    The length holds 98 of 100 training texts, at most 128 pieces; longer texts are cut. An empty text is all padding.
    """

    kind: ClassVar[str] = "pieces"

    @classmethod
    def fit(cls, rows: Rows, columns: Sequence[str], encoder: Encoder) -> Pieces | None:
        """Choose the length.

        Args:
            rows: Training rows.
            columns: The text columns.
            encoder: Whose tokenizer it is.

        Returns:
            None where the encoder cannot be trained further (it is no BERT, or pads with another number than 0), or where an epoch of
            that is not affordable on a CPU.
        """
        size = _size(encoder.path)
        if size is None or len(rows) * SHORTEST * _flops(size) > MOST_FLOPS:
            return None
        chosen = np.arange(0, len(rows), max(1, len(rows) // SAMPLE))
        cut = [text[:MOST_CHARACTERS] for text in joined_texts(rows.take(chosen), columns)]
        limit = min(LONGEST, size["max_position_embeddings"])
        tokenizer = tokenizer_of(str(encoder.path))
        if tokenizer.pad_token_id != 0:
            return None
        lengths = [len(ids) for ids in _ids(tokenizer, cut, limit)] or [0]
        length = int(np.clip(np.ceil(np.quantile(lengths, COVERED)), min(SHORTEST, limit), limit))
        if len(rows) * length * _flops(size) > MOST_FLOPS:
            return None
        info = {
            "columns": list(columns), "encoder": encoder.name, "fingerprint": encoder.fingerprint,
            "folder": str(encoder.path), "units": size["num_hidden_layers"], "vocabulary": size["vocab_size"], "length": length,
        }  # fmt: skip
        return cls(View("text_pieces", "text", (length,), "int32", info), columns, encoder)

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, length)`` int32, each below ``info["vocabulary"]``."""
        length = self.view.shape[0]
        texts = [text[:MOST_CHARACTERS] for text in joined_texts(rows, self.columns)]
        out = np.zeros((len(rows), length), dtype=np.int32)
        filled = [index for index, text in enumerate(texts) if text.strip()]
        if filled:
            tokenizer = tokenizer_of(str(self.encoder.path))
            coded = _ids(tokenizer, [texts[index] for index in filled], length)
            for index, ids in zip(filled, coded, strict=True):
                out[index, : len(ids)] = ids
        return out


def _ids(tokenizer: Any, texts: list[str], longest: int) -> list[list[int]]:
    if not texts:
        return []
    found: list[list[int]] = tokenizer(
        texts, truncation=True, max_length=longest, padding=False, return_attention_mask=False
    )["input_ids"]
    return found


@functools.lru_cache(maxsize=2)
def tokenizer_of(folder: str) -> Any:
    """The tokenizer in an encoder's folder; nothing is fetched.

    Raises:
        EncoderError: If it cannot be read.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The tokenizer in {folder} cannot be read: {str(error)[:300]}. Put its files back."
        ) from error


def _size(folder: Path) -> dict[str, int] | None:
    """The sizes of a BERT with absolute positions in Hugging Face layout; None where the folder holds another encoder."""
    file = folder / "config.json"
    if (
        not file.is_file()
        or not (folder / "model.safetensors").is_file()
        or (folder / "encoder.keras").is_file()
    ):
        return None
    config = json.loads(file.read_text(encoding="utf-8"))
    wanted = (
        "hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size", "max_position_embeddings", "num_attention_heads",
    )  # fmt: skip
    rebuilt = (
        config.get("model_type") == "bert" and config.get("position_embedding_type", "absolute") == "absolute"
    )
    return (
        {name: int(config[name]) for name in wanted} if rebuilt and all(n in config for n in wanted) else None
    )


def _flops(size: Mapping[str, int]) -> float:
    """Of training on one piece: a pass forward and two as dear back, through the matrices of every unit."""
    width, inner = size["hidden_size"], size["intermediate_size"]
    return 3.0 * 2.0 * size["num_hidden_layers"] * (4 * width * width + 2 * width * inner)
