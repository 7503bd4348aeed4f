"""Pooling layers."""

from __future__ import annotations

from math import prod
from typing import Any

from .base import layer, numbers, spatial, tuple_of


@layer("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D")
def window(config: dict[str, Any], x: Any) -> Any:
    if config.get("data_format") not in (None, "channels_last"):
        return None
    rank = len(x.shape) - 2
    pool = tuple_of(config.get("pool_size", 2), rank)
    strides = config.get("strides")
    strides = pool if strides is None else tuple_of(strides, rank)
    out = (x.shape[0], *spatial(x.shape[1:-1], pool, strides, config.get("padding", "valid"), (1,) * rank), x.shape[-1])
    return out, 0, prod(pool) * numbers(out)


@layer("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D")
def over_all(config: dict[str, Any], x: Any) -> Any:
    if config.get("data_format") not in (None, "channels_last"):
        return None
    kept = (1,) * (len(x.shape) - 2) if config.get("keepdims") else ()
    return (x.shape[0], *kept, x.shape[-1]), 0, numbers(x.shape)
