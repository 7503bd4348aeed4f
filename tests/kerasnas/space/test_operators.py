"""Sampling, mutation, crossover, neighbours and adaptation."""

from __future__ import annotations

import random

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
    layers,
    pick,
    require,
)

from .spaces import VECTOR, cell, vision

ALL = ("vision", "perceptron", "tied", "shared", "patches")


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same(spaces: dict[str, Space], name: str) -> None:
    space = spaces[name]
    a, b = space.sample(1), space.sample(2)
    assert space.sample(1) == a
    assert space.mutate(a, 5) == space.mutate(a, 5)
    assert space.crossover(a, b, 5) == space.crossover(a, b, 5)
    rng = random.Random(0)
    assert [space.sample(rng) for _ in range(4)] == [
        space.sample(r) for r in [random.Random(0)] for _ in range(4)
    ]


def test_no_operator_touches_the_global_generator(spaces: dict[str, Space]) -> None:
    random.seed(1)
    expected = random.Random(1).random()
    for space in spaces.values():
        a = space.sample(0)
        space.mutate(a, 0)
        space.crossover(a, space.sample(1), 0)
        list(space.neighbours(a))
    assert random.random() == expected


def test_sampling_reaches_everything(spaces: dict[str, Space]) -> None:
    space = spaces["vision"].restrict({"net/depth": 1})
    assert len({space.sample(i).key for i in range(120)}) == space.size() == 6


def test_given_values_stay_and_must_fit(spaces: dict[str, Space]) -> None:
    space = spaces["vision"]
    for i in range(8):
        found = space.sample(i, {"net/depth": 3, "net/stage/2/filters": 8})
        assert (found["net/depth"], found["net/stage/2/filters"]) == (3, 8)
        assert space.sample(i, {"net/stage/2/filters": 8})["net/depth"] == 3
    with pytest.raises(GenotypeError, match="no decision"):
        space.sample(0, {"net/depht": 3})
    with pytest.raises(GenotypeError, match="Received: 7"):
        space.sample(0, {"net/depth": 7})
    with pytest.raises(GenotypeError, match="not active"):
        space.sample(0, {"net/depth": 1, "net/stage/2/filters": 8})


@pytest.mark.parametrize("name", ALL)
def test_a_mutation_always_differs_and_is_valid(spaces: dict[str, Space], name: str) -> None:
    space, rng = spaces[name], random.Random(0)
    genotype = space.default()
    for i in range(60):
        child = space.mutate(genotype, rng, count=1 + i % 2)
        assert child != genotype
        assert space.validate(child) == child
        genotype = child


def test_one_mutation_changes_one_decision_and_what_hangs_on_it(spaces: dict[str, Space]) -> None:
    space = spaces["vision"]
    for i in range(40):
        before = space.sample(i)
        after = space.mutate(before, i)
        assert sum(before[p] != after[p] for p in before if p in after) == 1


def test_a_mutation_is_found_where_most_are_forbidden() -> None:
    @block("b")
    def body(x, *, a=IntRange(1, 40), b=IntRange(1, 40)):
        require(a == b)
        return layers.Dense(1)(x * a * b)

    space = Space.trace(body, VECTOR).restrict({"b/a": [3, 7], "b/b": [3, 7]})
    assert space.size() == 2
    assert {space.mutate(space.default(), i)["b/a"] for i in range(8)} == {7}


def test_a_space_of_one_says_that_there_is_no_other(spaces: dict[str, Space]) -> None:
    one = spaces["tied"].pin({"cells/op": "relu", "cells/width": 2})
    with pytest.raises(GenotypeError, match="has no other genotype"):
        one.mutate(one.default(), 0)
    with pytest.raises(GenotypeError, match="count=0"):
        one.mutate(one.default(), 0, count=0)


@pytest.mark.parametrize("name", ALL)
def test_a_child_takes_from_its_parents(spaces: dict[str, Space], name: str) -> None:
    space = spaces[name]
    for i in range(40):
        a, b = space.sample(2 * i), space.sample(2 * i + 1)
        child = space.crossover(a, b, i)
        assert space.validate(child) == child
        for path, value in child.items():
            assert value in [parent[path] for parent in (a, b) if path in parent] or (
                path not in a and path not in b
            )


def test_crossover_drops_what_is_inactive_in_the_child() -> None:
    @block("b")
    def body(x, *, kind=Choice(none=None, cell=cell)):
        return layers.Dense(1)(pick(kind, x))

    space = Space.trace(body, VECTOR)
    a, b = space.validate({"b/kind": "none"}), space.sample(0, {"b/kind": "cell"})
    children = {space.crossover(a, b, i) for i in range(20)}
    assert children == {a, b}


def test_neighbours_are_all_one_decision_away(spaces: dict[str, Space]) -> None:
    for name in ("vision", "tied", "patches"):
        space = spaces[name]
        start = space.sample(4)
        near = list(space.neighbours(start))
        assert len({n.key for n in near}) == len(near)
        assert start not in near
        for other in near:
            assert space.validate(other) == other
            assert sum(start[p] != other[p] for p in start if p in other) == 1
    space = spaces["vision"]
    assert len(list(space.neighbours(space.default()))) == 2 + 1 + 1


def test_neighbours_of_a_real_number_lie_on_both_sides() -> None:
    def model(
        x,
        *,
        rate=FloatRange(1e-3, 1e-1, log=True, default=1e-2),
        more=Optional(FloatRange(0.0, 1.0), on=True),
    ):
        return layers.Dense(1)(x * rate)

    space = Space.trace(model, VECTOR)
    near = list(space.neighbours(space.default()))
    rates = sorted(n["rate"] for n in near if n["rate"] != 1e-2)  # type: ignore[type-var]
    assert rates == pytest.approx([1e-2 / 100**0.1, 1e-2 * 100**0.1])
    assert {n["more"] for n in near} == {0.5, None, 0.4, 0.6}


def test_adapt_keeps_what_fits_and_starts_the_rest_from_defaults() -> None:
    space = vision()
    genotype, coverage = space.adapt(
        {
            "net/depth": 2,
            "net/stage/0/filters": 8,
            "net/stage/1/filters": 99,
            "gone/path": 3,
            "net/stage/2/filters": 8,
        }
    )
    assert genotype == {
        "net/depth": 2,
        "net/stage/0/filters": 8,
        "net/stage/0/attend": "none",
        "net/stage/1/filters": 4,
        "net/stage/1/attend": "none",
    }
    assert coverage == pytest.approx(2 / 5)
    assert space.adapt(genotype) == (genotype, 1.0)
    assert space.adapt({}) == (space.default(), 0.0)


def test_adapt_repairs_what_breaks_a_demand(spaces: dict[str, Space]) -> None:
    genotype, coverage = spaces["patches"].adapt({"patches/patch": 5, "patches/width": 4})
    assert genotype == {"patches/patch": 4, "patches/width": 4}
    assert coverage == 0.5


def test_operators_refuse_what_is_none_of_the_space(spaces: dict[str, Space]) -> None:
    wrong = Genotype({"nothing": 1})
    for use in (
        lambda s: s.mutate(wrong, 0),
        lambda s: s.crossover(wrong, s.default(), 0),
        lambda s: list(s.neighbours(wrong)),
        lambda s: s.is_active(s.default(), "nothing"),
    ):
        with pytest.raises(GenotypeError, match="no decision 'nothing'"):
            use(spaces["vision"])
