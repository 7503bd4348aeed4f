"""The mobile spaces: Once-for-all (elastic depth, kernel, expansion and resolution) and ProxylessNAS.

A Once-for-all network is written as ``{"ks": [...], "e": [...], "d": [...], "r": resolution}``: kernel and expansion of four places
in each stage, the depth of each stage. Places beyond the depth play no part; ``encode`` fills them with 0.

A ProxylessNAS network is written as a list of lists, one a stage, of names such as ``"5x5_MBConv6"``; a place that is left out is
``"Zero"``. Here what is left out stands at a stage's end, so ``decode`` moves it there: a chain of units is the same without it.

The stages are those of the papers; squeeze-and-excitation and hard-swish, which Once-for-all takes from MobileNetV3 in some
stages, are left out.

Sources: Cai, Zhu, Han, 2019; Cai and others, 2020.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...blocks.cells.elastic import EXPANDS, KERNELS, once_for_all, proxyless
from ...errors import GenotypeError
from ...space import Genotype, IntRange, Space
from .classifier import classifier

PLACES = 4  # units that a stage has at most
ZERO = "Zero"
NAME = re.compile(r"(\d)x\1_MBConv(\d)")


def once_for_all_space(
    shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    *,
    low: int = 128,
    high: int = 224,
    **sizes: Any,
) -> Space:
    """The space of Once-for-all networks, or a smaller one.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        low: Smallest resolution.
        high: Largest resolution.
        **sizes: ``widths``, ``strides``, ``stem`` and ``last`` of ``kerasnas.blocks.cells.elastic``.
    """
    resolution = IntRange(low, high, default=(low + high) // 2)
    return classifier(once_for_all.using(resolution=resolution, **sizes), shape, classes, "once_for_all")


def proxyless_space(shape: tuple[int, int, int] = (224, 224, 3), classes: int = 1000, **sizes: Any) -> Space:
    """The space of ProxylessNAS, or a smaller one.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        **sizes: ``widths``, ``strides``, ``depths``, ``stem`` and ``last`` of ``kerasnas.blocks.cells.elastic``.
    """
    return classifier(proxyless.using(**sizes), shape, classes, "proxyless")


def decode_once_for_all(published: Mapping[str, Any]) -> Genotype:
    """The genotype of a Once-for-all network.

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


def encode_once_for_all(genotype: Mapping[str, Any]) -> dict[str, Any]:
    """A Once-for-all network as it is written: the inverse of ``decode_once_for_all``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    depths = _depths(genotype, "once_for_all")
    lists: dict[str, list[Any]] = {"kernel": [], "expand": []}
    for stage, depth in enumerate(depths):
        for unit in range(PLACES):
            for key, values in lists.items():
                values.append(genotype[f"once_for_all/stage{stage}/unit/{unit}/{key}"] if unit < depth else 0)
    return {
        "ks": lists["kernel"],
        "e": lists["expand"],
        "d": depths,
        "r": genotype["once_for_all/resolution"],
    }


def decode_proxyless(published: Sequence[Sequence[str]]) -> Genotype:
    """The genotype of a ProxylessNAS network.

    Raises:
        GenotypeError: If a name is none of the space's, or a stage begins with nothing.
    """
    values: dict[str, Any] = {}
    for stage, names in enumerate(published):
        kept = [name for name in names if name != ZERO]
        if not kept or names[0] == ZERO:
            raise GenotypeError(
                f"The first unit of a stage cannot be left out. Received for stage {stage}: {list(names)!r}."
            )
        if len(names) > 1:
            values[f"proxyless/stage{stage}/depth"] = len(kept)
        for unit, name in enumerate(kept):
            found = NAME.fullmatch(name)
            if found is None:
                raise GenotypeError(f"Expected a name such as '5x5_MBConv6' or '{ZERO}'. Received: {name!r}.")
            path = f"proxyless/stage{stage}/unit/{unit}"
            values |= {f"{path}/kernel": int(found[1]), f"{path}/expand": int(found[2])}
    return Genotype(values)


def encode_proxyless(
    genotype: Mapping[str, Any], places: Sequence[int] = (4, 4, 4, 4, 4, 1)
) -> list[list[str]]:
    """A ProxylessNAS network as it is written: the inverse of ``decode_proxyless``.

    Args:
        genotype: One of the space's.
        places: How many units each stage has at most.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    out = []
    for stage, most in enumerate(places):
        depth = genotype.get(f"proxyless/stage{stage}/depth", 1)
        names = []
        for unit in range(depth):
            path = f"proxyless/stage{stage}/unit/{unit}"
            if f"{path}/kernel" not in genotype:
                raise GenotypeError(f"Expected a decision '{path}/kernel'. Received: {dict(genotype)!r}.")
            kernel = genotype[f"{path}/kernel"]
            names.append(f"{kernel}x{kernel}_MBConv{genotype[f'{path}/expand']}")
        out.append([*names, *[ZERO] * (most - depth)])
    return out


def _depths(genotype: Mapping[str, Any], name: str) -> list[int]:
    count = sum(p.startswith(f"{name}/stage") and p.endswith("/depth") for p in genotype)
    paths = [f"{name}/stage{stage}/depth" for stage in range(count)]
    if not paths or any(path not in genotype for path in paths):
        raise GenotypeError(
            f"Expected the depth of each stage under '{name}/stage0/depth'. Received: {dict(genotype)!r}."
        )
    return [int(genotype[path]) for path in paths]
