"""Dense layers, embeddings, attention and matrix products."""

from __future__ import annotations

from typing import Any

from .base import layer, numbers, op


@layer("Dense")
def dense(config: dict[str, Any], x: Any) -> Any:
    units, width = config["units"], x.shape[-1]
    rows = numbers(x.shape[:-1])
    return (*x.shape[:-1], units), width * units + units * config.get("use_bias", True), 2 * rows * width * units


@layer("Embedding")
def embedding(config: dict[str, Any], x: Any) -> Any:
    return (*x.shape, config["output_dim"]), config["input_dim"] * config["output_dim"], 0, "float32"


@layer("MultiHeadAttention")
def attention(config: dict[str, Any], query: Any, value: Any, key: Any = None, **_: Any) -> Any:
    key = value if key is None else key
    if config.get("output_shape") is not None or config.get("attention_axes") is not None or len(query.shape) != 3:
        return None
    heads, key_dim = config["num_heads"], config["key_dim"]
    value_dim = config.get("value_dim") or key_dim
    bias = 1 if config.get("use_bias", True) else 0
    q, v, k = query.shape[-1], value.shape[-1], key.shape[-1]
    parameters = heads * (q * key_dim + k * key_dim + v * value_dim + value_dim * q)
    parameters += bias * (heads * (2 * key_dim + value_dim) + q)
    length, other = query.shape[1] or 1, value.shape[1] or 1
    flops = 2 * heads * (length * q * key_dim + other * (k * key_dim + v * value_dim) + length * value_dim * q)
    flops += 2 * heads * length * other * (key_dim + value_dim)
    return query.shape, parameters, flops


@op("matmul")
def matmul(a: Any, b: Any) -> Any:
    if len(a.shape) != len(b.shape) or len(a.shape) < 3 or a.shape[:-2] != b.shape[:-2]:
        return None
    out = (*a.shape[:-1], b.shape[-1])
    return out, 0, 2 * numbers(out) * (a.shape[-1] or 1)
