"""The cells of NASNet and DARTS: a normal and a reduction cell, each node two operations on two earlier tensors.

A pair of cells is written as ``{"normal": [(operation, input), ...], "reduce": [...]}``, two pairs a node: input 0 is what the
cell before the last one gave, 1 what the last one gave, 2 the first node, and so on. The published lists of concatenated nodes
are left out: all are.

The two inputs of a node may be the same, as in NASNet; DARTS' cells are those where they differ. Preparing an input that no node
reads costs nothing here, while DARTS counts its parameters.

Sources: Zoph and others, 2018; Liu, Simonyan, Yang, "DARTS: differentiable architecture search", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...blocks.cells.darts import NODES, network
from ...errors import GenotypeError
from ...space import Genotype, Space
from .classifier import classifier

CELLS = ("normal", "reduce")
Cells = Mapping[str, Sequence[tuple[str, int]]]


def space(
    shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    *,
    width: int = 36,
    cells: int = 20,
    nodes: int = NODES,
) -> Space:
    """The space as published for CIFAR-10, or a smaller one of the same cells.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        width: Channels a node in the first third.
        cells: Cells in all, at least 3.
        nodes: Nodes a cell.
    """
    return classifier(network.using(width=width, cells=cells, nodes=nodes), shape, classes, "darts")


def _path(cell: str, place: int) -> str:
    return f"darts/{cell}/node{place // 2}/{('first', 'second')[place % 2]}"


def decode(published: Cells) -> Genotype:
    """The genotype of a pair of cells.

    Raises:
        GenotypeError: If a cell is missing or has no two operations a node.
    """
    if not set(CELLS) <= set(published) or any(len(published[c]) < 2 or len(published[c]) % 2 for c in CELLS):
        raise GenotypeError(
            f"Expected two pairs (operation, input) a node of 'normal' and of 'reduce'. Received: {published!r}."
        )
    values: dict[str, Any] = {}
    for cell in CELLS:
        for place, (operation, source) in enumerate(published[cell]):
            path = _path(cell, place)
            values |= {path: int(source), f"{path}_operation": operation}
    return Genotype(values)


def encode(genotype: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """The pair of cells as it is written: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    out: dict[str, list[tuple[str, int]]] = {}
    for cell in CELLS:
        count = 2 * len({p.split("/")[2] for p in genotype if p.startswith(f"darts/{cell}/node")})
        paths = [_path(cell, place) for place in range(count)]
        if not paths or any(p not in genotype or f"{p}_operation" not in genotype for p in paths):
            raise GenotypeError(
                f"Expected decisions under 'darts/{cell}/node0'. Received: {dict(genotype)!r}."
            )
        out[cell] = [(genotype[f"{p}_operation"], genotype[p]) for p in paths]
    return out
