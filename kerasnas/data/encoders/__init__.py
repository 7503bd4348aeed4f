"""Pretrained encoders: frozen functions from a picture or a text to a vector."""

from __future__ import annotations

from .base import Encoder
from .resolve import resolve

__all__ = ["Encoder", "resolve"]
