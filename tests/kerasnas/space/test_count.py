"""The size of a space equals what listing it gives."""

from __future__ import annotations

import math

import pytest

from kerasnas.errors import GenotypeError
from kerasnas.space import (
    Choice,
    FloatRange,
    Genotype,
    IntRange,
    Optional,
    Space,
    block,
    channels,
    layers,
    pick,
    repeat,
    require,
    size,
    tied,
    when,
)

from .spaces import PICTURE, VECTOR, cell, vision


class _Need(Exception):
    def __init__(self, decision) -> None:
        self.decision = decision


def listed(space: Space) -> set[str]:
    """Every genotype, the slow way."""

    def fill(decision):
        raise _Need(decision)

    found, todo = set(), [{}]
    while todo:
        given = todo.pop()
        try:
            found.add(Genotype(space.walk(given, fill, None).genotype).key)
        except _Need as need:
            todo += [{**given, need.decision.path: v} for v in need.decision.domain()]
        except GenotypeError:
            continue
    return found


@block("conditional")
def conditional(x, *, n=IntRange(1, 3), m=Choice(1, 2, 3), extra=Optional(Choice("a", "b"))):
    require((m != 2) | (n > 1))
    y = when((n + m) > 3, lambda: cell(x), lambda: layers.Dense(n)(x), "large")
    return layers.Dense(m)(when(extra == "a", lambda: cell(y, name="second"), y))


@block("by_size")
def by_size(x, *, width=Choice(2, 4, 8), other=Choice(1, 2, 3), wrap=Choice(none=None, cell=cell)):
    y = layers.Dense(width)(x)
    y = pick(wrap, y)
    require(channels(y) % 2 == 0)
    return layers.Dense(other)(when(channels(y) > 3, lambda: cell(y, name="late"), y))


@block("late_demand")
def late_demand(x, *, stride=Choice(1, 2, 4), patch=Choice(1, 2, 3, 4, 8)):
    x = layers.Conv2D(2, 3, strides=stride, padding="same")(x)
    require(size(x) % patch == 0)
    return layers.Conv2D(2, patch, strides=patch)(x)


def twice(x):
    one = tied(conditional, "t")
    return one(one(x))


@pytest.mark.parametrize(
    ("fn", "inputs"),
    [(conditional, VECTOR), (by_size, VECTOR), (late_demand, PICTURE), (twice, VECTOR)],
    ids=["conditional", "by_size", "late_demand", "twice"],
)
def test_the_count_is_exact(fn, inputs) -> None:
    space = Space.trace(fn, inputs)
    assert space.size_is_exact
    assert space.size() == len(listed(space))


def test_restrictions_count(spaces: dict[str, Space]) -> None:
    for name in ("vision", "patches", "tied", "shared"):
        space = spaces[name]
        if name == "vision":
            space = space.restrict({"net/depth": [1, 2]})
        assert space.size() == len(listed(space)), name


def test_a_large_space_is_counted_without_listing_it() -> None:
    def model(x, *, depth=IntRange(0, 60)):
        return repeat(depth, cell, x, "c")

    space = Space.trace(model, VECTOR)
    assert space.size() == sum(4**n for n in range(61))
    assert space.size_is_exact


def test_a_real_number_is_infinite_until_it_is_fixed() -> None:
    def model(x, *, rate=FloatRange(0.0, 1.0), n=Choice(1, 2)):
        return layers.Dense(n)(layers.Dropout(rate)(x))

    space = Space.trace(model, VECTOR)
    assert space.size() == math.inf
    assert space.restrict({"rate": 0.5}).size() == 2
    assert space.restrict({"rate": [0.1, 0.5]}).size() == 4


def test_too_many_sizes_give_a_bound_that_says_so() -> None:
    @block("wide")
    def wide(x, *, width=IntRange(1, 3000)):
        y = layers.Dense(width)(x)
        return when(channels(y) > 10, lambda: cell(y), y)

    space = Space.trace(wide, VECTOR)
    assert not space.size_is_exact
    assert space.size() == 3000 * 4
    assert "at most 12,000" in space.describe()


def test_the_default_vision_space() -> None:
    per_unit = 2 * (1 + 2)
    assert vision().size() == sum(per_unit**d for d in (1, 2, 3))
