"""Blocks over words: bag, recurrent, transformer; padding never changes what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasnas import Block, Input, Space
from kerasnas.blocks.text.bag import bag
from kerasnas.blocks.text.recurrent import recurrent
from kerasnas.blocks.text.transformer import transformer
from kerasnas.testing.blocks import check_block

from .longer import largest_change

TOKENS = {"tokens": Input((6,), "int32")}
BLOCKS = [one.using(vocabulary=20) for one in (bag, recurrent, transformer)]
NAMES = [one.name for one in BLOCKS]
SHORTENED = [one.using(vocabulary=20, stride=2) for one in (recurrent, transformer)]


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_every_lowering_agrees(block: Block) -> None:
    assert not check_block(block, TOKENS, samples=2, rows=2, numbers={"tokens": (0, 20)}).unknown


@pytest.mark.parametrize("block", SHORTENED, ids=["recurrent", "transformer"])
def test_a_shortened_text(block: Block) -> None:
    assert not check_block(block, TOKENS, samples=0, rows=2, numbers={"tokens": (0, 20)}).unknown


@pytest.mark.parametrize("block", [*BLOCKS, *SHORTENED], ids=[*NAMES, "short_recurrent", "short_transformer"])
def test_padding_changes_nothing(block: Block) -> None:
    assert largest_change(block, "tokens", TOKENS["tokens"], real=4, genotypes=2) < 1e-5


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_an_empty_text_is_a_finite_vector(block: Block) -> None:
    space = Space.trace(block, TOKENS)
    rows = {"tokens": np.zeros((2, 6), "int32")}
    assert np.isfinite(np.asarray(space.build(space.default())(rows, training=False))).all()


def test_each_layer_of_the_transformer_decides_for_itself() -> None:
    space = Space.trace(transformer.using(vocabulary=20), TOKENS)
    chosen: dict[str, Any] = {
        "transformer/stack/depth": 2,
        "transformer/stack/layer/0/mixer": "attention",
        "transformer/stack/layer/0/mixer=attention/attention/heads": 8,
        "transformer/stack/layer/1/mixer": "convolution",
        "transformer/stack/layer/1/mixer=convolution/convolution/window": 9,
    }
    kinds = [type(one).__name__ for one in space.build(space.adapt(chosen)[0]).layers]
    assert (kinds.count("MultiHeadAttention"), kinds.count("SeparableConv1D")) == (1, 1)
