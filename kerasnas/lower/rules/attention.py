"""Attention layers."""

from __future__ import annotations

from typing import Any

from ...space.graph import Inferred
from .base import computed, flops_of, layer, made


@layer("MultiHeadAttention")
def multi_head(config: dict[str, Any], query: Any, value: Any, key: Any = None, **_: Any) -> Inferred | None:
    """Four projections, the scores, and their product with the values."""
    key = value if key is None else key
    axes = config.get("attention_axes")  # a built layer names the one that it took
    unusual = config.get("output_shape") is not None or (axes is not None and tuple(axes) != (1,))
    if (
        unusual
        or not len(query.shape) == len(value.shape) == len(key.shape) == 3
        or "return_attention_scores" in _
    ):
        return None
    heads, key_dim = config["num_heads"], config["key_dim"]
    value_dim = config.get("value_dim") or key_dim
    q, v, k = query.shape[-1], value.shape[-1], key.shape[-1]
    weights = heads * (q * key_dim + k * key_dim + v * value_dim + value_dim * q)
    bias = heads * (2 * key_dim + value_dim) + q if config.get("use_bias", True) else 0
    length, other = query.shape[1], value.shape[1]
    if length is None or other is None:
        flops = None
    else:
        projected = length * heads * (q * key_dim + value_dim * q) + other * heads * (
            k * key_dim + v * value_dim
        )
        flops = flops_of(projected + heads * length * other * (key_dim + value_dim))
    return made(query.shape, weights + bias, flops, computed(config))


@layer("GroupQueryAttention", "GroupedQueryAttention")
def group_query(config: dict[str, Any], query: Any, value: Any, key: Any = None, **_: Any) -> Inferred | None:
    """As multi-head attention, with fewer heads for keys and values."""
    key = value if key is None else key
    if not len(query.shape) == len(value.shape) == len(key.shape) == 3 or "return_attention_scores" in _:
        return None
    heads, groups, width = config["num_query_heads"], config["num_key_value_heads"], config["head_dim"]
    q, v, k = query.shape[-1], value.shape[-1], key.shape[-1]
    weights = 2 * heads * width * q + groups * width * (k + v)
    bias = heads * width + 2 * groups * width + q if config.get("use_bias", True) else 0
    length, other = query.shape[1], value.shape[1]
    if length is None or other is None:
        flops = None
    else:
        projected = length * 2 * heads * width * q + other * groups * width * (k + v)
        flops = flops_of(projected + 2 * heads * length * other * width)
    return made(query.shape, weights + bias, flops, computed(config))


@layer("Attention")
def dot_product(config: dict[str, Any], inputs: Any, **_: Any) -> Inferred | None:
    """Scores by dot products, without projections."""
    if config.get("score_mode", "dot") != "dot" or config.get("use_scale") or "return_attention_scores" in _:
        return None
    query, value, *rest = inputs
    key = rest[0] if rest else value
    if not len(query.shape) == len(value.shape) == len(key.shape) == 3:
        return None
    shape = (*query.shape[:-1], value.shape[-1])
    width = key.shape[-1] + value.shape[-1]
    return made(shape, 0, flops_of(width, query.shape[1], value.shape[1]), computed(config))
