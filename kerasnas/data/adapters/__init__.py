"""One adapter for every way to read columns as an array."""

from __future__ import annotations

from .base import Adapter, Rows

__all__ = ["Adapter", "Rows"]
