"""What may make vectors of each modality, one file a modality.

Each takes the modality's views and their tensors, and gives a list of vectors: one for each picture, sound or series column, one for
all texts, one for the table.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ...data.views import View
from .audio import audio
from .image import image
from .series import series
from .table import table
from .text import text

ENCODERS: dict[str, Callable[[Mapping[str, View], Mapping[str, Any]], list[Any]]] = {
    "image": image,
    "text": text,
    "table": table,
    "audio": audio,
    "series": series,
}

__all__ = ["ENCODERS"]
