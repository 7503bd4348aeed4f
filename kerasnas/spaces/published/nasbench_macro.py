"""NAS-Bench-Macro: 6,561 networks of eight layers, all with published accuracies on CIFAR-10.

A network is written as eight digits, one a layer: 0 identity (a pointwise convolution where sizes change), 1 an inverted residual of
kernel 3 and expansion 3, 2 one of kernel 5 and expansion 6.

Source: Su and others, "Prioritized architecture sampling with Monte-Carlo tree search", 2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks.cells.nasbench_macro import LAST, STAGES, WIDTH, network
from ...errors import GenotypeError
from ...space import Genotype, Space
from .classifier import classifier

OPERATIONS = ("identity", "mbconv_k3_e3", "mbconv_k5_e6")
PATHS = tuple(f"nasbench_macro/layer{i}/operation" for i in range(sum(STAGES)))


def space(
    shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10, *, width: int = WIDTH, last: int = LAST
) -> Space:
    """The space as published, or a narrower one of the same layers.

    Args:
        shape: Of a picture, standardised.
        classes: How many logits.
        width: Channels of the stem.
        last: Channels of the last convolution.
    """
    return classifier(network.using(width=width, last=last), shape, classes, "nasbench_macro")


def decode(published: str) -> Genotype:
    """The genotype of a published key.

    Raises:
        GenotypeError: If it is not eight digits from 0 to 2.
    """
    if len(published) != len(PATHS) or not set(published) <= set("012"):
        raise GenotypeError(f"Expected eight digits from 0 to 2, one a layer. Received: {published!r}.")
    return Genotype({path: OPERATIONS[int(digit)] for path, digit in zip(PATHS, published, strict=True)})


def encode(genotype: Mapping[str, Any]) -> str:
    """The eight digits of a network: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    try:
        return "".join(str(OPERATIONS.index(genotype[path])) for path in PATHS)
    except (KeyError, ValueError) as error:
        raise GenotypeError(
            f"Expected an operation of {OPERATIONS} at each of {PATHS}. Received: {dict(genotype)!r}."
        ) from error
