"""Names: decisions keep their paths when something else changes, and nothing is named twice."""

from __future__ import annotations

import pytest

from kerasnas.errors import DuplicatePathError, SpaceError
from kerasnas.space import (
    Choice,
    Input,
    Space,
    align,
    block,
    channels,
    layers,
    ops,
    pick,
    repeat,
    shared,
    tied,
    when,
)

from .spaces import VECTOR, cell, vision


def traced(fn, inputs=VECTOR) -> Space:
    return Space.trace(fn, inputs)


def plain(x):
    return layers.Dense(4)(x)


def conv(x):
    return layers.Dense(3, use_bias=False)(x)


@block("unit")
def unit(x, *, units=Choice(2, 4), kind=Choice(none=None, plain=plain, conv=conv)):
    return pick(kind, layers.Dense(units)(x))


def base(x, extra=lambda x: x, name="first"):
    x = layers.Dense(8, name=name)(x)
    x = extra(x)
    x = unit(x)
    x = when(channels(x) > 2, lambda: layers.Dense(2)(x), x)
    x = repeat(2, unit, x, "stage")
    return layers.Dense(1)(x)


EDITS = {
    "a layer inserted": lambda x: base(x, lambda x: layers.LayerNormalization()(x)),
    "a layer of the same class inserted": lambda x: base(x, lambda x: layers.Dense(5)(x)),
    "a block inserted": lambda x: base(x, lambda x: unit(x, name="extra")),
    "a layer renamed": lambda x: base(x, name="renamed"),
    "a branch inserted": lambda x: base(x, lambda x: when(channels(x) > 1, lambda: layers.Dense(7)(x), x)),
    "an operation inserted": lambda x: base(x, lambda x: ops.relu(x) * 2),
}


@pytest.mark.parametrize("edit", EDITS)
def test_decisions_keep_their_paths(edit: str) -> None:
    before, after = traced(base), traced(EDITS[edit])
    assert list(before.decisions) == [
        "unit/units",
        "unit/kind",
        "stage/0/units",
        "stage/0/kind",
        "stage/1/units",
        "stage/1/kind",
    ]
    assert [p for p in after.decisions if not p.startswith("extra/")] == list(before.decisions)
    genotype = before.sample(3)
    assert set(after.adapt(genotype)[0]) >= set(genotype)


def test_a_layer_or_block_removed_leaves_the_other_paths() -> None:
    with_extra = traced(EDITS["a block inserted"])
    assert set(traced(base).decisions) == {p for p in with_extra.decisions if not p.startswith("extra/")}


def test_options_added_and_reordered_read_old_genotypes_alike() -> None:
    def of(choice):
        @block("b")
        def body(x, *, op=choice):
            return layers.Dense(1)(pick(op, x))

        return traced(body)

    old = of(Choice(plain=plain, conv=conv))
    new = of(Choice(more=lambda x: layers.Dense(9)(x), conv=conv, plain=plain))
    for label in ("plain", "conv"):
        assert old.plan({"b/op": label}).parameters == new.plan({"b/op": label}).parameters
        assert [n.layer for n in old.all_nodes() if label in n.path] == [
            n.layer for n in new.all_nodes() if label in n.path
        ]


def test_branches_name_their_scopes_by_decision_and_option() -> None:
    assert "perhaps/kind=cell/cell/op" in traced(perhaps).decisions


@block("perhaps")
def perhaps(x, *, kind=Choice(none=None, cell=cell)):
    return layers.Dense(1)(pick(kind, x))


def test_a_named_condition_is_a_scope_and_an_unnamed_one_is_none() -> None:
    def named(x):
        return when(channels(x) > 2, lambda: cell(x), lambda: cell(x, name="other"), "wide")

    def unnamed(x):
        return when(channels(x) > 2, lambda: cell(x), lambda: cell(x, name="other"))

    assert list(traced(named).decisions) == [
        "wide=no/other/op",
        "wide=no/other/width",
        "wide=yes/cell/op",
        "wide=yes/cell/width",
    ]
    assert list(traced(unnamed).decisions) == ["other/op", "other/width", "cell/op", "cell/width"]


def test_a_plain_function_declares_at_the_top() -> None:
    def model(x, *, units=Choice(2, 3)):
        return layers.Dense(units)(x)

    assert list(traced(model).decisions) == ["units"]


TWICE = {
    "a block called again": lambda x: cell(cell(x)),
    "two calls of one name": lambda x: cell(cell(x, name="a"), name="a"),
    "inside a block called again": lambda x: _outer(_outer(x)),
    "inside a tied block": lambda x: tied(_two, "t")(x),
    "both branches of an unnamed condition": lambda x: when(
        channels(x) > 2, lambda: cell(x), lambda: cell(x)
    ),
    "a decision picked again": lambda x: _picks(x),
    "two layers of one name": lambda x: layers.Dense(2, name="d")(layers.Dense(2, name="d")(x)),
    "a layer and one in a scope of its name": lambda x: _named_like_a_path(x),
    "two picks of one name": lambda x: _named_picks(x),
}


@block("outer")
def _outer(x):
    return cell(x, name="inner")


@block("two")
def _two(x):
    return cell(cell(x))


@block("picks")
def _picks(x, *, kind=Choice(cell=cell, none=None)):
    return pick(kind, pick(kind, x))


@block("named")
def _named_picks(x, *, kind=Choice(cell=cell, none=None)):
    return pick(kind, pick(kind, x, name="p"), name="p")


@block("a")
def _a(x):
    return layers.Dense(2, name="b.dense")(x)


@block("b")
def _b(x):
    return layers.Dense(2, name="dense")(x)


def _named_like_a_path(x):
    return _b(_a(x), name="a/b")


@pytest.mark.parametrize("what", TWICE)
def test_nothing_is_named_twice(what: str) -> None:
    with pytest.raises(DuplicatePathError, match=r"name=|[Rr]ename|another name"):
        traced(TWICE[what])


def test_a_decision_picked_again_has_weights_of_its_own() -> None:
    @block("b")
    def body(x, *, kind=Choice(plain=plain, none=None)):
        return layers.Dense(1)(pick(kind, pick(kind, x)))

    space = traced(body)
    assert space.plan({"b/kind": "plain"}).parameters == (6 * 4 + 4) + (4 * 4 + 4) + 5


def test_picks_with_names_hold_decisions_of_their_own() -> None:
    @block("b")
    def body(x, *, kind=Choice(cell=cell, none=None)):
        return layers.Dense(1)(pick(kind, pick(kind, x, name="first"), name="second"))

    assert [p for p in traced(body).decisions if p.endswith("/op")] == [
        "b/first=cell/cell/op",
        "b/second=cell/cell/op",
    ]


def test_tied_calls_share_decisions_and_not_weights(spaces: dict[str, Space]) -> None:
    space = spaces["tied"]
    assert list(space.decisions) == ["cells/op", "cells/width"]
    plan = space.plan({"cells/op": "relu", "cells/width": 3})
    assert plan.parameters == (6 * 3 + 3) + (3 * 3 + 3) + 4


def test_shared_calls_share_both(spaces: dict[str, Space]) -> None:
    space = spaces["shared"]
    assert list(space.decisions) == ["tower/op", "tower/width"]
    assert space.plan({"tower/op": "relu", "tower/width": 3}).parameters == 6 * 3 + 3


def test_tied_decisions_must_be_declared_alike() -> None:
    def body(x):
        one = tied(cell, "t")
        return one.using(width=Choice(5, 6))(one(x))

    with pytest.raises(SpaceError, match="'t/width' was declared with"):
        traced(body)


def test_a_shared_layer_keeps_one_configuration() -> None:
    @block("b")
    def body(a, b):
        tower = shared(_to_own_width, "tower")
        return layers.Concatenate()([tower(a), tower(b)])

    space = traced(body, {"a": Input((4,)), "b": Input((5,))})
    with pytest.raises(
        SpaceError, match=r"'b?/?tower/dense' is called twice and would need two configurations"
    ):
        space.plan({})


@block("own")
def _to_own_width(x):
    return layers.Dense(channels(x))(x)


def test_repeat_gives_each_step_decisions_of_its_own_or_one_set() -> None:
    free = traced(lambda x: repeat(2, cell, x, "s"))
    assert [p for p in free.decisions if p.endswith("op")] == ["s/0/op", "s/1/op"]
    one = traced(lambda x: repeat(2, cell, x, "s", tie=True))
    assert [p for p in one.decisions if p.endswith("op")] == ["s/op"]


def test_align_finds_unnamed_layers_again() -> None:
    before = traced(lambda x: layers.Dense(2)(layers.Dense(3)(x)))
    after = traced(lambda x: layers.Dense(2)(layers.Dense(9)(layers.Dense(3)(x))))
    assert align(before, after) == {"dense": "dense", "dense_3": "dense_2"}
    assert align(vision(), vision()) == {n.layer: n.layer for n in vision().all_nodes() if n.layer}


def test_a_layer_object_has_a_name_in_each_trace() -> None:
    layer = layers.Dense(3)
    first = traced(lambda x: layer(layers.Dense(3)(x)))
    again = traced(lambda x: layer(x))
    assert {n.layer for n in first.all_nodes() if n.layer} == {"dense", "dense_2"}
    assert {n.layer for n in again.all_nodes() if n.layer} == {"dense"}


@pytest.mark.parametrize("name", ["a b", 'a"b', "", "/a", "a/", "é"])
def test_names_that_would_break_paths_are_refused(name: str) -> None:
    with pytest.raises(SpaceError, match="A name may hold"):
        traced(lambda x: layers.Dense(1, name=name)(x))
