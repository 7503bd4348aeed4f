"""Blocks for sounds."""

from .spectral import spectral

__all__ = ["spectral"]
