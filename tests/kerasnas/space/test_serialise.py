"""A space as data: exact both ways, without code, and careful with data from elsewhere."""

from __future__ import annotations

import copy
import json

import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import Choice, Input, Space, block, custom, external, layers, pick, when
from kerasnas.space.graph import Plan, leaves

from .spaces import PICTURE, VECTOR, perceptron, vision


def again(space: Space, **more) -> Space:
    return Space.from_json(json.loads(json.dumps(space.to_json(), allow_nan=False)), space.objects(), **more)


def shown(plan: Plan) -> list:
    return [
        (
            s.node.kind,
            s.node.path,
            s.node.layer,
            s.node.target and s.node.target.name,
            s.config,
            s.parameters,
            s.flops,
            repr(s.out),
        )
        for s in leaves(plan.steps)
    ] + [
        plan.genotype,
        plan.settings,
        plan.parameters,
        plan.flops,
        plan.activations,
        repr(plan.out),
        list(plan.inputs),
    ]


@pytest.mark.parametrize("name", ["vision", "perceptron", "tied", "shared", "patches"])
def test_a_round_trip_is_exact(spaces: dict[str, Space], name: str) -> None:
    space = spaces[name]
    restored = again(space)
    assert restored.to_json() == space.to_json()
    assert restored.fingerprint == space.fingerprint
    assert list(restored.decisions) == list(space.decisions)
    assert restored.describe() == space.describe()
    assert restored.inputs == space.inputs
    for seed in range(6):
        genotype = space.sample(seed)
        assert restored.sample(seed) == genotype
        assert shown(restored.plan(genotype)) == shown(space.plan(genotype))
        assert restored.mutate(genotype, seed) == space.mutate(genotype, seed)
        assert restored.source(genotype) == space.source(genotype)


def test_everything_in_it_is_json_and_nothing_is_code() -> None:
    text = json.dumps(vision().to_json(), allow_nan=False)
    assert json.loads(text) == vision().to_json()
    assert all(word not in text for word in ("lambda", "bytecode", "marshal", "/home", 'py"'))


def test_another_format_is_refused() -> None:
    data = vision().to_json()
    with pytest.raises(SpaceError, match=r"format 1\. Received: 2"):
        Space.from_json({**data, "format": 2})


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("root"),
        lambda d: d["declared"].pop(),
        lambda d: d["root"]["nodes"].pop(0),
        lambda d: d["root"]["nodes"][-1].update(regions=[{"label": "x"}]),
        lambda d: d.update(root=3),
        lambda d: d["root"].update(out={"$tensor": 9999, "item": None}),
        lambda d: d["root"].update(out={"$call": "system", "args": []}),
        lambda d: d["root"].update(out={"$unknown": 1}),
        lambda d: d["root"].update(out={"nothing": 1}),
    ],
)
def test_damaged_data_is_refused_in_one_way(damage) -> None:
    data = copy.deepcopy(vision().to_json())
    damage(data)
    with pytest.raises(SpaceError, match="damaged|does not know"):
        Space.from_json(data)


def test_an_operation_is_one_of_keras() -> None:
    data = Space.trace(lambda x: layers.Dense(1)(x) * 2, VECTOR).to_json()
    text = json.dumps(data).replace("keras.ops:multiply", "os:system")
    with pytest.raises(SpaceError, match="'os:system' as an operation"):
        Space.from_json(json.loads(text))


def factory():
    import keras

    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])


def test_data_from_elsewhere_calls_only_what_is_known() -> None:
    space = Space.trace(lambda x: external(factory)(x), VECTOR)
    data = space.to_json()
    assert again(space).build({}).count_params() == 14
    with pytest.raises(SpaceError, match=r"test_serialise:factory', which is neither Keras' nor ours"):
        Space.from_json(data, safe=True)
    name = f"{factory.__module__}:factory"
    assert Space.from_json(data, {name: factory}, safe=True).build({}).count_params() == 14
    assert again(vision(), safe=True).fingerprint == vision().fingerprint
    code = json.dumps(data).replace(name, "subprocess:call")
    with pytest.raises(SpaceError, match="'subprocess:call'"):
        Space.from_json(json.loads(code), safe=True)


def test_an_argument_from_elsewhere_is_no_lambda() -> None:
    space = Space.trace(lambda x: layers.Lambda(lambda y: y)(x), VECTOR)
    text = json.dumps(space.to_json())
    assert "__lambda__" not in text
    assert len(space.objects()) == 1
    with pytest.raises(SpaceError, match="cannot be imported"):
        Space.from_json(json.loads(text))
    assert again(space).fingerprint == space.fingerprint


def test_named_values_keep_their_meaning() -> None:
    @block("b")
    def body(x, *, window=Choice(small=(3, 3), wide=(1, 5)), act=Choice(a="relu", b=None)):
        return layers.Conv2D(2, window, activation=act, padding="same")(x)

    space = Space.trace(body, PICTURE)
    restored = again(space).restrict({"b/window": "wide"})
    steps = list(leaves(restored.plan(restored.default()).steps))
    assert steps[-1].config["kernel_size"] == (1, 5)
    assert steps[-1].config["activation"] == "relu"


def test_the_fingerprint_sees_every_change() -> None:
    def of(**changes):
        @block("b")
        def body(
            x, *, n=changes.get("n", Choice(1, 2)), kind=Choice(none=None, dense=lambda y: layers.Dense(2)(y))
        ):
            y = pick(kind, layers.Dense(changes.get("units", 4), name=changes.get("name"))(x))
            return when(n > changes.get("bound", 1), lambda: layers.ReLU()(y), y)

        return Space.trace(body, {"x": Input(changes.get("shape", (6,)))}).fingerprint

    same, *changed = [
        of(),
        of(n=Choice(1, 3)),
        of(n=Choice(1, 2, default=2)),
        of(units=5),
        of(name="first"),
        of(bound=2),
        of(shape=(7,)),
    ]
    assert same == of()
    assert len({same, *changed}) == 7


def test_a_restricted_space_can_be_widened_again_from_what_was_declared() -> None:
    space = Space.trace(perceptron, VECTOR)
    narrow = space.restrict({"perceptron/depth": 2})
    assert narrow.declared["perceptron/depth"].options == (0, 1, 2)
    assert again(narrow).declared["perceptron/depth"].options == (0, 1, 2)


def test_custom_keeps_its_name() -> None:
    import keras

    space = Space.trace(lambda x: custom(keras.layers.Dense)(3)(x), VECTOR)
    assert again(space).build({}).count_params() == 21
