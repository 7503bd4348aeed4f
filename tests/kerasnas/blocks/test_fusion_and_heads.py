"""Fusion of two and three vectors; heads."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from kerasnas import Block, Input, Space
from kerasnas.blocks import addition, classification, concatenation, gated, regression
from kerasnas.testing.blocks import check_block

VECTORS = {"a": Input((4,)), "b": Input((6,)), "c": Input((3,))}


@pytest.mark.parametrize(
    "block", [addition, concatenation, gated], ids=["addition", "concatenation", "gated"]
)
@pytest.mark.parametrize("count", [2, 3])
def test_fusion(block: Block, count: int) -> None:
    inputs = dict(list(VECTORS.items())[:count])
    check_block(lambda **given: block(*given.values()), inputs, samples=2)


def test_addition_lets_modalities_add_their_logits() -> None:
    def model(a: object, b: object) -> object:
        return classification(addition(a, b), classes=3)

    space = Space.trace(model, {"a": Input((4,)), "b": Input((6,))})
    net, rng = space.build(space.default()), np.random.default_rng(0)
    a, b = rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(5, 6)).astype("float32")

    def said(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.asarray(next(iter(keras.tree.flatten(net({"a": first, "b": second}, training=False)))))

    alone = said(a, b * 0) + said(a * 0, b) - said(a * 0, b * 0)
    np.testing.assert_allclose(said(a, b), alone, atol=1e-5)


def test_heads() -> None:
    check_block(classification.using(classes=3), {"x": Input((4,))}, samples=2)
    check_block(regression, {"x": Input((4,))}, samples=2)
    space = Space.trace(classification.using(classes=3), {"x": Input((4,))})
    assert "softmax" not in space.source(space.default())  # logits
