"""Small spaces that several tests look at."""

from __future__ import annotations

from kerasnas.space import (
    Choice,
    FloatRange,
    Input,
    IntRange,
    Optional,
    Space,
    at_least,
    block,
    channels,
    layers,
    match_like,
    pick,
    present,
    repeat,
    require,
    shared,
    size,
    tied,
    when,
)

VECTOR = {"x": Input((6,))}
PICTURE = {"x": Input((8, 8, 3))}


@block("squeeze_excite")
def squeeze_excite(x, *, ratio=Choice(2, 4)):
    width = channels(x)
    s = layers.GlobalAveragePooling2D(keepdims=True)(x)
    s = layers.Conv2D(at_least(width // ratio, 1), 1, activation="relu", name="squeeze")(s)
    return x * layers.Conv2D(width, 1, activation="sigmoid", name="excite")(s)


@block("unit")
def unit(x, *, filters=Choice(4, 8), stride=1, attend=Choice(none=None, se=squeeze_excite)):
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", name="conv")(x)
    y = pick(attend, layers.ReLU()(y))
    return layers.Add()([y, match_like(x, y)])


@block("net")
def convolutional(x, *, depth=IntRange(1, 3)):
    x = repeat(depth, unit, x, "stage")
    return layers.Dense(2, name="logits")(layers.GlobalAveragePooling2D()(x))


@block("perceptron")
def perceptron(
    x, *, depth=Choice(0, 1, 2), units=Choice(small=3, large=5), rate=Optional(FloatRange(0.1, 0.5))
):
    x = repeat(depth, lambda y: layers.Dense(units, activation="relu")(y), x, "hidden")
    x = when(present(rate), lambda: layers.Dropout(rate)(x), x)
    return layers.Dense(1)(x)


@block("cell")
def cell(x, *, op=Choice("relu", "tanh"), width=Choice(2, 3)):
    return layers.Dense(width, activation=op)(x)


def twice_tied(x):
    once = tied(cell, "cells")
    return layers.Dense(1)(once(once(x)))


def twice_shared(a, b):
    tower = shared(cell, "tower")
    return layers.Concatenate()([tower(a), tower(b)])


@block("patches")
def patches(x, *, patch=Choice(2, 3, 4, 5, 8), width=Choice(2, 4)):
    require(size(x) % patch == 0)
    x = layers.Conv2D(width, patch, strides=patch, name="cut")(x)
    return layers.Dense(1)(layers.Flatten()(x))


@block("training")
def training(*, optimizer=Choice("adam", "sgd"), batch_size=Choice(16, 32)):
    return {"optimizer": optimizer, "batch_size": batch_size, "steps": batch_size * 2, "note": "fixed"}


def vision() -> Space:
    return Space.trace(convolutional, PICTURE, name="vision")


def every_space() -> dict[str, Space]:
    """One space for each part of the language."""
    return {
        "vision": vision(),
        "perceptron": Space.trace(perceptron, VECTOR, name="perceptron", training=training),
        "tied": Space.trace(twice_tied, VECTOR, name="tied"),
        "shared": Space.trace(twice_shared, {"a": Input((6,)), "b": Input((6,))}, name="shared"),
        "patches": Space.trace(patches, PICTURE, name="patches"),
    }
