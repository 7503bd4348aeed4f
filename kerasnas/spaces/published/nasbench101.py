"""NAS-Bench-101: 423,624 different cells of up to seven vertices and nine edges; adjacency and operations are decisions.

A cell is written as its adjacency matrix (upper triangular, 0 and 1, input first and output last) and the operation of each vertex.
Vertices that lie on no path from the input to the output play no part: ``decode`` leaves them out, as the benchmark does, and
sampling never makes them. The published parameter counts are those that training changes (``trained_parameters``).

Source: Ying and others, "NAS-Bench-101: towards reproducible neural architecture search", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...blocks.cells.nasbench101 import EDGES, IMPLIED, OUT, PAIRS, VERTICES, name_of, network
from ...errors import GenotypeError
from ...space import Genotype, Space
from .classifier import classifier

OPERATIONS = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool3x3": "maxpool3x3"}
NAMES = {written: ours for ours, written in OPERATIONS.items()}
Cell = tuple[list[list[int]], list[str]]


def space(
    shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    *,
    width: int = 128,
    stacks: int = 3,
    cells: int = 3,
) -> Space:
    """The space as published, or a smaller one of the same cells.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        width: Channels of the first stack.
        stacks: Stacks of cells, with pooling between.
        cells: Cells a stack.
    """
    return classifier(network.using(width=width, stacks=stacks, cells=cells), shape, classes, "nasbench101")


def decode(matrix: Sequence[Sequence[int]], operations: Sequence[str]) -> Genotype:
    """The genotype of a published cell.

    Args:
        matrix: Adjacency; row: from, column: to.
        operations: Of each vertex, with ``"input"`` first and ``"output"`` last.

    Raises:
        GenotypeError: If it is no cell of this space.
    """
    size = len(matrix)
    square = all(len(row) == size for row in matrix) and len(operations) == size and 2 <= size <= VERTICES
    if not square or any(matrix[u][v] for u in range(size) for v in range(u + 1)):
        raise GenotypeError(
            f"Expected an upper triangular matrix of 2 to {VERTICES} vertices. Received: {matrix!r}, {operations!r}."
        )
    reached, leading = {0}, {size - 1}
    for v in range(size):
        reached |= {v} if any(matrix[u][v] for u in reached) else set()
    for u in reversed(range(size)):
        leading |= {u} if any(matrix[u][v] for v in leading) else set()
    kept = sorted(reached & leading)
    count = sum(bool(matrix[u][v]) for u in kept for v in kept)
    if 0 not in kept or size - 1 not in kept or count > EDGES:
        raise GenotypeError(
            f"Expected a path from input to output and at most {EDGES} edges. Received: {matrix!r}."
        )
    place = {v: OUT if v == size - 1 else v for v in kept}
    edges = {(place[u], place[v]) for u in kept for v in kept if matrix[u][v]}
    values: dict[str, Any] = {f"nasbench101/{name_of(p)}": int(p in edges) for p in PAIRS}
    for v in kept[1:-1]:
        if operations[v] not in NAMES:
            raise GenotypeError(f"Expected operations of {list(NAMES)}. Received: {operations[v]!r}.")
        values[f"nasbench101/cell/vertex{v}/operation"] = NAMES[operations[v]]
    return Genotype(values)


def encode(genotype: Mapping[str, Any]) -> Cell:
    """The matrix and operations of a cell, without vertices that play no part: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    paths = {p: f"nasbench101/{name_of(p)}" for p in PAIRS}
    inner = [v for v in range(1, OUT) if f"nasbench101/cell/vertex{v}/operation" in genotype]
    kept = [0, *inner, OUT]
    if any(path not in genotype for path in paths.values()):
        raise GenotypeError(
            f"Expected a 0 or 1 at each of {list(paths.values())}. Received: {dict(genotype)!r}."
        )
    bits = {pair: int(genotype[path]) for pair, path in paths.items()} | {IMPLIED: 1}
    matrix = [[bits[u, v] if u < v else 0 for v in kept] for u in kept]
    named = [OPERATIONS[genotype[f"nasbench101/cell/vertex{v}/operation"]] for v in inner]
    return matrix, ["input", *named, "output"]
