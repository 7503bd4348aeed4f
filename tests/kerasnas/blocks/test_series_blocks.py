"""Recurrent, transformer and dilated blocks for numbers in a row."""

from __future__ import annotations

import pytest

from kerasnas import Block, Input
from kerasnas.blocks.series.dilated import dilated
from kerasnas.blocks.series.recurrent import recurrent
from kerasnas.blocks.series.transformer import transformer
from kerasnas.testing.blocks import check_block

from .longer import largest_change

BLOCKS = [dilated, recurrent, transformer]
NAMES = [one.name for one in BLOCKS]


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_every_lowering_agrees(block: Block) -> None:
    assert not check_block(block, {"series": Input((12, 2))}, samples=2, rows=2).unknown


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_a_single_point(block: Block) -> None:
    check_block(block, {"series": Input((1, 2))}, samples=1, rows=2)


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_padding_changes_nothing(block: Block) -> None:
    assert largest_change(block, "series", Input((12, 2)), real=9) < 1e-5
