"""Small spaces that between them use every part of the trace language."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from kerasnas.space import (
    Choice,
    FloatRange,
    Input,
    IntRange,
    Space,
    at_least,
    block,
    channels,
    custom,
    external,
    layers,
    match_like,
    ops,
    pick,
    repeat,
    shared,
    tied,
)

START = 1.5


@keras.saving.register_keras_serializable(package="kerasnas-tests")
class Scale(keras.layers.Layer):
    """A learned factor for each channel."""

    def __init__(self, start: float = START, **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, shape: Any) -> None:
        self.factor = self.add_weight(
            shape=(shape[-1],), initializer=keras.initializers.Constant(self.start), name="g"
        )

    def call(self, x: Any) -> Any:
        return x * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start}


def width_of(width: int) -> int:
    """A helper that the factory needs."""
    return 2 * width


def backbone(width: int = 4) -> keras.Model:
    """A small nested model."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(width_of(width), 3, strides=2, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.BatchNormalization()(x), name="backbone")


@block("squeeze")
def squeeze(x: Any, *, ratio: int = 4) -> Any:
    s = layers.GlobalAveragePooling2D(keepdims=True)(x)
    s = layers.Conv2D(at_least(channels(x) // ratio, 1), 1, activation="relu", name="squeeze")(s)
    return x * layers.Conv2D(channels(x), 1, activation="sigmoid", name="excite")(s)


@block("unit")
def unit(
    x: Any,
    *,
    filters: Any = Choice(4, 8),
    kernel: Any = Choice(1, 3),
    attend: Any = Choice(no=None, yes=squeeze),
) -> Any:
    y = layers.Conv2D(filters, kernel, padding="same", use_bias=False, name="conv")(x)
    y = pick(attend, layers.ReLU()(layers.BatchNormalization()(y)))
    return layers.Add()([y, match_like(x, y)])


@block("encoder")
def encoder(x: Any, *, heads: Any = Choice(1, 2), rate: Any = FloatRange(0.0, 0.3)) -> Any:
    h = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(heads, 4, dropout=rate, name="attention")(h, h)])
    return x + layers.Dense(channels(x), activation="gelu", name="down")(layers.LayerNormalization()(x))


@block("tower")
def tower(x: Any, *, units: Any = Choice(4, 8)) -> Any:
    return layers.Dense(3)(layers.Dense(units, activation="relu")(x))


@block("two")
def two(x: Any, *, units: Any = Choice(3, 5)) -> Any:
    return {"a": layers.Dense(units)(x), "unused": layers.Dense(9)(x), "b": (x, layers.ReLU()(x))}


@block("stack")
def stack(x: Any, *, depth: Any = IntRange(1, 3)) -> Any:
    return repeat(depth, tower, x, "tower")


def pictures(x: Any) -> Any:
    """Independent units, then tied ones."""
    x = repeat(2, unit, layers.Conv2D(4, 3, name="stem")(x), "free")
    x = repeat(4, unit, x, "same", tie=True)
    return layers.Dense(3, name="logits")(layers.GlobalAveragePooling2D()(x))


def texts(ids: Any) -> Any:
    """Attention, slices, and operations."""
    x = repeat(2, encoder, layers.Embedding(20, 8)(ids), "layer")
    return {"first": layers.Dense(2)(x[:, 0]), "mean": ops.mean(x, axis=1)}


def nested(x: Any) -> Any:
    """A model inside, frozen and not, and a layer of one's own."""

    def net(x: Any, *, tune: Any = Choice(False, True), start: Any = Choice(0.5, 2.0)) -> Any:
        y = external(backbone, width=3, trainable=tune)(x)
        z = external(backbone, width=2)(x)
        return layers.Concatenate()([custom(Scale)(start)(y), z])

    return layers.GlobalMaxPooling2D()(block("net")(net)(x))


def siamese(a: Any, b: Any) -> Any:
    """Decisions and weights shared; then decisions alone."""
    same, other = shared(tower, "tower"), tied(tower, "twin")
    x = layers.Concatenate()([same(a, name="first"), same(b, name="second")])
    return layers.Add()([other(x, name="left"), other(x, name="right")])


def several(x: Any) -> Any:
    """Outputs in nests, of which one is not needed; recurrent layers with state."""

    def net(x: Any, *, units: Any = Choice(2, 4)) -> Any:
        found = two(x, name="two")
        h = layers.GRU(units, return_sequences=True, return_state=True)(ops.expand_dims(found["b"][0], -1))
        y = layers.Bidirectional(layers.LSTM(units))(h[0])
        return {"y": y, "a": found["a"], "c": found["b"][1], "state": h[1]}

    return block("net")(net)(x)


@pytest.fixture
def zoo() -> dict[str, Space]:
    """The spaces by name."""
    picture = Input((8, 8, 3))
    return {
        "pictures": Space.trace(pictures, {"x": picture}),
        "texts": Space.trace(texts, {"ids": Input((6,), "int32")}),
        "nested": Space.trace(nested, {"x": picture}),
        "siamese": Space.trace(siamese, {"a": Input((5,)), "b": Input((5,))}),
        "several": Space.trace(several, {"x": Input((6,))}),
        "stack": Space.trace(stack, {"x": Input((5,))}),
    }
