"""What an encoder is."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import EncoderError


class Encoder(ABC):
    """A frozen function from pictures or texts to vectors, and the files that it is made of.

    Making one reads facts only; Keras is loaded by ``encode``.

    Attributes:
        kind: Names the class in a saved file.
        modality: "image" or "text".
        name: For people.
        path: The file or folder.
        features: Numbers in a vector.
        input_shape: (height, width, channels) of pictures; () for texts.
        fingerprint: sha256 over the files and the options.
    """

    kind: ClassVar[str]
    modality: ClassVar[str]
    name: str
    path: Path
    features: int
    input_shape: tuple[int, ...]
    fingerprint: str

    @abstractmethod
    def encode(self, raw: Any) -> np.ndarray:
        """Vectors of pictures or texts, float32 ``(rows, features)``; pictures are uint8.

        Raises:
            EncoderError: If the files have changed, or the encoder cannot be built.
        """

    @abstractmethod
    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the files into a folder; returns the JSON, its path relative to the folder's parent."""

    def flops(self) -> int | None:
        """What it takes to encode one picture; None where that is not known."""
        return None

    def to_json(self) -> dict[str, Any]:
        """The encoder as JSON, with the path where it is."""
        return {
            "kind": self.kind, "name": self.name, "path": str(self.path), "features": self.features,
            "input_shape": list(self.input_shape), "fingerprint": self.fingerprint,
        }  # fmt: skip

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Encoder:
        """The encoder that ``to_json`` described.

        Raises:
            EncoderError: If its files are gone or the kind is unknown.
        """
        from .image import KerasImageEncoder
        from .text import TextEncoder

        for cls in (KerasImageEncoder, TextEncoder):
            if data["kind"] == cls.kind:
                path = Path(data["path"])
                if not path.exists():
                    raise EncoderError(
                        f"The files of encoder '{data['name']}' are gone. Received: {path}. Put them back."
                    )
                return cls(
                    path, name=data["name"], features=data["features"],
                    input_shape=tuple(data["input_shape"]), fingerprint=data["fingerprint"],
                )  # fmt: skip
        raise EncoderError(f"Unknown kind of encoder: {data['kind']!r}. Update kerasnas.")

    def _same(self, found: str) -> None:
        if found != self.fingerprint:
            raise EncoderError(
                f"The files of encoder '{self.name}' in {self.path} have changed since the task was made. "
                "Put them back, "
                f"or make the task anew."
            )


def digest(*parts: Path | str) -> str:
    """sha256 over the content of files, and over texts."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(hashlib.sha256(part.encode()).digest())
            continue
        with part.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
