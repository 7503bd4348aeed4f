"""Where the parts of a composed space stand: each modality in a scope of its own, each encoder in one below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..blocks import stand_in
from ..data.views import View
from ..space import Block, Choice, pick

Encoders = dict[str, Callable[[], Any]]


def at(block: Block, *scope: str) -> Block:
    """A block whose decisions and layers stand under a scope of their own, wherever it is called."""
    return Block(block.fn, block.name, block.fixed, scope, scope)


def choose(scope: str, options: Encoders) -> Any:
    """One of several encoders as the decision ``SCOPE/encoder``; where there is one only, just that."""

    def encode(*, encoder: Any) -> Any:
        return pick(encoder)

    def only() -> Any:
        return next(iter(options.values()))()

    if len(options) == 1:
        return Block(only, scope)()
    return at(Block(encode, scope), scope).using(encoder=Choice(**options))()


def encode(block: Block, scope: str, name: str, view: Any, *, lacking: bool = False) -> Any:
    """One view through a block that stands in its modality's scope.

    Args:
        block: The encoder.
        scope: Of the modality.
        name: Of the encoder.
        view: What it reads.
        lacking: Whether some rows have nothing to read: a learned vector stands for what is missing.
    """
    vector = at(block, scope, name)(view)
    return at(stand_in, scope, name)(view, vector) if lacking else vector


def lacks(views: Mapping[str, View], name: str) -> bool:
    """Whether some training rows have nothing in a view."""
    return bool(views[name].info.get("missing"))
