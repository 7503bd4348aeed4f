"""Convolutions."""

from __future__ import annotations

from math import prod
from typing import Any

from ...space.graph import Inferred
from .base import Shape, channels_last, computed, flops_of, layer, made, spatial, tuple_of


def _window(config: dict[str, Any], shape: Shape) -> tuple[tuple[int, ...], Shape]:
    rank = len(shape) - 2
    kernel = tuple_of(config["kernel_size"], rank)
    strides = tuple_of(config.get("strides", 1), rank)
    dilation = tuple_of(config.get("dilation_rate", 1), rank)
    return kernel, spatial(shape[1:-1], kernel, strides, config.get("padding", "valid"), dilation)


def _fits(config: dict[str, Any], x: Any, rank: int) -> bool:
    return channels_last(config) and len(x.shape) == rank + 2


def _convolution(rank: int) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        filters, groups = config["filters"], config.get("groups", 1)
        if not _fits(config, x, rank) or x.shape[-1] % groups or filters % groups:
            return None
        kernel, places = _window(config, x.shape)
        weights = prod(kernel) * (x.shape[-1] // groups) * filters
        bias = filters if config.get("use_bias", True) else 0
        shape = (x.shape[0], *places, filters)
        return made(shape, weights + bias, flops_of(weights, *places), computed(config))

    return rule


def _depthwise(rank: int) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if not _fits(config, x, rank):
            return None
        channels = x.shape[-1] * config.get("depth_multiplier", 1)
        kernel, places = _window(config, x.shape)
        weights = prod(kernel) * channels
        bias = channels if config.get("use_bias", True) else 0
        shape = (x.shape[0], *places, channels)
        return made(shape, weights + bias, flops_of(weights, *places), computed(config))

    return rule


def _separable(rank: int) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if not _fits(config, x, rank):
            return None
        middle, filters = x.shape[-1] * config.get("depth_multiplier", 1), config["filters"]
        kernel, places = _window(config, x.shape)
        weights = prod(kernel) * middle + middle * filters
        bias = filters if config.get("use_bias", True) else 0
        shape = (x.shape[0], *places, filters)
        return made(shape, weights + bias, flops_of(weights, *places), computed(config))

    return rule


for _rank in (1, 2, 3):
    layer(f"Conv{_rank}D")(_convolution(_rank))
for _rank in (1, 2):
    layer(f"DepthwiseConv{_rank}D")(_depthwise(_rank))
    layer(f"SeparableConv{_rank}D")(_separable(_rank))


@layer("Conv2DTranspose")
def transposed(config: dict[str, Any], x: Any) -> Inferred | None:
    """Every input place adds a whole window to the output, so the inputs are the places."""
    plain = tuple_of(config.get("dilation_rate", 1), 2) == (1, 1) and config.get("output_padding") is None
    if not _fits(config, x, 2) or not plain:
        return None
    kernel, filters = tuple_of(config["kernel_size"], 2), config["filters"]
    strides, same = tuple_of(config.get("strides", 1), 2), config.get("padding", "valid") == "same"
    sizes = [
        None if n is None else n * s if same else n * s + max(k - s, 0)
        for n, k, s in zip(x.shape[1:-1], kernel, strides, strict=True)
    ]
    weights = prod(kernel) * x.shape[-1] * filters
    bias = filters if config.get("use_bias", True) else 0
    shape = (x.shape[0], *sizes, filters)
    return made(shape, weights + bias, flops_of(weights, *x.shape[1:-1]), computed(config))
