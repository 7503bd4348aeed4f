"""Sounds: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...blocks import spectral
from ...data.views import View
from ..scopes import choose, encode, lacks
from .image import MODEST


def audio(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each sound column."""
    names = sorted(n for n, v in views.items() if v.modality == "audio")
    vectors = []
    for name in names:
        scope = "audio" if len(names) == 1 else f"audio/{name.removesuffix('_mel')}"
        sized = spectral.using(width=MODEST["width"])
        one = partial(encode, sized, scope, "spectral", given[name], lacking=lacks(views, name))
        vectors.append(choose(scope, {"spectral": one}))
    return vectors
