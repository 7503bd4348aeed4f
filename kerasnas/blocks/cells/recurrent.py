"""The recurrent cell that the first search for architectures found its own in: a tree of combinations and activations.

Source: Zoph and Le, "Neural architecture search with reinforcement learning", 2017.
"""

from __future__ import annotations

from typing import Any

from ...space import Choice, IntRange, block, layers

COMBINE = Choice("add", "multiply")
ACTIVATE = Choice("tanh", "sigmoid", "relu", "linear")


@block("recurrent")
def network(x: Any, *, units: Any = 64, leaves: int = 8, **cell: Any) -> Any:
    """Sequences to a vector: ``(length, d)`` -> ``(units,)``.

    Args:
        x: ``(length, d)``.
        units: Size of the output and of the memory.
        leaves: How many pairs of input and last output the tree begins with: 2, 4 or 8.
        **cell: The decisions; see ``tree``.
    """
    steps = range(2 * leaves - 1)
    return layers.TreeRecurrent(
        units,
        combine=[cell[f"combine{i}"] for i in steps],
        activations=[cell[f"activation{i}"] for i in steps],
        inject=cell["inject"],
        inject_activation=cell["inject_activation"],
        inject_at=cell["inject_at"],
        emit_at=cell["emit_at"],
        name="tree",
    )(x)


def tree(leaves: int = 8) -> Any:
    """The block with its decisions: how each step combines and what it applies, and where the memory enters and leaves."""
    steps: dict[str, Any] = {}
    for i in range(2 * leaves - 1):
        steps |= {f"combine{i}": COMBINE, f"activation{i}": ACTIVATE}
    ends = {"inject_at": IntRange(0, leaves - 1), "emit_at": IntRange(0, leaves - 1)}
    return network.using(leaves=leaves, **steps, inject=COMBINE, inject_activation=ACTIVATE, **ends)
