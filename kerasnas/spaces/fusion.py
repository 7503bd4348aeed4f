"""From several modalities to what the model says: which of them are read, where and how they are joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..blocks import addition, attention, bilinear, concatenation, film, gated, late
from ..data.views import View
from ..space import Block, Choice, layers, pick, when
from .early import early, joinable
from .encoders import ENCODERS
from .scopes import at

WAYS = (addition, concatenation, gated, bilinear, attention)
"""Blocks that make one vector of several, each on equal terms."""

OFTEN = {"addition": 5.0, "gated": 2.0, "late": 2.0, "concatenation": 2.0}
"""How often a way is drawn, relative to the others: on little data what mixes least does best."""

DROPS: dict[str, Any] = {"modality_dropout": Choice(0.0, 0.1, 0.3, prior={0.0: 4})}

Say = Callable[[Any], Any]


def joined(
    modalities: Sequence[str],
    views: Mapping[str, View],
    given: Mapping[str, Any],
    say: Say,
    outputs: int,
) -> Any:
    """What the model says from all modalities or, as the decision ``fusion/modalities``, from all but one.

    Args:
        modalities: Those that may be read.
        views: Theirs.
        given: The views' tensors.
        say: The head: a vector to logits or numbers.
        outputs: How many those are, for a fusion that needs no head.
    """

    def vectors(read: tuple[str, ...]) -> Any:
        named = _vectors(read, views, given)
        return fuse(named, say, outputs, modalities) if len(named) > 1 else say(*named.values())

    def inputs(read: tuple[str, ...]) -> Any:
        return say(early(read, views, given))

    def one(*read: str) -> Any:
        if len(read) == 1 or not joinable(read, views):
            return vectors(read)
        return at(Block(_placed, "fusion"), "fusion").using(
            position=Choice(prior={"vectors": 5}, vectors=vectors, inputs=inputs), read=read
        )()

    def fusion(*, modalities: Any) -> Any:
        return pick(modalities)

    if len(modalities) == 1:
        return one(*modalities)
    subsets = [tuple(modalities), *(tuple(m for m in modalities if m != left) for left in modalities)]
    options = {"+".join(subset): partial(one, *subset) for subset in subsets}
    return Block(fusion, "fusion").using(modalities=Choice(prior={next(iter(options)): 3}, **options))()


def _placed(*, position: Any, read: tuple[str, ...]) -> Any:
    """One decision for all subsets: what is read is told to its branches, which are those of the first."""
    return pick(position, read)


def _vectors(read: Sequence[str], views: Mapping[str, View], given: Mapping[str, Any]) -> dict[str, Any]:
    """What the encoders say, by the modality; numbered where one says several."""
    named = {}
    for modality in read:
        found = ENCODERS[modality](views, given)
        named.update({modality if len(found) == 1 else f"{modality}{i}": v for i, v in enumerate(found)})
    return named


def fuse(vectors: Mapping[str, Any], say: Say, outputs: int, modalities: Sequence[str]) -> Any:
    """What the model says from several vectors, joined in one of several ways: the decision ``fusion/kind``.

    Args:
        vectors: By modality, two or more.
        say: The head.
        outputs: Of the head.
        modalities: All that the space may read.
    """

    def fusion(*inside: Any, kind: Any, modality_dropout: Any) -> Any:
        kept = when(
            modality_dropout > 0,
            lambda: _dropped(modality_dropout, inside),
            lambda: tuple(inside),
            "dropping",
        )
        return pick(kind, dict(zip(vectors, kept, strict=True)))

    def through(block: Block, inside: Mapping[str, Any]) -> Any:
        return say(block(*inside.values()))

    def alone(inside: Mapping[str, Any]) -> Any:
        return at(late, "fusion", "late")(*inside.values(), outputs=outputs)

    def modulated(inside: Mapping[str, Any]) -> Any:
        return say(_film(inside, modalities))

    ways: dict[str, Any] = {b.name: partial(through, at(b, "fusion", b.name)) for b in WAYS}
    ways |= {"film": modulated, "late": alone}
    return at(Block(fusion, "fusion"), "fusion").using(kind=Choice(prior=OFTEN, **ways), **DROPS)(
        *vectors.values()
    )


def _dropped(rate: Any, vectors: Sequence[Any]) -> tuple[Any, ...]:
    kept = layers.ModalityDropout(rate, name="modalities")(list(vectors))
    return tuple(kept[i] for i in range(len(vectors)))


def _film(vectors: Mapping[str, Any], modalities: Sequence[str]) -> Any:
    """FiLM; which modality is modulated is the decision ``fusion/film/modulated``, the first where that one is not read."""

    def by(modality: str, inside: Mapping[str, Any]) -> Any:
        first = next((i for i, name in enumerate(inside) if name.rstrip("0123456789") == modality), 0)
        return at(film, "fusion", "film")(*inside.values(), first=first)

    def modulating(*, modulated: Any) -> Any:
        return pick(modulated, vectors)

    options = {modality: partial(by, modality) for modality in modalities}
    return at(Block(modulating, "film"), "fusion", "film").using(modulated=Choice(**options))()
