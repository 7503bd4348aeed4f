"""Blocks for sounds: every lowering agrees, and they do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnas import Input, Space
from kerasnas.blocks import spectral
from kerasnas.testing.blocks import check_block

MEL = {"mel": Input((24, 16, 1), "uint8")}


def test_spectral_lowers_the_same_everywhere() -> None:
    check_block(spectral, MEL, samples=4, numbers={"mel": (0, 255)})


@pytest.mark.parametrize("augment", ["shift", "shift_and_mask"])
def test_augmentation_acts_in_training_only(augment: str) -> None:
    space = Space.trace(spectral, MEL)
    model = space.build({**space.default(), "spectral/augment": augment})
    rows = {"mel": np.random.default_rng(0).integers(0, 255, (3, 24, 16, 1)).astype("uint8")}
    assert np.array_equal(model(rows, training=False), model(rows, training=False))
    assert not np.array_equal(model(rows, training=True), model(rows, training=True))


def test_a_vector_of_mean_and_loudest() -> None:
    space = Space.trace(spectral.using(width=8), MEL)
    assert space.build(space.default()).output_shape == (None, 2 * 8 * 4)
