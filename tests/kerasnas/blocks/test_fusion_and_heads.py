"""Fusion of two and three vectors; heads."""

from __future__ import annotations

import pytest

from kerasnas import Block, Input, Space
from kerasnas.blocks import classification, concatenation, gated, regression
from kerasnas.testing.blocks import check_block

VECTORS = {"a": Input((4,)), "b": Input((6,)), "c": Input((3,))}


@pytest.mark.parametrize("block", [concatenation, gated], ids=["concatenation", "gated"])
@pytest.mark.parametrize("count", [2, 3])
def test_fusion(block: Block, count: int) -> None:
    inputs = dict(list(VECTORS.items())[:count])
    check_block(lambda **given: block(*given.values()), inputs, samples=2)


def test_heads() -> None:
    check_block(classification.using(classes=3), {"x": Input((4,))}, samples=2)
    check_block(regression, {"x": Input((4,))}, samples=2)
    space = Space.trace(classification.using(classes=3), {"x": Input((4,))})
    assert "softmax" not in space.source(space.default())  # logits
