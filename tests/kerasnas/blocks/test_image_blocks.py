"""The families of blocks for pictures, at tiny, small and middling sizes."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from kerasnas import Block, Choice, Input, Space
from kerasnas.blocks import convnext, hybrid, mbconv, resnet, separable, vit
from kerasnas.blocks.image.augment import policies
from kerasnas.blocks.image.stem import patches
from kerasnas.testing.blocks import check_block

BYTES = {"pixels": (0, 255)}
STAGED = (convnext, mbconv, resnet, separable)


@pytest.mark.parametrize("block", [*STAGED, vit, hybrid], ids=lambda b: b.name)
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (64, 64, 3)], ids=["8", "28", "64"])
def test_lowers_the_same_everywhere(block: Block, shape: tuple[int, int, int]) -> None:
    fixed: dict[str, object] = {"width": 16} if shape[0] == 8 else {"width": 24, "downscale": None}
    if block in STAGED:
        fixed |= {"stages": 2 if shape[0] < 16 else 3, "depth": Choice(1, 2)}
    elif block is vit:
        fixed |= {"patch": Choice(patches(shape[0]), 2 * patches(shape[0])), "depth": Choice(1, 2)}
    checked = check_block(block.using(**fixed), {"pixels": Input(shape, "uint8")}, samples=2, numbers=BYTES)
    assert not checked.unknown


@pytest.mark.parametrize("side", [(8, 2), (28, 4), (32, 4), (64, 8), (224, 32)])
def test_about_eight_patches_stand_in_a_row(side: tuple[int, int]) -> None:
    assert patches(side[0]) == side[1]


@pytest.mark.parametrize("colour", [False, True])
def test_augmentation_acts_in_training_only_and_stays_in_range(colour: bool) -> None:
    channels = 3 if colour else 1
    pictures = np.random.default_rng(0).uniform(-1, 1, (4, 12, 12, channels)).astype("float32")
    choice = policies(colour)
    assert choice.default == "shift"
    assert ("flip_and_colour" in choice.labels) is colour
    for label, policy in zip(choice.labels, choice.bodies, strict=True):
        if policy is None:
            continue
        space = Space.trace(lambda x, policy=policy: policy(x), {"x": Input((12, 12, channels))})
        model = space.build(space.default())
        said = keras.ops.convert_to_numpy(model({"x": pictures}, training=True))
        np.testing.assert_array_equal(model({"x": pictures}, training=False), pictures)
        assert not np.array_equal(said, pictures), label
        assert said.min() >= -1.001, label
        assert said.max() <= 1.001, label


def test_a_generalised_mean_lies_between_mean_and_maximum() -> None:
    from kerasnas.layers.generalized_mean import GeneralizedMean2D

    x = np.random.default_rng(0).uniform(0.1, 3, (2, 4, 5, 3)).astype("float32")
    said = keras.ops.convert_to_numpy(GeneralizedMean2D(3.0)(x))
    np.testing.assert_allclose(said, (x**3).mean((1, 2)) ** (1 / 3), rtol=1e-5)
    assert (said > x.mean((1, 2))).all()
    assert (said < x.max((1, 2))).all()


def test_a_rectangle_is_cut_out_of_each_picture() -> None:
    from kerasnas.layers.random_cutout import RandomCutout

    x = np.ones((200, 20, 20, 1), "float32")
    said = keras.ops.convert_to_numpy(RandomCutout(0.5, seed=0)(x, training=True))
    gone = 1.0 - said.mean((1, 2, 3))
    assert 0.02 < gone.mean() < 0.1
    assert gone.max() <= 0.26
