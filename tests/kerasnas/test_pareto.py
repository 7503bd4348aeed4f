"""Domination, fronts, crowding and hypervolume, against brute force; costs as a person writes them."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from kerasnas.errors import SearchError
from kerasnas.objectives.costs import COSTS, excess, read_limits, read_minimised, vector
from kerasnas.objectives.pareto import constrained, crowding, dominates, front, fronts, hypervolume, spread


def some(count: int, size: int, seed: int, top: int = 6) -> list[tuple[float, ...]]:
    rng = random.Random(seed)
    return [tuple(float(rng.randint(0, top - 1)) for _ in range(size)) for _ in range(count)]


def counted(points: list[tuple[float, ...]], top: int = 6) -> int:
    """Unit cells between whole-numbered points and the reference: the hypervolume by counting."""
    size = len(points[0])
    return sum(
        any(all(p <= c for p, c in zip(point, cell, strict=True)) for point in points)
        for cell in itertools.product(range(top), repeat=size)
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(6))
def test_the_hypervolume_is_what_counting_gives(size: int, seed: int) -> None:
    points = some(1 + 3 * seed, size, seed)
    assert hypervolume(points, (6.0,) * size) == pytest.approx(counted(points))


def test_what_is_not_better_than_the_reference_counts_for_nothing() -> None:
    assert hypervolume([(1.0, 7.0), (6.0, 0.0), (math.inf, 0.0)], (6.0, 6.0)) == 0
    assert hypervolume([], (1.0, 1.0)) == 0


def test_fronts_are_what_peeling_gives() -> None:
    points = some(40, 3, 1)
    left, peeled = list(range(40)), []
    while left:
        peeled.append([left[i] for i in front([points[i] for i in left])])
        left = [i for i in left if i not in peeled[-1]]
    assert fronts(points) == peeled
    assert peeled[0] == front(points)


def test_constraints_come_first() -> None:
    assert dominates((1, 2), (1, 3))
    assert not dominates((1, 2), (1, 2))
    assert constrained((9, 9), (1, 1), 0, 0.1)
    assert constrained((9, 9), (1, 1), 0.1, 0.2)
    assert not constrained((1, 1), (9, 9), 0.2, 0.2)
    assert fronts([(1, 1), (9, 9), (5, 5)], [0.5, 0.0, 0.1]) == [[1], [2], [0]]


def test_the_ends_stand_alone() -> None:
    alone = crowding([(0.0, 4.0), (1.0, 2.0), (4.0, 0.0), (1.5, 1.5)])
    assert alone[0] == alone[2] == math.inf
    assert alone[1] == pytest.approx(1.5 / 4 + 2.5 / 4)
    assert crowding([]) == []


def test_a_spread_holds_both_ends() -> None:
    assert spread(range(10), 4) == [0, 3, 6, 9]
    assert spread([4, 2], 5) == [4, 2]
    assert spread([4, 2], 1) == [4]
    assert spread([4, 2], 0) == []


def test_limits_are_numbers_or_text_with_a_unit() -> None:
    given = {"model_size": "2MB", "latency": "5ms", "parameters": "1e6", "flops": "3M", "activations": 1000}
    assert read_limits(given) == {
        "model_size": 2_000_000, "latency": 5, "parameters": 1_000_000, "flops": 3_000_000, "activations": 1000,
    }  # fmt: skip
    assert read_limits({"latency": "0.25 s"}) == {"latency": 250}
    for wrong in ("5", "fast", "5MB", "-1ms", 0, -3, True, None):
        if wrong != "5":
            with pytest.raises(
                SearchError, match=r"limits\['latency'\] is a number above 0, or text .* ms, us, s"
            ):
                read_limits({"latency": wrong})
    with pytest.raises(
        SearchError, match="limits may hold parameters, flops, activations, model_size, latency"
    ):
        read_limits({"size": 3})


def test_costs_to_minimise_are_named_once() -> None:
    assert read_minimised("latency") == ("latency",)
    assert read_minimised(["latency", "flops"]) == ("latency", "flops")
    for wrong in (["speed"], ["flops", "flops"], ["flops", "parameters", "latency", "model_size"]):
        with pytest.raises(SearchError, match="at most 3 different costs"):
            read_minimised(wrong)


def test_a_vector_is_to_be_lowered() -> None:
    cost = {"latency_ms": 3.0, "flops": None}
    assert vector(0.9, cost, ("latency", "flops"), "max") == (-0.9, 3.0, math.inf)
    assert vector(0.9, cost, (), "min") == (0.9,)
    assert excess(cost, {"latency": 2, "flops": 10}) == pytest.approx(1.5)
    assert COSTS["latency"].said(3.14159) == "3.14 ms latency"
    assert COSTS["model_size"].bound(2e6) == "2 MB"
