"""Banning and widening: what becomes of each kind of decision, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import (
    Choice,
    FloatRange,
    Input,
    IntRange,
    Optional,
    Space,
    block,
    layers,
    pick,
    present,
    repeat,
    when,
)

X = {"x": Input((6,))}


@block("wide")
def wide(x: Any, *, units: Any = Choice(8, 16)) -> Any:
    return layers.Dense(units)(x)


@block("net")
def net(
    x: Any,
    *,
    depth: Any = IntRange(1, 3),
    size: Any = IntRange(2, 8, default=4, log=True),
    act: Any = Choice("relu", "tanh", "gelu"),
    rate: Any = Optional(FloatRange(0.1, 0.5)),
    named: Any = Choice(small=3, large=5),
    kind: Any = Choice(none=None, wide=wide),
    scale: Any = FloatRange(0.5, 2.0),
) -> Any:
    x = repeat(depth, lambda y: layers.Dense(size, activation=act)(y), x, "hidden")
    x = layers.Dense(named)(pick(kind, layers.Rescaling(scale)(x)))
    return layers.Dense(1)(when(present(rate), lambda: layers.Dropout(rate)(x), x))


@pytest.fixture
def space() -> Space:
    return Space.trace(net, X)


def allowed(space: Space, path: str) -> str:
    return space.decisions[f"net/{path}"].expected()


@pytest.mark.parametrize(
    ("path", "banned", "left"),
    [
        ("act", ["tanh"], "one of ['relu', 'gelu']"),
        ("act", "relu", "one of ['tanh', 'gelu']"),
        ("depth", 3, "an integer in [1, 2]"),
        ("depth", [2], "one of [1, 3]"),
        ("size", (5, 9), "an integer in [2, 4]"),
        ("rate", None, "a number in [0.1, 0.5]"),
        ("rate", (0.3, 1.0), "a number in [0.1, 0.3] or None"),
        ("rate", (0.0, 1.0), "None"),
        ("scale", (0.0, 1.0), "a number in [1.0, 2.0]"),
        ("kind", "wide", "one of ['none']"),
    ],
)
def test_what_is_banned_is_gone(space: Space, path: str, banned: Any, left: str) -> None:
    narrow = space.ban({f"net/{path}": banned})
    assert allowed(narrow, path) == left
    assert narrow.decisions[f"net/{path}"].accepts(narrow.default()[f"net/{path}"])
    assert allowed(narrow.widen({f"net/{path}": ...}), path) == allowed(space, path)
    assert narrow.widen({f"net/{path}": ...}).fingerprint == space.fingerprint


@pytest.mark.parametrize(
    ("path", "banned", "said"),
    [
        ("act", "elu", "cannot be banned from 'elu', which it does not have"),
        ("act", ["relu", "tanh", "gelu"], "leaves nothing"),
        ("scale", 1.0, "single values cannot be banned"),
        ("scale", (0.9, 1.1), "leave a hole"),
        ("scale", (0.1, 5.0), "leaves nothing"),
        ("depth", (7, 9), "has nothing in"),
        ("depth", ("a", 2), "a pair"),
        ("dept", 1, "Did you mean 'net/depth'"),
    ],
)
def test_what_cannot_be_banned_is_said(space: Space, path: str, banned: Any, said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        space.ban({f"net/{path}": banned})


@pytest.mark.parametrize(
    ("path", "by", "wider"),
    [
        ("act", ["silu"], "one of ['relu', 'tanh', 'gelu', 'silu']"),
        ("size", (1, 64), "an integer in [1, 64]"),
        ("size", [9], "an integer in [2, 9]"),
        ("size", [16], "one of [2, 3, 4, 5, 6, 7, 8, 16]"),
        ("scale", (0.1, 4), "a number in [0.1, 4.0]"),
        ("rate", (0.0, 0.9), "a number in [0.0, 0.9] or None"),
    ],
)
def test_a_decision_widens_beyond_what_was_declared(space: Space, path: str, by: Any, wider: str) -> None:
    wide = space.widen({f"net/{path}": by})
    assert allowed(wide, path) == wider
    assert wide.default() == space.default()
    restored = Space.from_json(wide.to_json(), wide.objects())
    assert restored.fingerprint == wide.fingerprint != space.fingerprint
    assert {restored.sample(i).get(f"net/{path}") for i in range(30)} == {
        wide.sample(i).get(f"net/{path}") for i in range(30)
    }


def test_a_wider_value_reaches_the_layer(space: Space) -> None:
    wide = space.widen({"net/size": (1, 64), "net/act": ["silu"]})
    genotype = {**wide.default(), "net/size": 64, "net/act": "silu"}
    assert wide.cost(genotype).parameters > space.cost(space.default()).parameters
    assert "silu" in wide.source(genotype)


def test_what_was_banned_comes_back_one_by_one(space: Space) -> None:
    narrow = space.restrict(
        {"net/act": ["gelu"], "net/kind": ["none"], "net/named": ["large"], "net/depth": 2}
    )
    wide = narrow.widen(
        {"net/act": "relu", "net/kind": ["wide"], "net/named": ["small"], "net/depth": (1, 3)}
    )
    assert allowed(wide, "act") == "one of ['relu', 'gelu']"
    assert [allowed(wide, p) for p in ("kind", "named", "depth")] == [
        allowed(space, p) for p in ("kind", "named", "depth")
    ]


@pytest.mark.parametrize(
    ("path", "by", "said"),
    [
        ("kind", ["tower"], "is over functions, which are recorded"),
        ("named", ["huge"], "is over labels"),
        ("depth", (1, 6), "how often a block is repeated"),
        ("act", [3], "must be of the type of those declared"),
        ("size", (0, 9), "logarithmic scale"),
        ("size", (3, 9), "use restrict"),
        ("size", (2, 9.5), "an integer"),
        ("size", None, "not declared as Optional"),
        ("scale", [3.0], "Expected a pair"),
        ("nothing", ..., "has no decision"),
    ],
)
def test_what_cannot_be_widened_is_said(space: Space, path: str, by: Any, said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        space.widen({f"net/{path}": by})


def test_changes_are_said_in_words(space: Space) -> None:
    other = space.ban({"net/act": "tanh"}).where("small", parameters=500)
    assert set(space.diff(other)) == {"net/act", "where small"}
    assert space.diff(other)["where small"] == (None, "at most 500 parameters")
    said = space.changes(other)
    assert "net/act: one of ['relu', 'tanh', 'gelu'], default 'relu' -> one of ['relu', 'gelu']" in said
    assert "where small: only in 'space': at most 500 parameters" in said
    more = Space.trace(wide, X, name="other")
    assert "wide/units: only in 'other'" in space.changes(more)
    assert space.changes(Space.trace(net, X)) == "The spaces are equal."
