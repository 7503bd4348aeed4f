"""What ``build`` gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import Choice, Input, Space, block, layers, pick


def test_layers_are_named_by_their_paths_and_inputs_by_name(zoo: dict[str, Space]) -> None:
    space = zoo["nested"]
    model = space.build(space.pin({"net/tune": False}).default())
    names = [layer.name for layer in model.layers]
    assert list(model.input) == ["x"]
    assert {"net.backbone", "net.backbone_2", "net.scale"} <= set(names)
    assert model.get_layer("net.backbone").trainable is False
    assert model.get_layer("net.backbone_2").trainable is True


def test_outputs_are_a_dict_and_unneeded_inputs_are_left_out() -> None:
    @block("net")
    def net(a: Any, b: Any, *, read: Any = Choice(a=lambda a, b: a, b=lambda a, b: b)) -> Any:
        return {"y": layers.Dense(2)(pick(read, a, b))}

    space = Space.trace(net, {"a": Input((3,)), "b": Input((5,))})
    for name in ("a", "b"):
        plan, model = space.plan({"net/read": name}), space.build({"net/read": name})
        assert list(plan.inputs) == list(model.input) == [name]
        assert list(model.output) == ["y"]


def test_shared_layers_are_made_once(zoo: dict[str, Space]) -> None:
    space = zoo["siamese"]
    model = space.build(space.pin({"tower/units": 4}).default())
    x = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
    assert model.count_params() == space.cost(space.pin({"tower/units": 4}).default()).parameters
    swapped = [np.asarray(model({"a": a, "b": a})) for a in (x, x)]
    np.testing.assert_array_equal(*swapped)
    assert [layer.name for layer in model.layers].count("tower.dense") == 1


def test_a_name_taken_twice_is_an_error_that_says_so() -> None:
    space = Space.trace(lambda dense: layers.Dense(2)(dense), {"dense": Input((3,))})
    with pytest.raises(SpaceError, match="an input and a layer may not share a name"):
        space.build(space.default())


def test_what_keras_refuses_names_the_layer() -> None:
    space = Space.trace(lambda x: layers.Dense(2, activation="no such", name="last")(x), {"x": Input((3,))})
    with pytest.raises(SpaceError, match="'last': Dense cannot be made with"):
        space.build(space.default())
