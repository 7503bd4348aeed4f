"""Constraints over several decisions: declared, stored, and met by all that a space gives, without stalling."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from kerasnas.errors import ConstraintError, KerasnasError, SpaceError
from kerasnas.space import Choice, Input, IntRange, Space, block, layers, ops, pick, present, repeat


@block("attention")
def attention(x: Any, *, heads: Any = Choice(1, 2, 4)) -> Any:
    return layers.MultiHeadAttention(heads, 4)(x, x)


@block("dense")
def dense(x: Any) -> Any:
    return layers.Dense(8)(x)


@block("net")
def net(
    x: Any,
    *,
    op: Any = Choice(dense=dense, attention=attention),
    depth: Any = IntRange(1, 8, default=6),
    width: Any = Choice(8, 64, 256, 1024, default=256),
) -> Any:
    x = pick(op, layers.Dense(8)(x))
    x = repeat(depth, lambda y: layers.Dense(8)(layers.Dense(width)(y)), x, "stage")
    return layers.Dense(1)(ops.mean(x, axis=1))


@pytest.fixture
def space() -> Space:
    return Space.trace(net, {"x": Input((5, 3))})


def shallow(value: Any) -> Any:
    """Attention only with depth below 4."""
    return (value("net/op") != "attention") | (value("net/depth") < 4)


def kept(space: Space, genotype: Any) -> bool:
    deep = genotype["net/op"] == "attention" and genotype["net/depth"] >= 4
    return not deep and space.cost(genotype).parameters <= 9000


def test_every_operator_meets_the_constraints(space: Space) -> None:
    held = space.where("small", parameters="9k").where("shallow attention", shallow)
    assert kept(held, held.default())
    drawn = [held.sample(i) for i in range(40)]
    assert len(set(drawn)) > 15
    assert {g["net/op"] for g in drawn} == {"dense", "attention"}
    for i, genotype in enumerate(drawn):
        child = held.mutate(genotype, i)
        assert kept(held, genotype)
        assert child != genotype
        assert kept(held, child)
        assert kept(held, held.crossover(genotype, drawn[i - 1], i))
    for near in held.neighbours(drawn[0]):
        assert kept(held, near)
    big = {"net/op": "attention", "net/depth": 8, "net/width": 1024}
    adapted, coverage = held.adapt({**space.default(), **big})
    assert kept(held, adapted)
    assert 0 < coverage < 1


def test_a_genotype_that_breaks_one_is_refused_with_words(space: Space) -> None:
    held = space.where("small", parameters=9000).where("shallow attention", shallow)
    with pytest.raises(ConstraintError, match=r"'small': [\d,]+ parameters: the space allows at most 9,000"):
        held.validate(space.default())
    deep = space.sample(0, {"net/op": "attention", "net/depth": 5, "net/width": 8})
    with pytest.raises(ConstraintError, match="net/op = 'attention', net/depth = 5") as caught:
        held.plan(deep)
    assert caught.value.constraint == "shallow attention"


def test_they_are_part_of_the_data_and_of_the_fingerprint(space: Space) -> None:
    held = space.where("both", shallow, flops="1M")
    restored = Space.from_json(json.loads(json.dumps(held.to_json())), held.objects(), safe=True)
    assert restored.fingerprint == held.fingerprint != space.fingerprint
    assert [restored.sample(i) for i in range(10)] == [held.sample(i) for i in range(10)]
    assert "where both: at most 1,000,000 flops" in restored.describe()
    assert not held.size_is_exact
    assert held.restrict({"net/width": [8]}).constraints == held.constraints


def test_what_is_given_stays(space: Space) -> None:
    held = space.where("small", parameters=9000)
    for seed in range(10):
        assert held.sample(seed, {"net/width": 256})["net/depth"] <= 2
    with pytest.raises(ConstraintError, match="nearest miss: .* parameters"):
        held.sample(0, {"net/width": 1024})


def test_a_tight_one_does_not_stall(space: Space) -> None:
    least = space.extremes()[0].cost.parameters
    tight = space.where("tight", parameters=least + 300)
    began = time.perf_counter()
    for seed in range(20):
        assert tight.cost(tight.sample(seed)).parameters <= least + 300
        tight.mutate(tight.default(), seed)
    assert time.perf_counter() - began < 20


def test_one_that_nothing_meets_names_the_nearest_miss(space: Space) -> None:
    least = space.extremes()[0].cost.parameters
    with pytest.raises(SpaceError, match=f"'tiny'. The nearest miss: {least:,} parameters"):
        space.where("tiny", parameters=10)
    with pytest.raises(SpaceError, match="never"):
        space.where("never", lambda v: (v("net/depth") > 4) & (v("net/depth") < 3))


def test_what_cannot_be_said_holds(space: Space) -> None:
    path = next(p for p in space.decisions if p.endswith("heads"))
    held = space.where("one head", lambda v: (v(path) < 2) & (v("net/depth") > 1))
    found = [held.sample(i) for i in range(40)]
    assert all(g.get(path, 1) == 1 and g["net/depth"] > 1 for g in found)
    assert any(path not in g for g in found)
    only = space.where("heads are there", lambda v: present(v(path)))
    assert all(path in only.sample(i) for i in range(10))
    neither = space.where("not", lambda v: ~present(v(path)))
    assert all(path not in neither.sample(i) for i in range(10))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (({},), "demands nothing"),
        (({"parameters": "many"},), "a number above 0"),
        (({"latency": "5ms"},), "Search\\(limits="),
        (({"weight": 3},), "limits may hold"),
        (({}, lambda v: True), "needs a condition"),
        (({}, lambda v: v("net/op") == "atention"), "Expected one of"),
    ],
)
def test_what_cannot_be_declared_is_said(space: Space, given: Any, said: str) -> None:
    most, *condition = given
    with pytest.raises(KerasnasError, match=said):
        space.where("wrong", *condition, **most)


def test_a_space_and_a_search_refuse_alike(space: Space) -> None:
    from kerasnas.objectives.costs import refusal

    held = space.where("small", parameters=9000)
    found = {"parameters": space.cost(space.default()).parameters}
    with pytest.raises(ConstraintError) as caught:
        held.validate(space.default())
    said = refusal({"parameters": 9000}, found, "the space")
    assert said is not None
    assert said.rstrip(".") == caught.value.said


def test_extremes_lie_within_the_constraints(space: Space) -> None:
    low, high = space.extremes()
    assert low.cost.parameters <= space.cost(space.default()).parameters <= high.cost.parameters
    everything = [space.cost(space.sample(i)).parameters for i in range(100)]
    assert low.cost.parameters <= min(everything)
    assert high.cost.parameters >= max(everything)
    held = space.where("small", parameters=9000)
    assert 5000 < held.extremes()[1].cost.parameters <= 9000
