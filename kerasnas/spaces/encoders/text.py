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
from ...space import Block, Choice, layers
from ..scopes import Encoders, at, choose


def text(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """One vector for all text columns together."""

    def features() -> Any:
        return at(frozen, "text", "frozen")(given["text_encoder"])

    def words() -> Any:
        return at(tfidf, "text", "tfidf")(given["text_tfidf"])

    def both() -> Any:
        return layers.Concatenate()([features(), words()])

    def reading(block: Block) -> Any:
        vocabulary = int(views["text_tokens"].info["vocabulary"])
        return at(block, "text", block.name)(given["text_tokens"], vocabulary=vocabulary)

    def tuned() -> Any:
        info = views["text_pieces"].info
        units = int(info["units"])
        last = sorted({1, max(1, units // 3), units})  # the last one, a third of them, all
        sized = pretrained.using(folder=str(info["folder"]), tuned=Choice(*last) if len(last) > 1 else 1)
        return at(sized, "text", "pretrained")(given["text_pieces"])

    options: Encoders = {}
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
    return [choose("text", options)]
