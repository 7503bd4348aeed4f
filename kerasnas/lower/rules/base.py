"""The table that rules register in, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

Shape = tuple[int | None, ...]
Rule = Callable[..., Any]

# class name -> rule(config, *inputs) -> (shape, parameters, flops) or (shape, parameters, flops, dtype); None: no rule fits
LAYERS: dict[str, Rule] = {}
OPS: dict[str, Rule] = {}


def layer(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for layers of ``keras.layers``."""

    def register(rule: Rule) -> Rule:
        LAYERS.update(dict.fromkeys(names, rule))
        return rule

    return register


def op(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for operations of ``keras.ops``; it takes the call's arguments."""

    def register(rule: Rule) -> Rule:
        OPS.update(dict.fromkeys(names, rule))
        return rule

    return register


def numbers(shape: Shape) -> int:
    """How many numbers a row of this shape holds; an axis that varies counts once."""
    return prod(d if d is not None else 1 for d in shape[1:])


def tuple_of(value: Any, rank: int) -> tuple[int, ...]:
    """``3`` -> ``(3, 3)``."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def spatial(shape: Shape, kernel: tuple[int, ...], strides: tuple[int, ...], padding: str, dilation: tuple[int, ...]) -> Shape:
    """Sizes after a window has moved over them."""
    out: list[int | None] = []
    for size, k, s, d in zip(shape, kernel, strides, dilation, strict=True):
        if size is None:
            out.append(None)
        elif padding in ("same", "causal"):
            out.append(-(-size // s))
        else:
            out.append((size - (k - 1) * d - 1) // s + 1)
    return tuple(out)
