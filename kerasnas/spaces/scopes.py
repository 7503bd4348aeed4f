"""Where the parts of a composed space stand: each modality in a scope of its own, each encoder in one below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..space import Block, Choice, pick

Encoders = dict[str, Callable[[], Any]]


def at(block: Block, *scope: str) -> Block:
    """A block whose decisions and layers stand under a scope of their own, wherever it is called."""
    return Block(block.fn, block.name, block.fixed, scope, scope)


def choose(scope: str, options: Encoders, often: Mapping[str, float] | None = None) -> Any:
    """One of several encoders as the decision ``SCOPE/encoder``; where there is one only, just that.

    Args:
        scope: The modality's.
        options: What makes a vector, by name; the first is the default.
        often: How often some of them are drawn, relative to 1 for the others: a short search tries first what usually does well.
    """

    def encode(*, encoder: Any) -> Any:
        return pick(encoder)

    def only() -> Any:
        return next(iter(options.values()))()

    if len(options) == 1:
        return Block(only, scope)()
    return at(Block(encode, scope), scope).using(encoder=Choice(prior=often, **options))()


def encode(block: Block, scope: str, name: str, view: Any) -> Any:
    """One view through a block that stands in its modality's scope."""
    return at(block, scope, name)(view)
