"""Pictures: what may make a vector of them.

From pixels: the small ``residual`` ConvNet, which is the default where no encoder was given, and the families ``resnet``, ``convnext``,
``mbconv``, ``separable``, ``vit`` and ``hybrid``. Where an encoder was given also its ``frozen`` features, the default then, and the
encoder itself as a ``backbone`` that is trained further, if an epoch of that is affordable (``AFFORDABLE``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks import backbone, convnext, frozen, hybrid, mbconv, residual, resnet, separable, vit
from ...blocks.image.augment import policies
from ...blocks.image.stem import TINY, WORKING_SIZE, patches, resolution
from ...data.views import View
from ...space import Block, Choice, IntRange, because
from ..scopes import Encoders, Read, choose

CHEAP = "wider and deeper ones spend a short search on two or three giants"
MODEST: dict[str, Any] = {
    "width": because(Choice(16, 24, 32, default=24), CHEAP), "depth": because(IntRange(1, 2), CHEAP),
}  # fmt: skip
"""Sizes of a ConvNet of which most candidates cost no more than a few times the default: wider ranges spend a short search on
two or three giants."""
AFFORDABLE = 1e12
"""FLOPs an epoch of training, three times those of judging its rows: about a minute on two CPU cores."""
OFTEN = {"frozen": 8.0, "residual": 3.0}
"""How often what usually does well is drawn, relative to the others: pretrained features, where there are some, as often as all else."""
FEWEST = 1000  # rows from which a transformer from scratch is offered: with fewer it learns too slowly for a short search


def image(views: Mapping[str, View], given: Mapping[str, Any]) -> list[Any]:
    """A vector for each picture column."""
    vectors = []
    for name in columns(views):
        scope = scope_of(views, name)
        read = Read(scope, views, given)
        options: Encoders = {}
        if f"{name}_encoder" in views:
            options["frozen"] = read.option(frozen, f"{name}_encoder")
        if f"{name}_pixels" in views:
            pixels = views[f"{name}_pixels"]
            for block in small_networks(pixels, fine=not options):
                options[block.name] = read.option(block, f"{name}_pixels")
            if tunable(views, name):
                tuned = tuning(views[f"{name}_encoder"], pixels)
                options["backbone"] = read.option(tuned, f"{name}_pixels")
        vectors.append(choose(scope, options, OFTEN))
    return vectors


def columns(views: Mapping[str, View]) -> list[str]:
    """The picture columns."""
    return sorted({column(n) for n, v in views.items() if v.modality == "image"})


def column(view: str) -> str:
    """The picture column that a view is of."""
    return view.removesuffix("_pixels").removesuffix("_encoder")


def scope_of(views: Mapping[str, View], name: str) -> str:
    """Where the decisions about a picture column stand."""
    return "image" if len(columns(views)) == 1 else f"image/{name}"


def small_networks(pixels: View, fine: bool) -> list[Block]:
    """The networks from scratch for pictures of a size, the default first.

    Args:
        pixels: ``(h, w, c)``; its ``info`` may say how many ``rows`` there are to train on.
        fine: Whether a higher resolution is offered, where pictures are shrunk.
    """
    height, width, channels = pixels.shape
    side = min(height, width)
    shrunk = resolution(side, fine)
    near = {**shrunk, "augment": policies(colour=channels == 3)}
    stages = 2 if side < TINY else 3
    staged = {**near, "stages": stages}
    coarse = -(-side // WORKING_SIZE)
    patch = patches(side // coarse)
    found = [
        residual.using(**staged, **MODEST),
        resnet.using(**staged, **MODEST),
        mbconv.using(**staged, width=Choice(16, 24), depth=IntRange(1, 2), expand=Choice(2, 4, default=4)),
        separable.using(**staged, width=Choice(24, 32, 48, default=32), depth=IntRange(1, 2)),
        convnext.using(**staged, width=Choice(16, 24, 32, default=24), depth=IntRange(1, 2)),
        hybrid.using(**near, halvings=0 if side < TINY else 1, width=Choice(48, 64), depth=IntRange(1, 2)),
    ]
    if int(pixels.info.get("rows", FEWEST)) >= FEWEST:
        still = {k: v for k, v in near.items() if k != "stride"}
        found.append(vit.using(**still, patch=Choice(patch, 2 * patch), depth=IntRange(2, 4, default=3)))
    return found


def tunable(views: Mapping[str, View], name: str) -> bool:
    """Whether a picture column's encoder can be trained further within reason.

    Its file must be known, it must take colours, and an epoch over the training rows must take no more than ``AFFORDABLE`` FLOPs.
    """
    if f"{name}_encoder" not in views or f"{name}_pixels" not in views:
        return False
    encoder, pixels = views[f"{name}_encoder"].info, views[f"{name}_pixels"].info
    if not encoder.get("path") or not encoder.get("flops") or not pixels.get("rows"):
        return False
    colours = int(encoder["input_shape"][-1]) == 3
    return colours and 3 * int(encoder["flops"]) * int(pixels["rows"]) <= AFFORDABLE


def tuning(encoder: View, pixels: View) -> Block:
    """The encoder of a view as a backbone; as it is it stands among the options already, by its features."""
    height, width, _ = encoder.info["input_shape"]
    return backbone.using(
        model=str(encoder.info["path"]), height=height, width=width, weights=None, tune=Choice("last", True),
        augment=policies(colour=pixels.shape[-1] == 3),
    )  # fmt: skip
