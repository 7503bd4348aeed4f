"""Heads."""

from __future__ import annotations

from kerasnas import Input, Space
from kerasnas.blocks import classification, regression
from kerasnas.testing.blocks import check_block


def test_heads() -> None:
    check_block(classification.using(classes=3), {"x": Input((4,))}, samples=2)
    check_block(regression, {"x": Input((4,))}, samples=2)
    space = Space.trace(classification.using(classes=3), {"x": Input((4,))})
    assert "softmax" not in space.source(space.default())  # logits
