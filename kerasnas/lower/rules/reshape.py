"""Layers that only move numbers about."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

from ...space.graph import Inferred, Spec
from .base import NothingLeft, Shape, channels_last, computed, layer, made, moved, op, tuple_of


@layer("Flatten")
def flatten(config: dict[str, Any], x: Any) -> Inferred | None:
    """All axes but the batch in one."""
    if not channels_last(config):
        return None
    shape = (x.shape[0], None if None in x.shape[1:] else prod(x.shape[1:]))
    return made(shape, dtype=moved(config, x))


@layer("Reshape")
def reshape(config: dict[str, Any], x: Any) -> Inferred | None:
    """The same numbers in another shape; one size may be -1."""
    target = tuple(config["target_shape"])
    if None in x.shape[1:]:
        return None
    total = prod(x.shape[1:])
    if -1 in target:
        rest = prod(d for d in target if d != -1)
        target = tuple(total // rest if d == -1 else d for d in target)
    return made((x.shape[0], *target), dtype=moved(config, x)) if prod(target) == total else None


@layer("RepeatVector")
def repeat_vector(config: dict[str, Any], x: Any) -> Inferred | None:
    """A vector several times over."""
    return made((x.shape[0], config["n"], x.shape[1]), dtype=moved(config, x)) if len(x.shape) == 2 else None


@layer("Permute")
def permute(config: dict[str, Any], x: Any) -> Inferred | None:
    """Axes in another order."""
    return made((x.shape[0], *(x.shape[a] for a in config["dims"])), dtype=moved(config, x))


@layer("Resizing")
def resizing(config: dict[str, Any], x: Any) -> Inferred | None:
    """A picture in another size."""
    if not channels_last(config) or len(x.shape) != 4:
        return None
    return made((x.shape[0], config["height"], config["width"], x.shape[-1]), dtype=computed(config))


def _padding(value: Any, rank: int) -> list[tuple[int, int]]:
    if rank == 1:
        return [(value, value) if isinstance(value, int) else tuple(value)]
    return [(p, p) if isinstance(p, int) else tuple(p) for p in tuple_of(value, rank)]


def _moved_edges(rank: int, sign: int, key: str) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if not channels_last(config) or len(x.shape) != rank + 2:
            return None
        pairs = _padding(config.get(key, 0 if (sign, rank) == (-1, 2) else 1), rank)
        sizes: Shape = tuple(
            None if n is None else n + sign * sum(pair) for n, pair in zip(x.shape[1:-1], pairs, strict=True)
        )
        return made((x.shape[0], *sizes, x.shape[-1]), dtype=moved(config, x))

    return rule


def _up_sampling(rank: int) -> Any:
    def rule(config: dict[str, Any], x: Any) -> Inferred | None:
        if not channels_last(config) or len(x.shape) != rank + 2:
            return None
        factors = tuple_of(config.get("size", 2), rank)
        sizes = [None if n is None else n * f for n, f in zip(x.shape[1:-1], factors, strict=True)]
        return made((x.shape[0], *sizes, x.shape[-1]), dtype=moved(config, x))

    return rule


for _rank in (1, 2):
    layer(f"ZeroPadding{_rank}D")(_moved_edges(_rank, 1, "padding"))
    layer(f"Cropping{_rank}D")(_moved_edges(_rank, -1, "cropping"))
    layer(f"UpSampling{_rank}D")(_up_sampling(_rank))


@op("split")
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> Inferred | None:
    """Parts of a tensor along an axis, between places."""
    size, at = x.shape[axis], axis % len(x.shape)
    if size is None or at == 0 or not isinstance(indices_or_sections, list | tuple):
        return None
    places = [0, *indices_or_sections, size]
    sizes = [b - a for a, b in pairwise(places)]
    if any(s < 1 for s in sizes):
        raise NothingLeft(tuple(sizes))
    parts = tuple(Spec((*x.shape[:at], s, *x.shape[at + 1 :]), str(x.dtype)) for s in sizes)
    return Inferred(parts, 0, 0)
