"""Texts: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...blocks import convolution, frozen, tfidf
from ...blocks.sequence.shortening import stride_of
from ...blocks.text.bag import bag
from ...blocks.text.pretrained import pretrained
from ...blocks.text.recurrent import recurrent
from ...blocks.text.transformer import transformer
from ...data.views import View
from ...space import Block, Choice, layers, note
from ..scopes import Encoders, Read, choose

OFTEN = {"both": 6.0, "tfidf": 3.0, "frozen": 2.0}
"""How often what usually does well is drawn, relative to the others."""


def text(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """One vector for all text columns together."""
    read = Read("text", views, given)

    def features() -> Any:
        return read.through(frozen, "text_encoder")

    def words() -> Any:
        return read.through(tfidf, "text_tfidf")

    def both() -> Any:
        return layers.Concatenate()([features(), words()])

    def reading(block: Block) -> Any:
        vocabulary = int(views["text_tokens"].info["vocabulary"])
        return read.through(block.using(vocabulary=vocabulary), "text_tokens")

    def tuned() -> Any:
        info = views["text_pieces"].info
        units = int(info["units"])
        last = sorted({1, max(1, units // 3), units})  # the last one, a third of them, all
        sized = pretrained.using(folder=str(info["folder"]), tuned=Choice(*last) if len(last) > 1 else 1)
        return read.through(sized, "text_pieces")

    options: Encoders = {}
    if "text_tokens" in views:
        info = views["text_tokens"]
        note(
            "text/convolution",
            f"{info.info['vocabulary']:,} words in the vocabulary, texts of up to {info.shape[0]}",
        )
    if "text_encoder" in views and "text_tfidf" in views:
        options["both"] = both
    if "text_tfidf" in views:
        options["tfidf"] = words
    if "text_encoder" in views:
        options["frozen"] = features
    if "text_tokens" in views:
        stride = stride_of(views["text_tokens"].shape[0])
        for block in (convolution, bag, recurrent.using(stride=stride), transformer.using(stride=stride)):
            options[block.name] = partial(reading, block)
    if "text_pieces" in views:
        options["pretrained"] = tuned
    return [choose("text", options, OFTEN)]
