"""Texts: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks import convolution, frozen, tfidf
from ...data.views import View
from ...space import layers, note
from ..scopes import Encoders, at, choose


def text(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """One vector for all text columns together."""

    def features() -> Any:
        return at(frozen, "text", "frozen")(given["text_encoder"])

    def words() -> Any:
        return at(tfidf, "text", "tfidf")(given["text_tfidf"])

    def both() -> Any:
        return layers.Concatenate()([features(), words()])

    def windows() -> Any:
        vocabulary = int(views["text_tokens"].info["vocabulary"])
        return at(convolution, "text", "convolution")(given["text_tokens"], vocabulary=vocabulary)

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
        options["convolution"] = windows
    return [choose("text", options)]
