"""Layers of every shape: several tensors, keywords, wrapped and nested ones, of one's own, and whole models."""

from __future__ import annotations

import functools
import json

import keras
import numpy as np
import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import Choice, Input, Space, block, channels, custom, external, layers, ops
from kerasnas.space.graph import leaves

from .spaces import PICTURE, VECTOR

SEQUENCE = {"x": Input((7, 4))}


def traced(fn, inputs) -> Space:
    return Space.trace(fn, inputs)


def checked(space: Space, genotype=None) -> keras.Model:
    """The plan says what Keras says, and a round trip through JSON changes nothing."""
    genotype = space.default() if genotype is None else genotype
    plan, model = space.plan(genotype), space.build(genotype)
    assert plan.parameters == model.count_params()
    outputs = model.output if isinstance(model.output, dict) else {"out": model.output}
    ours = plan.out if isinstance(plan.out, dict) else {"out": plan.out}
    assert {k: tuple(v.shape) for k, v in outputs.items()} == {k: v.shape for k, v in ours.items()}
    restored = Space.from_json(json.loads(json.dumps(space.to_json())), space.objects())
    assert restored.fingerprint == space.fingerprint
    assert restored.plan(genotype).parameters == plan.parameters
    return model


def test_several_tensors_by_keyword() -> None:
    @block("attend")
    def attend(x, memory, *, heads=Choice(1, 2)):
        mask = ops.ones_like(x[:, :, :1])
        return (
            layers.MultiHeadAttention(heads, 3, name="attention")(
                query=x, value=memory, key=memory, query_mask=None
            )
            * mask
        )

    space = traced(attend, {"x": Input((7, 4)), "memory": Input((5, 4))})
    assert checked(space, {"attend/heads": 2}).output_shape == (None, 7, 4)
    assert set(space.plan({"attend/heads": 1}).inputs) == {"x", "memory"}


def test_several_outputs_one_by_one() -> None:
    @block("recurrent")
    def recurrent(x, *, units=Choice(3, 5)):
        both = layers.LSTM(units, return_sequences=True, return_state=True, name="lstm")(x)
        again = layers.LSTM(units, name="second")(both[0], initial_state=[both[1], both[2]])
        return {"last": again, "state": layers.Dense(channels(both[2]))(both[2])}

    model = checked(traced(recurrent, SEQUENCE), {"recurrent/units": 5})
    assert {k: v.shape for k, v in model.output.items()} == {"last": (None, 5), "state": (None, 5)}


def test_an_output_that_is_not_there() -> None:
    with pytest.raises(SpaceError, match=r"'lstm' gives 3 outputs; item 3"):
        traced(lambda x: layers.Dense(1)(layers.LSTM(2, return_state=True)(x)[3]), SEQUENCE).plan({})
    with pytest.raises(SpaceError, match=r"gives 3 outputs, and is used as one tensor: take one of them"):
        traced(lambda x: layers.Dense(1)(layers.LSTM(2, return_state=True)(x)), SEQUENCE).plan({})
    with pytest.raises(SpaceError, match=r"gives one tensor; item 1"):
        traced(lambda x: layers.Dense(1)(layers.Dense(2)(x)[1]), SEQUENCE).plan({})


def test_operations_with_several_outputs() -> None:
    space = traced(lambda x: layers.Concatenate()([ops.split(x, 2, axis=-1)[1], ops.top_k(x, 2)[0]]), VECTOR)
    assert checked(space).output_shape == (None, 5)


def test_lists_in_and_layers_in_layers() -> None:
    @block("b")
    def body(x, *, units=Choice(2, 3)):
        y = layers.Bidirectional(layers.LSTM(units, return_sequences=True), merge_mode="concat")(x)
        z = layers.TimeDistributed(layers.Dense(units * 2))(x)
        return layers.Concatenate()([y, layers.Add()([z, z])])

    assert checked(traced(body, SEQUENCE), {"b/units": 3}).output_shape == (None, 7, 12)


@keras.saving.register_keras_serializable("tests")
class Pair(keras.layers.Layer):
    """Takes and gives dicts."""

    def __init__(self, units, activation=None, **more):
        super().__init__(**more)
        self.units, self.activation = units, keras.activations.get(activation)
        self.dense = keras.layers.Dense(units)

    def build(self, shapes):
        self.dense.build(shapes["a"])

    def call(self, given, scale=1.0):
        y = self.activation(self.dense(given["a"]) * scale)
        return {"sum": y + given["b"], "plain": y}

    def compute_output_shape(self, shapes):
        out = (*shapes["a"][:-1], self.units)
        return {"sum": out, "plain": out}


def test_dicts_in_and_out() -> None:
    @block("b")
    def body(x, *, units=Choice(4, 6)):
        pair = custom(Pair)(units, name="pair")({"a": x, "b": layers.Dense(units)(x)}, scale=2.0)
        return layers.Add()([pair["sum"], pair["plain"]])

    assert checked(traced(body, VECTOR), {"b/units": 4}).output_shape == (None, 4)
    with pytest.raises(SpaceError, match=r"gives a dict of \['plain', 'sum'\]; item 'other'"):
        traced(lambda x: layers.Dense(1)(custom(Pair)(6)({"a": x, "b": x})["other"]), VECTOR).plan({})


def test_the_same_layer_twice_has_one_set_of_weights() -> None:
    def model(a, b):
        both = layers.Dense(3, name="both")
        return layers.Concatenate()([both(a), both(b)])

    space = traced(model, {"a": Input((4,)), "b": Input((4,))})
    assert checked(space).count_params() == 15
    paths = [s.node.path for s in leaves(space.plan({}).steps) if s.node.layer == "both"]
    assert len(set(paths)) == 2


# -- code of one's own


def in_main(source: str) -> dict:
    """What a notebook's cells define."""
    scope = {"__name__": "__main__", "keras": keras}
    exec(source, scope)
    return scope


SCALE = """
class Scale(keras.layers.Layer):
    def __init__(self, start=1.0, **more):
        super().__init__(**more)
        self.start = start
    def build(self, shape):
        self.g = self.add_weight(shape=(shape[-1],), initializer="ones", name="g")
    def call(self, x):
        return x * self.g * self.start
"""


def test_a_class_of_a_notebook_is_kept_by_reference_and_never_as_code() -> None:
    scale = in_main(SCALE)["Scale"]

    @block("b")
    def body(x, *, start=Choice(0.5, 2.0)):
        return custom(scale)(start)(x)

    space = traced(body, VECTOR)
    assert space.objects() == {"__main__:Scale": scale}
    assert checked(space, {"b/start": 2.0}).count_params() == 6
    text = json.dumps(space.to_json())
    assert "def build" not in text
    assert "lambda" not in text
    with pytest.raises(SpaceError, match=r"'__main__:Scale', which cannot be imported.*objects="):
        Space.from_json(json.loads(text)).build({"b/start": 2.0})


def test_two_classes_of_one_name_are_told_apart() -> None:
    first, second = in_main(SCALE)["Scale"], in_main(SCALE)["Scale"]
    space = traced(lambda x: custom(second)()(custom(first)()(x)), VECTOR)
    assert space.objects() == {"__main__:Scale": second, "__main__:Scale#2": first}
    checked(space)


def test_a_function_as_an_argument_goes_by_name() -> None:
    cube = in_main("def cube(x):\n    return x ** 3\n")["cube"]
    space = traced(
        lambda x: layers.Dense(2, activation=cube)(layers.Dense(2, activation=keras.ops.silu)(x)), VECTOR
    )
    assert space.objects() == {"__main__:cube": cube}
    checked(space)
    importable = traced(lambda x: layers.Dense(2, activation=halve)(x), VECTOR)
    assert importable.objects() == {}
    assert "test_layers:halve" in json.dumps(importable.to_json())
    with pytest.raises(SpaceError, match="needs a layer class|wraps a layer class"):
        custom(cube)


def halve(x):
    return x / 2


def test_keras_objects_as_arguments() -> None:
    def model(x):
        init = keras.initializers.RandomNormal(stddev=0.1, seed=3)
        return layers.Dense(2, kernel_initializer=init, kernel_regularizer=keras.regularizers.L2(1e-3))(x)

    checked(traced(model, VECTOR))


def test_what_is_no_data_is_refused_when_it_is_written() -> None:
    space = traced(lambda x: layers.Dense(2, bias_initializer=object())(x), VECTOR)
    with pytest.raises(SpaceError, match="cannot be written as data"):
        space.to_json()


# -- whole models


def backbone(width=4, side=8):
    """Importable by name."""
    inner = keras.Input((side, side, 3))
    x = keras.layers.Conv2D(width, 3, strides=2)(inner)
    return keras.Model(inner, keras.layers.BatchNormalization()(x), name="backbone")


def test_a_nested_model_with_a_decision_to_train_it() -> None:
    @block("b")
    def body(x, *, tune=Choice(False, True), width=Choice(4, 6)):
        return layers.GlobalAveragePooling2D()(external(backbone, width, trainable=tune)(x))

    space = traced(body, PICTURE)
    frozen = checked(space, {"b/tune": False, "b/width": 6})
    assert frozen.trainable_weights == []
    assert len(checked(space, {"b/tune": True, "b/width": 4}).trainable_weights) == 4
    assert space.objects() == {}


def test_a_factory_that_has_no_name_is_kept_by_reference() -> None:
    made = functools.partial(backbone, width=3)
    space = traced(lambda x: external(made)(x), PICTURE)
    assert list(space.objects().values()) == [made]
    checked(space)
    plain = traced(lambda x: external(lambda: backbone(2))(x), PICTURE)
    assert len(plain.objects()) == 1
    checked(plain)


def test_a_model_called_twice_is_one_model() -> None:
    def model(a, b):
        tower = external(backbone, name="tower")
        return layers.Concatenate()([layers.Flatten()(tower(a)), layers.Flatten()(tower(b))])

    space = traced(model, {"a": Input((8, 8, 3)), "b": Input((8, 8, 3))})
    assert checked(space).count_params() == backbone().count_params()


def test_a_model_instead_of_a_factory_is_refused() -> None:
    with pytest.raises(SpaceError, match="needs a function that makes the model"):
        traced(lambda x: external(backbone())(x), PICTURE)


def test_arrays_and_infinities_survive_json() -> None:
    table = np.arange(12, dtype="float32").reshape(6, 2) / 7

    def model(x):
        return ops.where(x @ table > 0, x @ table, -np.inf)

    space = traced(model, VECTOR)
    restored = Space.from_json(json.loads(json.dumps(space.to_json(), allow_nan=False)))
    given = np.ones((2, 6), "float32")
    assert np.array_equal(space.build({})({"x": given}), restored.build({})({"x": given}))
    empty = traced(lambda x: ops.concatenate([x, np.zeros((0, 6), "float32")], axis=0), VECTOR)
    assert Space.from_json(json.loads(json.dumps(empty.to_json()))).fingerprint == empty.fingerprint
