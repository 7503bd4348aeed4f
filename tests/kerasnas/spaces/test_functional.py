"""Blocks called one on the other outside of a trace."""

from __future__ import annotations

import pytest

from kerasnas import blocks, layers, ops, spaces
from kerasnas.errors import SpaceError
from kerasnas.testing import check_block

from .test_compose import INTEGERS, task


def test_calls_that_waited_make_a_space() -> None:
    picture, words = spaces.view("image_pixels"), spaces.encoded("text")
    joined = blocks.concatenation(blocks.residual(picture), words)
    assert "waiting for a space" in repr(joined)
    space = spaces.composed(task(), spaces.head(joined), name="mine")
    assert space.name == "mine"
    assert {
        "residual/depth",
        "text/encoder",
        "concatenation/units",
        "head/rate",
        "training/optimizer",
    } <= set(space.decisions)
    assert set(space.inputs) == {"image_pixels", "text_tfidf", "text_tokens", "text_encoder"}
    assert set(space.build(space.default()).output) == {"logits"}
    check_block(space, samples=2, numbers=INTEGERS)


def test_what_is_used_twice_is_recorded_once() -> None:
    table = spaces.view("table_numbers")
    shared = layers.Dense(8, name="shared")(table)
    joined = layers.Concatenate()([layers.ReLU()(shared), ops.tanh(shared)])
    space = spaces.composed(task("table_numbers", problem="regression", outputs=2), spaces.head(joined))
    model = space.build(space.default())
    assert sum(layer.name == "shared" for layer in model.layers) == 1
    assert model.output["value"].shape == (None, 2)
    assert space.decisions["training/label_smoothing"].options == (0.0,)


def test_one_block_twice_wants_names() -> None:
    table = spaces.view("table_numbers")
    one, two = blocks.mlp(table, None, name="one"), blocks.mlp(table, None, name="two")
    space = spaces.composed(task("table_numbers"), spaces.head(blocks.addition(one, two)))
    assert {"one/depth", "two/depth"} <= set(space.decisions)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (spaces.head(spaces.view("image_pixel")), "has no 'image_pixel'. Views: "),
        (spaces.head(spaces.encoded("audio")), "has no 'audio'"),
        (3, "Received: 3"),
    ],
)
def test_errors(output: object, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        spaces.composed(task(), output)  # type: ignore[arg-type]
