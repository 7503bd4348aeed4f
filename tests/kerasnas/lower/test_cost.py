"""Costs without a layer built."""

from __future__ import annotations

import threading
from typing import Any

import keras
import pytest

from kerasnas.errors import SpaceError
from kerasnas.lower import cost as lowering
from kerasnas.space import Choice, Input, Space, block, custom, external, layers, ops


class Plus(keras.layers.Layer):
    """A layer that no rule knows."""

    def build(self, shape: Any) -> None:
        self.bias = self.add_weight(shape=(shape[-1],), name="bias")

    def call(self, x: Any) -> Any:
        return x + self.bias


def model_of_two(width: int) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(width, 3, padding="same")(inputs)
    x = keras.layers.Add()([x, keras.layers.DepthwiseConv2D(3, padding="same")(x)])
    return keras.Model(inputs, keras.ops.mean(x, axis=(1, 2)))


def test_an_unknown_layer_is_a_ghost_with_unknown_flops_and_its_path_is_told() -> None:
    space = Space.trace(lambda x: custom(Plus)(name="mine")(layers.Dense(4)(x)), {"x": Input((3,))})
    cost = space.cost(space.default())
    assert (cost.parameters, cost.flops, cost.unknown) == (16 + 4, None, ("mine",))


def test_ghosts_leave_nothing_behind_and_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = lowering.ghost
    monkeypatch.setattr(lowering, "ghost", lambda *a: made.append(a[1].short) or real(*a))
    space = Space.trace(lambda x: custom(Plus)(name="mine")(x), {"x": Input((1234,))})
    for _ in range(3):
        space.cost(space.default())
    assert made == ["Plus"]
    assert not [t for t in threading.enumerate() if t.name == "kerasnas-ghost"]
    assert keras.layers.Dense(2).name.startswith("dense")


def test_flops_of_a_nested_model_are_known_where_its_layers_are() -> None:
    space = Space.trace(lambda x: external(model_of_two, width=4)(x), {"x": Input((8, 8, 3))})
    cost = space.cost(space.default())
    assert cost.flops == 2 * 64 * (9 * 3 * 4 + 9 * 4)
    assert cost.unknown == ()


def test_light_operations_count_nothing_and_others_are_unknown() -> None:
    light = Space.trace(lambda x: ops.sort(ops.roll(x, 1)), {"x": Input((3,))})
    assert light.cost(light.default()).flops == 0
    heavy = Space.trace(lambda x: ops.tensordot(x, x, axes=[[1], [1]]), {"x": Input((3,))})
    assert heavy.cost(heavy.default()).unknown == ("tensordot",)


def test_sizes_that_vary_make_flops_unknown_not_small() -> None:
    space = Space.trace(
        lambda x: layers.GlobalMaxPooling1D()(layers.Conv1D(4, 3)(x)), {"x": Input((None, 3))}
    )
    cost = space.cost(space.default())
    assert (cost.parameters, cost.flops, cost.unknown) == (40, None, ("conv1_d",))


def test_shared_weights_count_once_and_their_work_twice() -> None:
    def net(a: Any, b: Any) -> Any:
        dense = layers.Dense(5, name="dense")
        return layers.Add()([dense(a), dense(b)])

    space = Space.trace(net, {"a": Input((3,)), "b": Input((3,))})
    cost = space.cost(space.default())
    assert (cost.parameters, cost.flops, cost.activations) == (20, 2 * 2 * 15, 15)


def test_a_window_larger_than_the_picture_is_told_before_anything_is_built() -> None:
    space = Space.trace(lambda x: layers.Conv2D(2, 5, name="big")(x), {"x": Input((4, 4, 1))})
    with pytest.raises(SpaceError, match=r"At 'big': Conv2D .* leaves nothing of an input .* padding='same'"):
        space.plan({})


def test_what_keras_refuses_is_told_with_its_words() -> None:
    space = Space.trace(
        lambda x: layers.Dense(units=None, name="bad")(layers.Flatten()(x)), {"x": Input((4,))}
    )
    with pytest.raises(SpaceError, match="At 'bad': Dense cannot be called with"):
        space.plan({})


def test_inner_modules_of_keras_are_known_by_the_same_rules() -> None:
    space = Space.trace(lambda x: custom(keras.layers.Dense)(3)(x), {"x": Input((4,))})
    assert space.cost(space.default()).flops == 24


def test_a_rule_asks_keras_where_a_call_is_unusual() -> None:
    @block("net")
    def net(x: Any, *, axis: Any = Choice(1, 2)) -> Any:
        return layers.Concatenate(axis=axis)([x, x])

    space = Space.trace(net, {"x": Input((2, None))})
    assert space.plan({"net/axis": 1}).out.shape == (None, 4, None)
    assert space.plan({"net/axis": 2}).out.shape == (None, 2, None)
