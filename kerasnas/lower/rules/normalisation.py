"""Normalisation layers."""

from __future__ import annotations

from math import prod
from typing import Any

from .base import layer, numbers


def _learned(config: dict[str, Any]) -> int:
    return bool(config.get("scale", True)) + bool(config.get("center", True))


@layer("BatchNormalization")
def batch(config: dict[str, Any], x: Any) -> Any:
    return x.shape, x.shape[config.get("axis", -1)] * (_learned(config) + 2), 2 * numbers(x.shape)


@layer("LayerNormalization")
def by_layer(config: dict[str, Any], x: Any) -> Any:
    axis = config.get("axis", -1)
    axes = [axis] if isinstance(axis, int) else list(axis)
    return x.shape, prod(x.shape[a] for a in axes) * _learned(config), 2 * numbers(x.shape)


@layer("GroupNormalization")
def by_group(config: dict[str, Any], x: Any) -> Any:
    return x.shape, x.shape[config.get("axis", -1)] * _learned(config), 2 * numbers(x.shape)


@layer("RMSNormalization")
def root_mean_square(config: dict[str, Any], x: Any) -> Any:
    axis = config.get("axis", -1)
    axes = [axis] if isinstance(axis, int) else list(axis)
    return x.shape, prod(x.shape[a] for a in axes), 2 * numbers(x.shape)


@layer("UnitNormalization")
def unit(config: dict[str, Any], x: Any) -> Any:  # noqa: ARG001
    return x.shape, 0, 2 * numbers(x.shape)
