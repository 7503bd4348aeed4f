"""Once-for-all: stages of inverted residuals with elastic depth, kernel and expansion, and pictures of elastic resolution.

A network is written as ``{"ks": [...], "e": [...], "d": [...], "r": resolution}``: kernel and expansion of four places in each
stage, and the depth of each stage. Places beyond the depth play no part; ``encode`` fills them with 0.

Squeeze-and-excitation and hard-swish, which the paper takes from MobileNetV3 in some stages, are left out.

Source: Cai and others, "Once for all: train one network and specialize it for efficient deployment", 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks.cells.elastic import EXPANDS, KERNELS, once_for_all
from ...errors import GenotypeError
from ...space import Genotype, IntRange, Space
from .classifier import classifier

PLACES = 4  # units that a stage has at most


def space(
    shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    *,
    low: int = 128,
    high: int = 224,
    **sizes: Any,
) -> Space:
    """The space as published, or a smaller one.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        low: Smallest resolution.
        high: Largest resolution.
        **sizes: ``widths``, ``strides``, ``stem`` and ``last`` of ``kerasnas.blocks.cells.elastic``.
    """
    resolution = IntRange(low, high, default=(low + high) // 2)
    return classifier(once_for_all.using(resolution=resolution, **sizes), shape, classes, "once_for_all")


def decode(published: Mapping[str, Any]) -> Genotype:
    """The genotype of a network.

    Raises:
        GenotypeError: If its lists do not fit each other, or an option is not the space's.
    """
    depths, kernels, expands = published["d"], published["ks"], published["e"]
    if len(kernels) != PLACES * len(depths) or len(expands) != len(kernels):
        raise GenotypeError(
            f"Expected {PLACES} kernels and expansions for each of {len(depths)} stages. Received: {published!r}."
        )
    resolution = published["r"]
    values: dict[str, Any] = {
        "once_for_all/resolution": resolution[0] if isinstance(resolution, list) else resolution
    }
    for stage, depth in enumerate(depths):
        values[f"once_for_all/stage{stage}/depth"] = depth
        for unit in range(depth):
            kernel, expand = kernels[PLACES * stage + unit], expands[PLACES * stage + unit]
            if kernel not in KERNELS or expand not in EXPANDS:
                raise GenotypeError(
                    f"Expected kernels of {KERNELS} and expansions of {EXPANDS}. Received: {kernel}, {expand}."
                )
            path = f"once_for_all/stage{stage}/unit/{unit}"
            values |= {f"{path}/kernel": kernel, f"{path}/expand": expand}
    return Genotype(values)


def encode(genotype: Mapping[str, Any]) -> dict[str, Any]:
    """The network as it is written: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    count = sum(p.startswith("once_for_all/stage") and p.endswith("/depth") for p in genotype)
    out: dict[str, Any] = {"ks": [], "e": [], "d": []}
    try:
        out["r"] = genotype["once_for_all/resolution"]
        for stage in range(count):
            depth = genotype[f"once_for_all/stage{stage}/depth"]
            out["d"].append(depth)
            for unit in range(PLACES):
                path = f"once_for_all/stage{stage}/unit/{unit}"
                out["ks"].append(genotype[f"{path}/kernel"] if unit < depth else 0)
                out["e"].append(genotype[f"{path}/expand"] if unit < depth else 0)
    except KeyError as error:
        raise GenotypeError(
            f"Expected a decision {error} of a network. Received: {dict(genotype)!r}."
        ) from error
    return out
