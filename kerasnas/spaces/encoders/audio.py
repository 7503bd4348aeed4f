"""Sounds: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks import cepstral, crnn, spectral
from ...data.views import View
from ..scopes import Read, choose
from .image import MODEST


def audio(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each sound column."""
    names = sorted(n for n, v in views.items() if v.modality == "audio")
    vectors = []
    for name in names:
        scope = "audio" if len(names) == 1 else f"audio/{name.removesuffix('_mel')}"
        sized = spectral.using(width=MODEST["width"])
        read = Read(scope, views, given)
        vectors.append(choose(scope, {b.name: read.option(b, name) for b in (sized, crnn, cepstral)}))
    return vectors
