"""``check_block`` passes what is right, and every kind of drift makes it fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from kerasnas.errors import SpaceError
from kerasnas.lower import cost, source, text
from kerasnas.lower.rules import RULES
from kerasnas.space import Choice, FloatRange, Input, Space, block, layers, ops, pick
from kerasnas.space.graph import Inferred, Spec
from kerasnas.testing import check_block

INPUTS = {"x": Input((6, 5))}


@block("net")
def net(x: Any, *, filters: Any = Choice(4, 6), rate: Any = FloatRange(0.1, 0.4)) -> Any:
    x = layers.BatchNormalization()(layers.Conv1D(filters, 3, padding="same", name="conv")(x))
    x = layers.LSTM(3, name="memory")(layers.Dropout(rate)(x))
    return layers.Dense(2, activation="tanh", name="out")(x)


@pytest.fixture(autouse=True)
def _fresh_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_rules", {})


def spoil(monkeypatch: pytest.MonkeyPatch, layer: str, change: Callable[[Inferred], Inferred]) -> None:
    """Make one rule wrong."""
    right = RULES[f"keras.layers:{layer}"]
    monkeypatch.setitem(RULES, f"keras.layers:{layer}", lambda *a, **k: change(right(*a, **k)))  # type: ignore[arg-type]


def test_what_is_right_passes_and_is_told() -> None:
    found = check_block(net, INPUTS, samples=3)
    assert found.genotypes == 4
    assert found.parameters[0] < found.parameters[1]
    assert found.difference <= 1e-5
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("layer", "change", "told"),
    [
        (
            "Conv1D",
            lambda i: dataclasses.replace(i, parameters=i.parameters + 1),
            "'net/conv': cost says .* parameters",
        ),
        ("Conv1D", lambda i: dataclasses.replace(i, flops=i.flops * 1.02), "'net.conv': cost says .* FLOPs"),
        (
            "Conv1D",
            lambda i: dataclasses.replace(i, out=Spec((None, 4, 4))),
            "'net/conv': cost says .* Keras",
        ),
        ("Conv1D", lambda i: dataclasses.replace(i, out=Spec(i.out.shape, "float16")), "float16"),
        ("LSTM", lambda i: dataclasses.replace(i, flops=0), "'net.memory': cost says 0 FLOPs"),
        (
            "BatchNormalization",
            lambda i: dataclasses.replace(i, parameters=i.parameters // 2),
            "batch_normalization",
        ),
        ("Dropout", lambda i: dataclasses.replace(i, flops=10), "'net.dropout': cost says 10 FLOPs"),
    ],
)
def test_a_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch, layer: str, change: Any, told: str) -> None:
    spoil(monkeypatch, layer, change)
    with pytest.raises(AssertionError, match=told) as caught:
        check_block(net, INPUTS, samples=1)
    assert any(note.startswith("Genotype: {") for note in caught.value.__notes__)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('activation="tanh"', 'activation="relu"', "outputs differ"),
        ('padding="same"', 'padding="same", dilation_rate=2', "outputs differ"),
        ('name=f"{name}.out"', 'name=f"{name}.exit"', "'net.out'.* are missing"),
        ("units=2", "units=3", "The weights of 'net.out' have the shapes"),
        ("layers.BatchNormalization(", "layers.BatchNormalization(epsilon=0.5, ", "outputs differ"),
    ],
)
def test_a_wrong_source_is_caught(monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str) -> None:
    right = source.source

    def wrong(plan: Any) -> str:
        written = right(plan)
        assert old in written
        return written.replace(old, new)

    monkeypatch.setattr(source, "source", wrong)
    with pytest.raises(AssertionError, match=told):
        check_block(net, INPUTS, samples=1)


def test_variables_in_the_wrong_order_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    @block("difference")
    def difference(x: Any, y: Any) -> Any:
        return layers.Subtract()([layers.Dense(2, name="a")(x), layers.Dense(2, name="b")(y)])

    shapes = {"x": Input((3,)), "y": Input((3,))}
    check_block(difference, shapes)
    right = text.literal

    def swapped(value: Any, variables: Any, called: Any) -> str:
        written = right(value[::-1] if isinstance(value, list) else value, variables, called)
        return str(written)

    monkeypatch.setattr(source, "literal", swapped)
    with pytest.raises(AssertionError, match="outputs differ"):
        check_block(difference, shapes)


def test_lost_statistics_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from kerasnas.testing import blocks

    def without_statistics(a: Any, b: Any) -> None:
        for layer in a.layers:
            kept = [w for w in layer.weights if "moving" not in w.path]
            for mine, other in zip(kept, b.get_layer(layer.name).weights, strict=False):
                other.assign(mine)

    monkeypatch.setattr(blocks, "copy_by_name", without_statistics)
    with pytest.raises(AssertionError, match="outputs differ"):
        check_block(net, INPUTS, samples=1)


def test_an_unread_decision_is_refused() -> None:
    @block("net")
    def idle(x: Any, *, units: Any = Choice(2, 3), forgotten: Any = Choice(1, 2)) -> Any:
        return layers.Dense(units)(x)

    with pytest.raises((AssertionError, SpaceError), match="net/forgotten"):
        check_block(idle, INPUTS)


def test_a_decision_whose_layer_no_output_needs_is_refused() -> None:
    @block("net")
    def idle(x: Any, *, units: Any = Choice(2, 3), lost: Any = Choice(2, 3)) -> Any:
        layers.Dense(lost)(x)
        return layers.Dense(units)(x)

    with pytest.raises(AssertionError, match=r"Changing \['net/lost'\] changes nothing"):
        check_block(idle, INPUTS)


def test_a_decision_that_matters_in_one_branch_only_is_fine() -> None:
    @block("net")
    def branches(
        x: Any, *, kind: Any = Choice(plain=None, dense=layers_of), units: Any = Choice(2, 3)
    ) -> Any:
        return layers.Dense(2)(ops.multiply(pick(kind, x), 2.0 * units))

    check_block(branches, INPUTS, samples=4)


def layers_of(x: Any) -> Any:
    return layers.Dense(5)(x)


def test_a_space_that_json_changes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    space = Space.trace(net, INPUTS)
    other = Space.trace(net.using(filters=Choice(4, 8)), INPUTS)
    monkeypatch.setattr(Space, "from_json", classmethod(lambda cls, data, objects=None: other))
    with pytest.raises(AssertionError, match="differs after a round trip through JSON"):
        check_block(space)


def test_integers_are_drawn_from_given_bounds() -> None:
    @block("net")
    def words(ids: Any, *, width: Any = Choice(2, 3)) -> Any:
        return layers.GlobalAveragePooling1D()(layers.Embedding(50, width)(ids))

    check_block(words, {"ids": Input((4,), "int32")}, samples=1, numbers={"ids": (0, 50)})
    from kerasnas.testing.blocks import _inputs

    plan = Space.trace(words, {"ids": Input((400,), "int32")}).plan({"net/width": 2})
    drawn = _inputs(plan, 3, {"ids": (10, 50)}, 0)["ids"]
    assert drawn.min() == 10
    assert drawn.max() == 49
