"""Texts: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks import convolution, frozen, tfidf
from ...data.views import View
from ...space import Block, layers
from ..scopes import Encoders, choose, encode, lacks


def text(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """One vector for all text columns together."""

    def read(block: Block, name: str, view: str) -> Any:
        return encode(block, "text", name, given[view], lacking=lacks(views, view))

    def features() -> Any:
        return read(frozen, "frozen", "text_encoder")

    def words() -> Any:
        return read(tfidf, "tfidf", "text_tfidf")

    def both() -> Any:
        return layers.Concatenate()([features(), words()])

    def windows() -> Any:
        vocabulary = int(views["text_tokens"].info["vocabulary"])
        return read(convolution.using(vocabulary=vocabulary), "convolution", "text_tokens")

    options: Encoders = {}
    if "text_encoder" in views and "text_tfidf" in views:
        options["both"] = both
    if "text_tfidf" in views:
        options["tfidf"] = words
    if "text_encoder" in views:
        options["frozen"] = features
    if "text_tokens" in views:
        options["convolution"] = windows
    return [choose("text", options)]
