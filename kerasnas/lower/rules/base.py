"""The table that rules register in, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import Any

from ...space.graph import Inferred, Spec

Shape = tuple[int | None, ...]
Rule = Callable[..., Inferred | None]

#: Full name of a target -> rule(config, *inputs) or, of an operation, rule(*arguments); None: no fit.
RULES: dict[str, Rule] = {}
#: Full names of what does no multiply-accumulate at all: FLOPs are 0, whoever finds the shape.
LIGHT: set[str] = set()


def layer(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for layers of ``keras.layers``."""

    def register(rule: Rule) -> Rule:
        RULES.update({f"keras.layers:{name}": rule for name in names})
        return rule

    return register


def op(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for operations of ``keras.ops``; it takes the call's arguments."""

    def register(rule: Rule) -> Rule:
        RULES.update({f"keras.ops:{name}": rule for name in names})
        return rule

    return register


class NothingLeft(Exception):  # noqa: N818  (said to the caller as a SpaceError)
    """A window or a cut leaves nothing of its input; holds the shape."""


def made(
    shape: Sequence[int | None], parameters: int = 0, flops: int | None = 0, dtype: str = "float32"
) -> Inferred:
    """What a rule returns.

    Raises:
        NothingLeft: If a size is below 1.
    """
    return _made(tuple(shape), parameters, flops, dtype)


@lru_cache(maxsize=65536)
def _made(shape: Shape, parameters: int, flops: int | None, dtype: str) -> Inferred:
    """The same few objects over and over: making them anew is most of a rule's time."""
    if any(size is not None and size < 1 for size in shape[1:]):
        raise NothingLeft(shape)
    return Inferred(Spec(shape, dtype), int(parameters), flops)


def flops_of(products: int, *sizes: int | None) -> int | None:
    """2 x products at every place of the given sizes; None where a size varies."""
    return None if None in sizes else 2 * products * prod(s for s in sizes if s is not None)


def computed(config: dict[str, Any]) -> str:
    """The dtype that a layer computes in."""
    dtype = config.get("dtype")
    return dtype if isinstance(dtype, str) else "float32"


def moved(config: dict[str, Any], x: Any) -> str:
    """The dtype of a layer that only moves numbers about: integers stay as they are."""
    return computed(config) if "float" in x.dtype else str(x.dtype)


def tuple_of(value: Any, rank: int) -> tuple[int, ...]:
    """``3`` -> ``(3, 3)``."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def channels_last(config: dict[str, Any]) -> bool:
    """Whether the rules, which are for channels last, hold."""
    return config.get("data_format") in (None, "channels_last")


def spatial(
    sizes: Shape, kernel: tuple[int, ...], strides: tuple[int, ...], padding: str, dilation: tuple[int, ...]
) -> Shape:
    """Sizes after a window has moved over them."""
    out: list[int | None] = []
    for size, k, s, d in zip(sizes, kernel, strides, dilation, strict=True):
        if size is None:
            out.append(None)
        elif padding in ("same", "causal"):
            out.append(-(-size // s))
        else:
            out.append((size - (k - 1) * d - 1) // s + 1)
    return tuple(out)
