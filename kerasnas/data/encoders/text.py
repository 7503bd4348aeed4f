"""Text encoders: a transformer in Hugging Face layout, or a ``.keras`` file with a tokenizer beside it."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import EncoderError
from .. import cache
from .base import Encoder, digest
from .license import PAPERS

SUPPORTED = ("bert",)
# what is read of a folder, and what travels in a bundle
FILES = (
    "config.json", "model.safetensors", "encoder.keras", "modules.json", "sentence_bert_config.json",
    "1_Pooling/config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "tokenizer.model",
)  # fmt: skip
LONGEST = 256
# lengths are rounded up to a multiple of this, so that few shapes are compiled
BUCKET = 16
BATCH_TOKENS = 4096


class TextEncoder(Encoder):
    """A transformer from texts to vectors: token features averaged, or as the folder's pooling says."""

    kind: ClassVar[str] = "text"
    modality: ClassVar[str] = "text"

    def __init__(
        self, path: Path, *, name: str, features: int, input_shape: tuple[int, ...], fingerprint: str
    ) -> None:
        self.path, self.name, self.features = path, name, features
        self.input_shape, self.fingerprint = input_shape, fingerprint

    def encode(self, raw: Any) -> np.ndarray:
        """Features of texts; equal texts are encoded once, texts of like length together."""
        tokenizer, model, pool, longest = _parts(str(self.path), self.fingerprint)
        unique = sorted(set(raw))
        coded = tokenizer(
            unique, truncation=True, max_length=longest, padding=False, return_attention_mask=False
        )["input_ids"]
        order = sorted(range(len(unique)), key=lambda i: (len(coded[i]), i))
        found = np.zeros((len(unique), self.features), dtype=np.float32)
        pad = tokenizer.pad_token_id or 0
        start = 0
        while start < len(order):
            length = min(
                -(-max(len(coded[order[start]]), 1) // BUCKET) * BUCKET, -(-longest // BUCKET) * BUCKET
            )
            size = max(1, min(BATCH_TOKENS // length, 1 << (len(order) - start - 1).bit_length()))
            batch = [i for i in order[start : start + size] if len(coded[i]) <= length]
            ids = np.full((size, length), pad, dtype=np.int32)
            mask = np.zeros((size, length), dtype=np.int32)
            mask[:, 0] = 1  # rows that only fill the batch up
            for row, index in enumerate(batch):
                ids[row, : len(coded[index])] = coded[index]
                mask[row, : len(coded[index])] = 1
            found[batch] = pool(np.asarray(model.predict_on_batch([ids, mask]), np.float32), mask)[
                : len(batch)
            ]
            start += len(batch)
        place = {text: index for index, text in enumerate(unique)}
        return found[[place[text] for text in raw]]

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the files."""
        self._same(_fingerprint(self.path))
        papers = (name for name in PAPERS if (self.path / name).is_file())
        for name in (*_present(self.path), *papers):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.path / name, target)
        return {**self.to_json(), "path": folder.name}


def _present(folder: Path) -> list[str]:
    return [name for name in FILES if (folder / name).is_file()]


def _fingerprint(folder: Path) -> str:
    return digest(
        *(part for name in _present(folder) for part in (name, folder / name)), f"longest={LONGEST}"
    )


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def resolve(named: str | Path) -> TextEncoder:
    """The encoder that a person named.

    Raises:
        EncoderError: If it cannot be reached, lacks files, or is of a type that is not supported.
    """
    folder = Path(named).expanduser()
    folder = folder.resolve() if folder.is_dir() else _from_hub(str(named))
    if not any(
        (folder / name).is_file() for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json")
    ):
        raise EncoderError(
            f"No tokenizer in the text encoder's folder. Received: {folder}. Expected tokenizer.json "
            "beside the model."
        )
    fingerprint = _fingerprint(folder)
    return TextEncoder(
        folder,
        name=Path(named).name,
        features=_features(folder, fingerprint),
        input_shape=(),
        fingerprint=fingerprint,
    )


def _features(folder: Path, fingerprint: str) -> int:
    if (folder / "encoder.keras").is_file():
        known = cache.facts_path(fingerprint)
        if not known.is_file():
            cache.write_json(
                known, {"features": int(_keras_file(folder / "encoder.keras").outputs[0].shape[-1])}
            )
        return int(_read(known)["features"])
    config = _read(folder / "config.json")
    kind = config.get("model_type")
    if kind not in SUPPORTED:
        raise EncoderError(
            f"Text encoders of type {kind!r} are not supported. Supported: {', '.join(SUPPORTED)} (BERT, "
            "MiniLM, BGE, E5, GTE and "
            f"others built alike), or a folder with encoder.keras (token numbers, mask -> features) and a "
            "tokenizer. "
            f"Received: {folder}."
        )
    if not (folder / "model.safetensors").is_file():
        raise EncoderError(
            f"No model.safetensors in {folder}. Other weight files run code when they are read and are not "
            "opened."
        )
    return int(config["hidden_size"])


def _from_hub(name: str) -> Path:
    if not name or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise EncoderError(
            f"No such folder for a text encoder. Received: {name!r}. Expected a folder in Hugging Face "
            "layout, or a hub name."
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(name, allow_patterns=[f for f in (*FILES, *PAPERS) if f != "encoder.keras"])
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise EncoderError(
            f"The text encoder {name!r} is neither a folder nor can it be fetched from the hub "
            f"({type(error).__name__}: "
            f"{str(error)[:200]}). Give a local folder with config.json, model.safetensors and "
            "tokenizer.json."
        ) from error


def _keras_file(path: Path) -> Any:
    import keras

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, TypeError) as error:
        raise EncoderError(
            f"The encoder file {path} cannot be loaded by Keras {keras.__version__}: {str(error)[:300]}."
        ) from error
    if len(model.inputs) != 2 or len(model.outputs) != 1 or len(model.outputs[0].shape) not in (2, 3):
        raise EncoderError(
            f"A text encoder takes [token numbers, mask] (rows, length) and gives features (rows, "
            "[length,] features). Received: "
            f"{path} with inputs {[tuple(t.shape) for t in model.inputs]}, outputs "
            f"{[tuple(t.shape) for t in model.outputs]}."
        )
    return model


@functools.lru_cache(maxsize=2)
def _parts(path: str, fingerprint: str) -> tuple[Any, Any, Any, int]:
    """The tokenizer, the model [ids, mask] -> token features, the pooling, the longest text in tokens."""
    from transformers import AutoTokenizer

    folder = Path(path)
    if _fingerprint(folder) != fingerprint:
        raise EncoderError(
            f"The files of the encoder in {folder} have changed since the task was made. Put them back, or "
            "make the task anew."
        )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    config = _read(folder / "config.json")
    longest = min(LONGEST, int(_read(folder / "sentence_bert_config.json").get("max_seq_length") or LONGEST))
    if (folder / "encoder.keras").is_file():
        return tokenizer, _keras_file(folder / "encoder.keras"), _pooling(folder), longest
    from . import bert

    longest = min(longest, int(config.get("max_position_embeddings", LONGEST)))
    return tokenizer, bert.load(config, folder / "model.safetensors"), _pooling(folder), longest


def _pooling(folder: Path) -> Any:
    """From token features and mask to one vector: as ``1_Pooling`` says, else the mean."""
    said = _read(folder / "1_Pooling" / "config.json")
    modules = (
        json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        if (folder / "modules.json").is_file()
        else []
    )
    unit = any(str(module.get("type", "")).endswith("Normalize") for module in modules)

    def pool(features: np.ndarray, mask: np.ndarray) -> np.ndarray:
        if features.ndim == 2:
            vector = features
        elif said.get("pooling_mode_cls_token"):
            vector = features[:, 0]
        elif said.get("pooling_mode_max_tokens"):
            vector = np.where(mask[..., None] > 0, features, -np.inf).max(axis=1)
        else:
            weight = mask[..., None].astype(np.float32)
            vector = (features * weight).sum(axis=1) / weight.sum(axis=1)
        return vector / np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-12) if unit else vector

    return pool
