"""Numbers in a row: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks import dilated, mlp, series_recurrent, series_transformer, temporal
from ...blocks.sequence.shortening import stride_of
from ...data.views import View
from ...space import Block, layers, note
from ..scopes import Encoders, Read, choose

ORDERED = 8  # points from which on their order is worth layers that look far


def series(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each column of series: by convolutions along it, layers that look far, or by what stands at each of its places."""
    names = sorted(n for n, v in views.items() if v.modality == "series")
    vectors = []
    for name in names:
        scope = "series" if len(names) == 1 else f"series/{name.removesuffix('_values')}"
        note(f"{scope}/temporal", f"{views[name].shape[0]} places in a row; each stage halves them")
        sized = temporal.using(stages=1 if views[name].shape[0] < 8 else 2)
        read = Read(scope, views, given)
        options: Encoders = {"temporal": read.option(sized, name), "places": read.option(_places, name)}
        if views[name].shape[0] >= ORDERED:
            stride = stride_of(views[name].shape[0])
            for block in (
                dilated,
                series_recurrent.using(stride=stride),
                series_transformer.using(stride=stride),
            ):
                options[block.name] = read.option(block, name)
        vectors.append(choose(scope, options))
    return vectors


def _flat(view: Any) -> Any:
    return mlp(layers.Flatten()(view), None)


_places = Block(_flat, "places")
