"""Recurrent and one-dimensional blocks for sounds; silence behind a sound changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnas import Block, Input, Space
from kerasnas.blocks import spectral
from kerasnas.blocks.audio.cepstral import cepstral
from kerasnas.blocks.audio.recurrent import crnn
from kerasnas.testing.blocks import check_block

from .longer import largest_change

MEL = {"mel": Input((12, 16, 1), "uint8")}
BLOCKS = [cepstral, crnn]
NAMES = [one.name for one in BLOCKS]


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_every_lowering_agrees(block: Block) -> None:
    assert not check_block(block, MEL, samples=2, rows=2, numbers={"mel": (0, 255)}).unknown


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_silence_behind_changes_nothing(block: Block) -> None:
    assert largest_change(block, "mel", MEL["mel"], real=8, genotypes=1) < 1e-4


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_silence_alone_is_a_finite_vector(block: Block) -> None:
    space = Space.trace(block, MEL)
    rows = {"mel": np.zeros((2, 12, 16, 1), "uint8")}
    assert np.isfinite(np.asarray(space.build(space.default())(rows, training=False))).all()


@pytest.mark.parametrize("augment", ["stretches", "shift_and_stretches"])
def test_stretches_act_in_training_only(augment: str) -> None:
    space = Space.trace(cepstral, MEL)
    model = space.build({**space.default(), "cepstral/augment": augment})
    rows = {"mel": np.random.default_rng(0).integers(0, 255, (3, 12, 16, 1)).astype("uint8")}
    assert np.array_equal(model(rows, training=False), model(rows, training=False))
    assert not np.array_equal(model(rows, training=True), model(rows, training=True))


def test_spectral_by_statistics() -> None:
    space = Space.trace(spectral.using(width=8), MEL)
    genotype = {**space.default(), "spectral/pool": "statistics", "spectral/augment": "shift_and_stretches"}
    assert space.build(genotype).output_shape == (None, 2 * 8 * 4)
