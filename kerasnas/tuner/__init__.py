"""The bridge to KerasTuner; the only place that imports it."""

from .hypermodel import SpaceHyperModel

__all__ = ["SpaceHyperModel"]
