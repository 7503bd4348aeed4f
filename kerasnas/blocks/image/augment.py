"""What is done to training pictures inside the model, scaled to -1..1; a model that is used does none of it.

Mirrors and changes of colour are offered, never the default: a mirrored digit or hand sign may be another one. Mixing pictures of
two rows (mixup, CutMix) changes their targets too and is a choice of the training: ``kerasnas.evaluators.mixing``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...space import Choice, layers

EDGES = (-1.0, 1.0)  # of the values that these layers are given


def shift(x: Any) -> Any:
    """Move a picture by up to a tenth; right for digits and signs, which must not be mirrored."""
    return layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", name="shift")(x)


def shift_and_flip(x: Any) -> Any:
    """Move and mirror; right for photographs of things."""
    return layers.RandomFlip("horizontal", name="flip")(shift(x))


def turn(x: Any) -> Any:
    """Move, and turn by up to 18 degrees; keeps digits and signs what they are."""
    return layers.RandomRotation(0.05, fill_mode="nearest", name="turn")(shift(x))


def shift_and_erase(x: Any) -> Any:
    """Move, and grey out a rectangle of up to half a picture's sides."""
    return layers.RandomCutout(0.5, name="erase")(shift(x))


def flip_and_colour(x: Any) -> Any:
    """Move, mirror, and change brightness and contrast by up to a fifth; right for colour photographs."""
    return _coloured(shift_and_flip(x))


def everything(x: Any) -> Any:
    """Mirror, move, turn, change brightness and contrast, and grey out a rectangle, each as much as chance has it.

    In the manner of Cubuk, Zoph, Shlens, Le, "RandAugment: practical automated data augmentation with a reduced search space", 2020.
    Keras' own ``RandAugment`` computes each of its eleven changes for each picture, which takes longer than training a small ConvNet.
    """
    return layers.RandomCutout(0.5, name="erase")(
        _coloured(turn(layers.RandomFlip("horizontal", name="flip")(x)))
    )


def _coloured(x: Any) -> Any:
    x = layers.RandomBrightness(0.2, value_range=EDGES, name="brightness")(x)
    return layers.RandomContrast(0.2, value_range=EDGES, name="contrast")(x)


PLAIN: dict[str, Callable[..., Any] | None] = {"none": None, "shift": shift, "shift_and_flip": shift_and_flip}


def policies(colour: bool) -> Choice:
    """The choice of what is done to training pictures; the default moves them.

    Args:
        colour: Whether the pictures have colours; grey ones are not offered changes of colour.
    """
    options = {**PLAIN, "turn": turn, "shift_and_erase": shift_and_erase}
    if colour:
        options |= {"flip_and_colour": flip_and_colour, "everything": everything}
    return Choice(**options, default="shift")
