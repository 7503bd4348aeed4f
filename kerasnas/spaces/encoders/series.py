"""Numbers in a row: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...blocks import mlp, temporal
from ...blocks.sequence.shortening import stride_of
from ...blocks.series.dilated import dilated
from ...blocks.series.recurrent import recurrent
from ...blocks.series.transformer import transformer
from ...data.views import View
from ...space import Block, layers
from ..scopes import Encoders, choose, encode

ORDERED = 8  # points from which on their order is worth layers that look far


def series(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each column of series: by convolutions along it, layers that look far, or by what stands at each of its places."""
    names = sorted(n for n, v in views.items() if v.modality == "series")
    vectors = []
    for name in names:
        scope = "series" if len(names) == 1 else f"series/{name.removesuffix('_values')}"
        sized = temporal.using(stages=1 if views[name].shape[0] < 8 else 2)
        options: Encoders = {
            "temporal": partial(encode, sized, scope, "temporal", given[name]),
            "places": partial(encode, _places, scope, "places", given[name]),
        }
        if views[name].shape[0] >= ORDERED:
            stride = stride_of(views[name].shape[0])
            for block in (dilated, recurrent.using(stride=stride), transformer.using(stride=stride)):
                options[block.name] = partial(encode, block, scope, block.name, given[name])
        vectors.append(choose(scope, options))
    return vectors


def _flat(view: Any) -> Any:
    return mlp(layers.Flatten()(view), None)


_places = Block(_flat, "places")
