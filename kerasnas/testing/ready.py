"""The ready spaces over views of usual shapes, without any data: what costs, sources and drawings are checked on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import spaces
from ..data.views import View

if TYPE_CHECKING:
    from ..space import Space

VIEWS = {
    "image_pixels": View("image_pixels", "image", (32, 32, 3), "uint8"),
    "image_encoder": View("image_encoder", "image", (576,), "float32"),
    "text_tfidf": View("text_tfidf", "text", (4000,), "float32", {}, sparse=True),
    "text_tokens": View("text_tokens", "text", (64,), "int32", {"vocabulary": 8000}),
    "text_encoder": View("text_encoder", "text", (384,), "float32"),
    "table_numbers": View("table_numbers", "table", (12,), "float32"),
    "table_categories": View("table_categories", "table", (3,), "int32", {"cardinalities": [5, 12, 40]}),
    "table_tags": View("table_tags", "table", (30,), "float32", {}, sparse=True),
    "sound_mel": View("sound_mel", "audio", (96, 64, 1), "uint8"),
    "series_values": View("series_values", "series", (60, 2), "float32", {"length": 60}),
}
#: Bounds of the integers that an input may hold, for ``check_block``.
INTEGERS = {"text_tokens": (0, 8000), "table_categories": (0, 5)}


@dataclass(frozen=True)
class Views:
    """What a space reads of a task.

    Attributes:
        views: By name.
        problem: As a task has it.
        outputs: Classes, labels or numbers.
        name: Of the task.
    """

    views: dict[str, View]
    problem: str = "multiclass"
    outputs: int = 10
    name: str = "views"


def ready() -> dict[str, Space]:
    """Every ready space by name: one a modality, all together, and one that predicts a number."""
    every = Views(dict(VIEWS))
    number = Views({n: v for n, v in VIEWS.items() if v.modality == "table"}, "regression", 1)
    made = {
        name: getattr(spaces, name) for name in ("image", "text", "tabular", "audio", "series", "multimodal")
    }
    return {**{name: space(every) for name, space in made.items()}, "number": spaces.tabular(number)}  # type: ignore[arg-type]
