"""The recurrent cells of the first search for architectures: a tree of combinations and activations, with a memory.

A cell is written as ``{"tree": [(combination, activation), ...], "inject": (combination, activation), "cell": [inject_at,
emit_at]}``: the leaves first, then level by level to the root, as the paper's controller predicts them. The paper's "elem_mult" is
"multiply" and its "identity" is "linear" here, as Keras calls them.

Source: Zoph and Le, "Neural architecture search with reinforcement learning", 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...blocks.cells.recurrent import tree
from ...errors import GenotypeError
from ...space import Genotype, Input, Space, layers


def space(length: int, width: int, classes: int, *, units: int = 64, leaves: int = 8) -> Space:
    """The space of cells, over sequences to be classified.

    Args:
        length: Steps of a sequence.
        width: Numbers a step.
        classes: How many logits.
        units: Size of the output and of the memory.
        leaves: Leaves of the tree, 8 in the paper.
    """

    def model(sequence: Any) -> Any:
        vector = tree(leaves).using(units=units)(sequence)
        return {"logits": layers.Dense(classes, name="logits", dtype="float32")(vector)}

    return Space.trace(model, {"sequence": Input((length, width))}, name="recurrent")


def decode(published: Mapping[str, Any]) -> Genotype:
    """The genotype of a cell.

    Raises:
        GenotypeError: If it is not written as above.
    """
    try:
        steps, inject, (inject_at, emit_at) = published["tree"], published["inject"], published["cell"]
        values: dict[str, Any] = {}
        for i, (combination, activation) in enumerate(steps):
            values |= {f"recurrent/combine{i}": combination, f"recurrent/activation{i}": activation}
        values |= {"recurrent/inject": inject[0], "recurrent/inject_activation": inject[1]}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise GenotypeError(
            f"Expected a cell with 'tree', 'inject' and 'cell'. Received: {published!r}."
        ) from error
    return Genotype({**values, "recurrent/inject_at": inject_at, "recurrent/emit_at": emit_at})


def encode(genotype: Mapping[str, Any]) -> dict[str, Any]:
    """The cell as it is written: the inverse of ``decode``.

    Raises:
        GenotypeError: If the genotype is none of this space's.
    """
    count = sum(path.startswith("recurrent/combine") for path in genotype)
    try:
        return {
            "tree": [
                (genotype[f"recurrent/combine{i}"], genotype[f"recurrent/activation{i}"])
                for i in range(count)
            ],
            "inject": (genotype["recurrent/inject"], genotype["recurrent/inject_activation"]),
            "cell": [genotype["recurrent/inject_at"], genotype["recurrent/emit_at"]],
        }
    except KeyError as error:
        raise GenotypeError(
            f"Expected a decision {error} of the cell. Received: {dict(genotype)!r}."
        ) from error
