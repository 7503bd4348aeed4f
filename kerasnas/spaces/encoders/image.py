"""Pictures: what may make a vector of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...blocks import frozen, residual
from ...data.views import View
from ...space import Choice, IntRange
from ..scopes import Encoders, choose, encode, lacks

WORKING_SIZE = 40  # pixels a side up to which a small ConvNet trains in seconds an epoch on a CPU
MODEST: dict[str, Any] = {"width": Choice(16, 24, 32, default=24), "depth": IntRange(1, 2)}
"""Sizes of a ConvNet of which most candidates cost no more than a few times the default: wider ranges spend a short search on
two or three giants."""


def image(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each picture column."""
    names = sorted({column(n) for n, v in views.items() if v.modality == "image"})
    vectors = []
    for name in names:
        scope = "image" if len(names) == 1 else f"image/{name}"
        options: Encoders = {}
        if f"{name}_encoder" in views:
            options["frozen"] = partial(
                encode,
                frozen,
                scope,
                "frozen",
                given[f"{name}_encoder"],
                lacking=lacks(views, f"{name}_encoder"),
            )
        if f"{name}_pixels" in views:
            small = min(views[f"{name}_pixels"].shape[:2])
            sized = residual.using(
                **resolution(small, fine=not options), stages=2 if small < 16 else 3, **MODEST
            )
            options["residual"] = partial(
                encode,
                sized,
                scope,
                "residual",
                given[f"{name}_pixels"],
                lacking=lacks(views, f"{name}_pixels"),
            )
        vectors.append(choose(scope, options))
    return vectors


def column(view: str) -> str:
    """The picture column that a view is of."""
    return view.removesuffix("_pixels").removesuffix("_encoder")


def resolution(side: int, fine: bool) -> dict[str, Any]:
    """One choice of resolution: how far a large picture is shrunk, or the stride of a small one's first convolution.

    Large ones are brought to about ``WORKING_SIZE`` pixels by default; ``fine`` offers one step less, at four times the cost.
    """
    coarse = -(-side // WORKING_SIZE)
    if coarse == 1:
        return {"downscale": None}
    return {"downscale": Choice(coarse, coarse - 1) if fine else coarse, "stride": 2}
