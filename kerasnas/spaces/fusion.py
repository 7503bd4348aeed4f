"""One vector of several modalities: which of them are read, and how they are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..blocks import addition, concatenation, gated
from ..data.views import View
from ..space import Block, Choice, pick
from .encoders import ENCODERS
from .scopes import at


def joined(modalities: Sequence[str], views: Mapping[str, View], given: Mapping[str, Any]) -> Any:
    """One vector of all modalities or, as the decision ``fusion/modalities``, of all but one."""

    def one(*read: str) -> Any:
        vectors = [v for m in read for v in ENCODERS[m](views, given)]
        return fuse(*vectors) if len(vectors) > 1 else vectors[0]

    def fusion(*, modalities: Any) -> Any:
        return pick(modalities)

    if len(modalities) == 1:
        return one(*modalities)
    subsets = [tuple(modalities), *(tuple(m for m in modalities if m != left) for left in modalities)]
    options = {"+".join(subset): partial(one, *subset) for subset in subsets}
    return Block(fusion, "fusion").using(modalities=Choice(**options))()


def fuse(*vectors: Any) -> Any:
    """Several vectors to one, in one of several ways: the decision ``fusion/kind``."""

    def fusion(*inside: Any, kind: Any) -> Any:
        return pick(kind, *inside)

    ways = {block.name: at(block, "fusion", block.name) for block in (addition, concatenation, gated)}
    return at(Block(fusion, "fusion"), "fusion").using(kind=Choice(**ways))(*vectors)
