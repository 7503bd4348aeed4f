"""Layers that only move numbers about."""

from __future__ import annotations

from math import prod
from typing import Any

from .base import layer, numbers, tuple_of


@layer("Flatten")
def flatten(config: dict[str, Any], x: Any) -> Any:  # noqa: ARG001
    return (x.shape[0], prod(x.shape[1:])) if None not in x.shape[1:] else (x.shape[0], None), 0, 0


@layer("Reshape")
def reshape(config: dict[str, Any], x: Any) -> Any:
    target = tuple(config["target_shape"])
    if -1 in target:
        if None in x.shape[1:]:
            return None
        rest = prod(d for d in target if d != -1)
        target = tuple(numbers(x.shape) // rest if d == -1 else d for d in target)
    return (x.shape[0], *target), 0, 0


@layer("RepeatVector")
def repeat_vector(config: dict[str, Any], x: Any) -> Any:
    return (x.shape[0], config["n"], x.shape[1]), 0, 0


@layer("Permute")
def permute(config: dict[str, Any], x: Any) -> Any:
    return (x.shape[0], *(x.shape[a] for a in config["dims"])), 0, 0


@layer("Resizing")
def resizing(config: dict[str, Any], x: Any) -> Any:
    if config.get("data_format") not in (None, "channels_last") or len(x.shape) != 4:
        return None
    out = (x.shape[0], config["height"], config["width"], x.shape[-1])
    work = 0 if x.shape[1:3] == out[1:3] else 7 * numbers(out)  # four products and three sums for a bilinear value
    return out, 0, work, "float32" if x.dtype.startswith(("int", "uint")) else x.dtype


@layer("ZeroPadding2D")
def zero_padding(config: dict[str, Any], x: Any) -> Any:
    padding = config.get("padding", 1)
    pairs = [(p, p) if isinstance(p, int) else tuple(p) for p in tuple_of(padding, 2)]
    sizes = [None if s is None else s + sum(p) for s, p in zip(x.shape[1:3], pairs, strict=True)]
    return (x.shape[0], *sizes, x.shape[-1]), 0, 0


@layer("UpSampling2D")
def up_sampling(config: dict[str, Any], x: Any) -> Any:
    if config.get("interpolation", "nearest") != "nearest":
        return None
    sizes = [None if s is None else s * f for s, f in zip(x.shape[1:3], tuple_of(config.get("size", 2), 2), strict=True)]
    return (x.shape[0], *sizes, x.shape[-1]), 0, 0
