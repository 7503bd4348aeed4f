"""Ready search spaces, composed from what the data offers."""

from .compose import image, multimodal, tabular, text
from .training import training

__all__ = ["image", "multimodal", "tabular", "text", "training"]
