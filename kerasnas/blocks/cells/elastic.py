"""Stages of inverted residuals with elastic depth, kernel and expansion, after a picture of elastic resolution.

Sources: Cai, Zhu, Han, "ProxylessNAS: direct neural architecture search on target task and hardware", 2019; Cai and others,
"Once for all: train one network and specialize it for efficient deployment", 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...space import Choice, IntRange, block, layers, repeat
from .mobile import inverted, normalised

KERNELS, EXPANDS = (3, 5, 7), (3, 4, 6)


@block("unit")
def unit(
    x: Any,
    *,
    filters: Any,
    strides: int,
    kernel: Any = Choice(*KERNELS),
    expand: Any = Choice(*EXPANDS, default=4),
) -> Any:
    """An inverted residual of its own kernel and expansion."""
    return inverted(x, filters=filters, kernel=kernel, expand=expand, strides=strides)


@block("stage")
def stage(
    x: Any, *, filters: Any, strides: int, step: Any = unit, depth: Any = IntRange(2, 4, default=3)
) -> Any:
    """Units in a row, of which the first may halve the map: ``(h, w, c)`` -> ``(h/strides, w/strides, filters)``."""

    def one(x: Any, name: str) -> Any:
        return step(x, filters=filters, strides=strides if name.endswith("/0") else 1, name=name)

    return repeat(depth, one, x, "unit")


def elastic(
    pixels: Any,
    *,
    resolution: Any,
    widths: Sequence[int],
    strides: Sequence[int],
    stem: int,
    last: int,
    made: Callable[[int], Any],
) -> Any:
    """Pictures to a vector: resized, a stem, one narrow unit, stages, a last convolution: ``(h, w, c)`` -> ``(last,)``.

    Args:
        pixels: ``(h, w, c)``, standardised.
        resolution: Height and width that pictures are resized to; None leaves them as they are.
        widths: Channels: of the unit after the stem, then of each stage.
        strides: Of each stage.
        stem: Channels of the first convolution, which halves the map.
        last: Channels of the last convolution.
        made: The block of a stage, by its number.
    """
    x = pixels if resolution is None else layers.Resizing(resolution, resolution, name="resolution")(pixels)
    x = normalised(layers.Conv2D(stem, 3, strides=2, padding="same", use_bias=False, name="stem")(x))
    x = inverted(layers.ReLU()(x), filters=widths[0], expand=1, name="first")
    for number, (filters, step) in enumerate(zip(widths[1:], strides, strict=True)):
        x = made(number)(x, filters=filters, strides=step, name=f"stage{number}")
    x = layers.ReLU()(normalised(layers.Conv2D(last, 1, use_bias=False, name="last")(x)))
    return layers.GlobalAveragePooling2D(name="pool")(x)


@block("once_for_all")
def once_for_all(
    pixels: Any,
    *,
    resolution: Any = IntRange(128, 224, default=160),
    widths: Sequence[int] = (16, 24, 40, 80, 112, 160),
    strides: Sequence[int] = (2, 2, 2, 1, 2),
    stem: int = 16,
    last: int = 960,
) -> Any:
    """Five stages of two to four units, each with its own kernel and expansion. See ``elastic``."""
    return elastic(
        pixels,
        resolution=resolution,
        widths=widths,
        strides=strides,
        stem=stem,
        last=last,
        made=lambda _: stage,
    )


@block("proxyless")
def proxyless(
    pixels: Any,
    *,
    widths: Sequence[int] = (16, 24, 40, 80, 96, 192, 320),
    strides: Sequence[int] = (2, 2, 2, 1, 2, 1),
    depths: Sequence[int] = (4, 4, 4, 4, 4, 1),
    stem: int = 32,
    last: int = 1280,
) -> Any:
    """Six stages of one to four units, each with its own kernel, and an expansion of 3 or 6. See ``elastic``."""
    step = unit.using(expand=Choice(3, 6))

    def made(number: int) -> Any:
        deepest = depths[number]
        depth = 1 if deepest == 1 else IntRange(1, deepest, default=max(1, deepest // 2))
        return stage.using(step=step, depth=depth)

    return elastic(pixels, resolution=None, widths=widths, strides=strides, stem=stem, last=last, made=made)
