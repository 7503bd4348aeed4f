"""Pooling layers."""

from __future__ import annotations

from typing import Any

from ...space.graph import Inferred
from .base import channels_last, layer, made, moved, spatial, tuple_of


def _window(rank: int, default: int | None) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if not channels_last(config) or len(x.shape) != rank + 2:
            return None
        pool = tuple_of(config.get("pool_size", default), rank)
        strides = config.get("strides")
        strides = pool if strides is None else tuple_of(strides, rank)
        places = spatial(x.shape[1:-1], pool, strides, config.get("padding", "valid"), (1,) * rank)
        return made((x.shape[0], *places, x.shape[-1]), dtype=moved(config, x))

    return rule


def _over_all(rank: int) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if not channels_last(config) or len(x.shape) != rank + 2 or "float" not in x.dtype:
            return None
        kept = (1,) * rank if config.get("keepdims") else ()
        return made((x.shape[0], *kept, x.shape[-1]), dtype=moved(config, x))

    return rule


for _rank in (1, 2, 3):
    layer(f"MaxPooling{_rank}D", f"MaxPool{_rank}D")(_window(_rank, 2))
    layer(f"AveragePooling{_rank}D", f"AvgPool{_rank}D")(_window(_rank, None))
    layer(f"GlobalAveragePooling{_rank}D", f"GlobalMaxPooling{_rank}D")(_over_all(_rank))
