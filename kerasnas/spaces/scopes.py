"""Where the parts of a composed space stand: each modality in a scope of its own, each encoder in one below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..blocks import stand_in
from ..data.views import View
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
    prior = {name: weight for name, weight in (often or {}).items() if name in options}
    return at(Block(encode, scope), scope).using(encoder=Choice(prior=prior, **options))()


@dataclass(frozen=True)
class Read:
    """What the encoders of one column, or of one modality, read.

    Attributes:
        scope: Where their decisions and layers stand.
        views: By name.
        given: Their tensors.
    """

    scope: str
    views: Mapping[str, View]
    given: Mapping[str, Any]

    def through(self, block: Block, view: str, name: str | None = None) -> Any:
        """One view through an encoder; where training rows have nothing in it, a learned vector stands for what is missing.

        Args:
            block: The encoder.
            view: What it reads.
            name: Of the encoder; the block's if not given.
        """
        scope = (self.scope, name or block.name)
        vector = at(block, *scope)(self.given[view])
        return (
            at(stand_in, *scope)(self.given[view], vector) if self.views[view].info.get("lacking") else vector
        )

    def option(self, block: Block, view: str, name: str | None = None) -> Callable[[], Any]:
        """The same, for ``choose``."""
        return partial(self.through, block, view, name)
