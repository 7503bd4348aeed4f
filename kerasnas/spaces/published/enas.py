"""The macro space of ENAS: twelve layers, each with one of six operations and any skip connections from layers before it.

A network is written as a list of lists, one a layer: the number of the operation, then a 0 or 1 for each earlier layer.

Source: Pham and others, "Efficient neural architecture search via parameter sharing", 2018.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...blocks.cells.enas import OPERATION, network
from ...errors import GenotypeError
from ...space import Genotype, Space
from .classifier import classifier

OPERATIONS = OPERATION.labels


def space(
    shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10, *, width: int = 36, depth: int = 12
) -> Space:
    """The space as published, or a smaller one.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        width: Channels.
        depth: How many layers.
    """
    return classifier(network.using(width=width, depth=depth), shape, classes, "enas")


def decode(published: Sequence[Sequence[int]]) -> Genotype:
    """The genotype of a network.

    Raises:
        GenotypeError: If a layer has no operation of this space, or not a 0 or 1 for each earlier layer.
    """
    values: dict[str, Any] = {}
    for number, line in enumerate(published):
        if len(line) != number + 1 or line[0] not in range(len(OPERATIONS)) or not set(line[1:]) <= {0, 1}:
            raise GenotypeError(
                f"Expected for layer {number} an operation from 0 to {len(OPERATIONS) - 1} and {number} zeros or ones. Received: {line!r}."
            )
        values[f"enas/layer{number}/operation"] = OPERATIONS[line[0]]
        values |= {f"enas/layer{number}/skip{i}": bool(bit) for i, bit in enumerate(line[1:])}
    return Genotype(values)


def encode(genotype: Mapping[str, Any]) -> list[list[int]]:
    """The lists of a network: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    depth = sum(path.startswith("enas/layer") and path.endswith("/operation") for path in genotype)
    try:
        return [
            [OPERATIONS.index(genotype[f"enas/layer{n}/operation"]), *(int(genotype[f"enas/layer{n}/skip{i}"]) for i in range(n))]
            for n in range(depth)
        ]  # fmt: skip
    except (KeyError, ValueError) as error:
        raise GenotypeError(
            f"Expected an operation and the skips of every layer. Received: {dict(genotype)!r}."
        ) from error
