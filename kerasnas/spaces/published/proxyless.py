"""ProxylessNAS: six stages of inverted residuals, each with its own kernel and expansion, or left out.

A network is written as a list of lists, one a stage, of names such as ``"5x5_MBConv6"``; a place that is left out is ``"Zero"``.
Here what is left out stands at a stage's end, and ``decode`` moves it there: a chain of units is the same without it.

Source: Cai, Zhu, Han, "ProxylessNAS: direct neural architecture search on target task and hardware", 2019.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...blocks.cells.elastic import proxyless
from ...errors import GenotypeError
from ...space import Genotype, Space
from .classifier import classifier

DEPTHS = (4, 4, 4, 4, 4, 1)  # units that a stage has at most
ZERO = "Zero"
NAME = re.compile(r"(\d)x\1_MBConv(\d)")


def space(shape: tuple[int, int, int] = (224, 224, 3), classes: int = 1000, **sizes: Any) -> Space:
    """The space as published, or a smaller one.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        **sizes: ``widths``, ``strides``, ``depths``, ``stem`` and ``last`` of ``kerasnas.blocks.cells.elastic``.
    """
    return classifier(proxyless.using(**{"depths": DEPTHS, **sizes}), shape, classes, "proxyless")


def decode(published: Sequence[Sequence[str]]) -> Genotype:
    """The genotype of a network.

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


def encode(genotype: Mapping[str, Any], depths: Sequence[int] = DEPTHS) -> list[list[str]]:
    """The network as it is written: the inverse of ``decode``.

    Args:
        genotype: One of the space's.
        depths: How many units each stage has at most.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    out = []
    for stage, most in enumerate(depths):
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
