"""Pretrained encoders: frozen functions from a picture or a text to a vector."""

from __future__ import annotations

from .base import Encoder
from .license import license_of
from .resolve import resolve

__all__ = ["Encoder", "license_of", "resolve"]
