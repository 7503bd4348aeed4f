"""What a model may read of the data: a named array with a shape and a type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MODALITIES = ("image", "text", "table", "audio", "series")


@dataclass(frozen=True)
class View:
    """One way to read the data, as an array with one row for every row of the table.

    A text column, say, can be read as TF-IDF weights or as token numbers: two views, and which of them a
    model reads is a decision of the search space.

    Attributes:
        name: A Python identifier, the name of the model's input: ``image_pixels``, ``text_tfidf``, ...
        modality: One of ``MODALITIES``.
        shape: Of one row, without the batch: ``(64, 64, 3)``.
        dtype: What ``TaskData.inputs`` returns: "uint8", "float32" or "int32".
        info: JSON facts that a block needs (``cardinalities``, ``vocabulary``) or a person likes
            (``columns``).
        sparse: Whether ``TaskData.inputs`` returns a SciPy CSR matrix; a batch is made dense when it is read.
    """

    name: str
    modality: str
    shape: tuple[int, ...]
    dtype: str
    info: Mapping[str, Any] = field(default_factory=dict)
    sparse: bool = False

    def to_json(self) -> dict[str, Any]:
        """The view as JSON."""
        return {
            "name": self.name,
            "modality": self.modality,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "info": dict(self.info),
            "sparse": self.sparse,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> View:
        """The view that ``to_json`` wrote."""
        return cls(
            data["name"],
            data["modality"],
            tuple(data["shape"]),
            data["dtype"],
            dict(data["info"]),
            bool(data["sparse"]),
        )
