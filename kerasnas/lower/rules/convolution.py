"""Convolutions."""

from __future__ import annotations

from math import prod
from typing import Any

from ..rules.base import Shape, layer, numbers, spatial, tuple_of


def _window(config: dict[str, Any], shape: Shape, rank: int) -> tuple[tuple[int, ...], Shape]:
    kernel = tuple_of(config["kernel_size"], rank)
    strides, dilation = tuple_of(config.get("strides", 1), rank), tuple_of(config.get("dilation_rate", 1), rank)
    return kernel, spatial(shape[1:-1], kernel, strides, config.get("padding", "valid"), dilation)


def _first(config: dict[str, Any]) -> bool:
    return config.get("data_format") in (None, "channels_last")


@layer("Conv1D", "Conv2D", "Conv3D")
def convolution(config: dict[str, Any], x: Any) -> Any:
    rank = len(x.shape) - 2
    if not _first(config):
        return None
    filters, groups = config["filters"], config.get("groups", 1)
    kernel, out = _window(config, x.shape, rank)
    weights = prod(kernel) * (x.shape[-1] // groups) * filters
    places = numbers((None, *out))
    return (x.shape[0], *out, filters), weights + filters * config.get("use_bias", True), 2 * weights * places


@layer("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise(config: dict[str, Any], x: Any) -> Any:
    if not _first(config):
        return None
    out_channels = x.shape[-1] * config.get("depth_multiplier", 1)
    kernel, out = _window(config, x.shape, len(x.shape) - 2)
    weights = prod(kernel) * out_channels
    bias = out_channels * config.get("use_bias", True)
    return (x.shape[0], *out, out_channels), weights + bias, 2 * weights * numbers((None, *out))


@layer("SeparableConv1D", "SeparableConv2D")
def separable(config: dict[str, Any], x: Any) -> Any:
    if not _first(config):
        return None
    middle, filters = x.shape[-1] * config.get("depth_multiplier", 1), config["filters"]
    kernel, out = _window(config, x.shape, len(x.shape) - 2)
    deep, wide = prod(kernel) * middle, middle * filters
    places = numbers((None, *out))
    return (x.shape[0], *out, filters), deep + wide + filters * config.get("use_bias", True), 2 * (deep + wide) * places
