"""NAS-Bench-201: 15,625 cells, all with published accuracies.

A cell is written as six numbers, one an edge, in the order (1<-0), (2<-0), (2<-1), (3<-0), (3<-1), (3<-2), or as the text
``|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...~0|...~1|...~2|``.

The published parameter counts are those that training changes (``trained_parameters``); ``Space.cost`` counts the
moving statistics, too. FLOPs are published as multiply-accumulates with other layers counted in, ours are 2 x
multiply-accumulate of convolutions and dense layers.

Source: Dong and Yang, "NAS-Bench-201: extending the scope of reproducible neural architecture search", 2020.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...blocks.cells.nasbench201 import network
from ...errors import GenotypeError
from ...space import Genotype, Space
from .classifier import classifier

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
PATHS = tuple(f"nasbench201/cell/edge{i}" for i in range(6))
SOURCES = (0, 0, 1, 0, 1, 2)  # which node each edge starts from
WRITTEN = re.compile(r"([a-z0-9_]+)~(\d)")


def space(
    shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10, *, width: int = 16, cells: int = 5
) -> Space:
    """The space as published, or a smaller one of the same cells.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        width: Channels of the first stage.
        cells: Cells a stage.
    """
    return classifier(network.using(width=width, cells=cells), shape, classes, "nasbench201")


def decode(published: str | Sequence[int]) -> Genotype:
    """The genotype of a published cell.

    Args:
        published: Six numbers, each an operation, or the benchmark's text.

    Raises:
        GenotypeError: If it is no cell of this space.
    """
    if isinstance(published, str):
        found = WRITTEN.findall(published)
        names = [name for name, _ in found]
        fits = tuple(int(source) for _, source in found) == SOURCES and written(names) == published
        if not fits or any(name not in OPERATIONS for name in names):
            raise GenotypeError(
                f"Expected a cell such as {written(OPERATIONS[:1] * 6)!r}. Received: {published!r}."
            )
        return Genotype(dict(zip(PATHS, names, strict=True)))
    numbers = [int(n) for n in published]
    if len(numbers) != len(PATHS) or any(n not in range(len(OPERATIONS)) for n in numbers):
        raise GenotypeError(f"Expected six numbers from 0 to 4, one an edge. Received: {list(published)!r}.")
    return Genotype({path: OPERATIONS[n] for path, n in zip(PATHS, numbers, strict=True)})


def encode(genotype: Mapping[str, Any]) -> tuple[int, ...]:
    """The six numbers of a cell: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    try:
        return tuple(OPERATIONS.index(genotype[path]) for path in PATHS)
    except (KeyError, ValueError) as error:
        raise GenotypeError(
            f"Expected an operation of {OPERATIONS} at each of {PATHS}. Received: {dict(genotype)!r}."
        ) from error


def written(cell: Sequence[str] | Mapping[str, Any]) -> str:
    """A cell as the benchmark writes it, from its six operations or its genotype."""
    names = [OPERATIONS[n] for n in encode(cell)] if isinstance(cell, Mapping) else list(cell)
    parts = [f"{name}~{source}" for name, source in zip(names, SOURCES, strict=False)]
    nodes = (parts[:1], parts[1:3], parts[3:])
    return "+".join(f"|{'|'.join(node)}|" for node in nodes)
