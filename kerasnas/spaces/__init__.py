"""Ready search spaces, composed from what the data offers."""

from .compose import audio, image, multimodal, tabular, text
from .training import training

__all__ = ["audio", "image", "multimodal", "tabular", "text", "training"]
