"""Ready search spaces, composed from what the data offers."""

from .compose import audio, image, multimodal, series, tabular, text
from .training import training

__all__ = ["audio", "image", "multimodal", "series", "tabular", "text", "training"]
