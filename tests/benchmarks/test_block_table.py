"""The table of blocks finds every block and calls it on inputs that suit it."""

from __future__ import annotations

import pytest

from benchmarks import block_table

PRETRAINED = {"backbone", "pretrained"}  # they build or read a pretrained model to know its size


@pytest.mark.parametrize("name", sorted(set(block_table.blocks()) - PRETRAINED))
def test_every_block_is_called_on_inputs_that_suit_it(name: str) -> None:
    space = block_table.example(name, block_table.blocks()[name])
    assert space.cost(space.default()).activations > 0


def test_all_that_kerasnas_exports_is_there() -> None:
    import kerasnas as kn

    assert {"mlp", "residual", "temporal"} <= set(block_table.blocks()) <= set(kn.blocks.__all__)
