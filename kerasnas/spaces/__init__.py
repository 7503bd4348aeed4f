"""Ready search spaces, composed from what the data offers."""

from . import published
from .compose import audio, image, multimodal, series, tabular, text
from .functional import composed, encoded, head, view
from .training import training

__all__ = [
    "audio", "composed", "encoded", "head", "image", "multimodal", "published", "series", "tabular", "text", "training", "view",
]  # fmt: skip
