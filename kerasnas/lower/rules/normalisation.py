"""Normalisation layers."""

from __future__ import annotations

from math import prod
from typing import Any

from ...space.graph import Inferred
from .base import computed, layer, made


def _learned(config: dict[str, Any]) -> int:
    return bool(config.get("scale", True)) + bool(config.get("center", True))


def _axes(config: dict[str, Any]) -> list[int]:
    axis = config.get("axis", -1)
    return [axis] if isinstance(axis, int) else list(axis)


@layer("BatchNormalization")
def batch(config: dict[str, Any], x: Any) -> Inferred | None:
    """Scale and shift, and two moving statistics."""
    return made(x.shape, x.shape[config.get("axis", -1)] * (_learned(config) + 2), 0, computed(config))


@layer("LayerNormalization")
def by_layer(config: dict[str, Any], x: Any) -> Inferred | None:
    """Scale and shift along its axes."""
    if config.get("rms_scaling"):
        return None
    return made(x.shape, prod(x.shape[a] for a in _axes(config)) * _learned(config), 0, computed(config))


@layer("GroupNormalization")
def by_group(config: dict[str, Any], x: Any) -> Inferred | None:
    """Scale and shift a channel."""
    width, groups = x.shape[config.get("axis", -1)], config.get("groups", 32)
    if groups > 0 and width % groups:
        return None
    return made(x.shape, width * _learned(config), 0, computed(config))


@layer("RMSNormalization")
def root_mean_square(config: dict[str, Any], x: Any) -> Inferred | None:
    """A scale along its axes."""
    return made(x.shape, prod(x.shape[a] for a in _axes(config)), 0, computed(config))


@layer("UnitNormalization")
def unit(config: dict[str, Any], x: Any) -> Inferred | None:
    """Nothing learned."""
    return made(x.shape, 0, 0, computed(config))
