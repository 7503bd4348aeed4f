"""What holds for any space: random ones, made by hypothesis."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasnas.errors import GenotypeError
from kerasnas.space import (
    Choice,
    FloatRange,
    Input,
    IntRange,
    Optional,
    Space,
    block,
    channels,
    layers,
    pick,
    repeat,
    tied,
    when,
)

FEW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.integers(0, 2**32 - 1)


@block("dense")
def dense(x, *, units=Choice(2, 3), act=Choice("relu", "tanh")):
    return layers.Dense(units, activation=act)(x)


def declared(kind: str, a: int, b: int) -> Any:
    return {
        "choice": Choice(*range(1, 2 + a)),
        "labels": Choice(**{f"o{i}": i + 1 for i in range(a + 1)}),
        "int": IntRange(1, 1 + a, default=1 + min(a, b)),
        "float": FloatRange(0.5, 0.5 + a),
        "log": FloatRange(1e-3, 10.0**-b if b < 3 else 1e-2, log=True),
        "optional": Optional(IntRange(1, 1 + b), on=a > 1),
    }[kind]


# each step of a space: what is done to the tensor, and with which decision
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["layer", "block", "pick", "repeat", "tie", "when", "shape"]),
        st.sampled_from(["choice", "labels", "int"]),
        st.sampled_from(["float", "log", "optional", "choice"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)


def made(steps: list[tuple[str, str, str, int, int]]) -> Space:
    """A space that does these steps one after another."""

    def step_of(index: int, what: str, first: Any, second: Any):
        def body(x, *, n=first, v=second, kind=Choice(none=None, dense=dense)):
            if what == "layer":
                return layers.Dense(n + 1)(x)
            if what == "block":
                return dense(x)
            if what == "pick":
                return pick(kind, x)
            if what == "repeat":
                return repeat(n, dense, x, "r")
            if what == "tie":
                return repeat(n, dense, x, "r", tie=True)
            if what == "when":
                return when((n > 1) & (kind == "dense"), lambda: dense(x), lambda: layers.Dense(n)(x), "w")
            return when(channels(x) > 2, lambda: dense(x), x, "s")

        return block(f"step{index}")(body)

    def model(x):
        for index, (what, kind, other, a, b) in enumerate(steps):
            first = IntRange(0, 1 + a) if what in ("repeat", "tie") else declared(kind, a, b)
            x = step_of(index, what, first, declared(other, a, b))(x)
        return layers.Dense(1, name="last")(x)

    return Space.trace(model, {"x": Input((3,))})


@FEW
@given(STEPS, SEEDS)
def test_samples_are_valid_and_repeatable(steps, seed) -> None:
    space = made(steps)
    genotype = space.sample(seed)
    assert space.validate(genotype) == genotype == space.sample(seed)
    assert set(genotype) == {p for p in space.decisions if space.is_active(genotype, p)}
    assert space.validate(space.default()) == space.default()


@FEW
@given(STEPS, SEEDS)
def test_json_is_exact(steps, seed) -> None:
    space = made(steps)
    restored = Space.from_json(json.loads(json.dumps(space.to_json())))
    genotype = space.sample(seed)
    assert restored.fingerprint == space.fingerprint
    assert restored.sample(seed) == genotype
    a, b = space.plan(genotype), restored.plan(genotype)
    assert (a.parameters, a.flops, a.activations, a.out.shape) == (
        b.parameters,
        b.flops,
        b.activations,
        b.out.shape,
    )
    assert restored.size() == space.size()


@FEW
@given(STEPS, SEEDS, st.integers(1, 3))
def test_mutations_differ_and_children_are_of_their_parents(steps, seed, count) -> None:
    space, rng = made(steps), random.Random(seed)
    a, b = space.sample(rng), space.sample(rng)
    if space.size() > 1:
        mutated = space.mutate(a, rng, count)
        assert mutated != a
        assert space.validate(mutated) == mutated
    child = space.crossover(a, b, rng)
    assert space.validate(child) == child
    for path, value in child.items():
        parents = [g[path] for g in (a, b) if path in g]
        assert not parents or value in parents


@FEW
@given(STEPS, SEEDS)
def test_neighbours_are_valid_and_one_change_away(steps, seed) -> None:
    space = made(steps)
    start = space.sample(seed)
    for near in list(space.neighbours(start))[:10]:
        assert space.validate(near) == near
        assert sum(start[p] != near[p] for p in start if p in near) == 1


@FEW
@given(STEPS)
def test_the_size_is_what_listing_gives(steps) -> None:
    space = made(steps)
    fixed = {p: d.default for p, d in space.decisions.items() if not d.discrete}
    space = space.restrict({p: [v] for p, v in fixed.items()})
    if space.size() > 400:
        space = space.restrict(
            {p: [d.domain()[0], d.domain()[-1]] for p, d in space.decisions.items() if d.kind == "choice"}
        )
    if space.size() > 400:
        return
    found, todo = {space.default().key}, [space.default()]
    while todo:
        for near in space.neighbours(todo.pop()):
            if near.key not in found:
                found.add(near.key)
                todo.append(near)
    assert space.size_is_exact
    assert len(found) == space.size()


@FEW
@given(STEPS, SEEDS)
def test_genotypes_move_between_versions_of_a_space(steps, seed) -> None:
    space = made(steps)
    genotype = space.sample(seed)
    assert space.adapt(genotype) == (genotype, 1.0)
    longer = made([*steps, ("layer", "choice", "choice", 1, 1)])
    moved, coverage = longer.adapt(genotype)
    assert set(genotype) <= set(moved)
    assert all(moved[p] == v for p, v in genotype.items())
    assert 0.0 < coverage <= 1.0


@FEW
@given(STEPS, SEEDS, st.data())
def test_what_is_changed_to_something_else_is_refused(steps, seed, data) -> None:
    space = made(steps)
    genotype = dict(space.sample(seed))
    path = data.draw(st.sampled_from(sorted(genotype)))
    missing = {p: v for p, v in genotype.items() if p != path}
    for wrong in ({**genotype, path: "no such option"}, missing, {**genotype, "x/y": 1}):
        with pytest.raises(GenotypeError) as refused:
            space.validate(wrong)
        assert path in str(refused.value) or "x/y" in str(refused.value)


def test_tied_decisions_of_a_random_depth() -> None:
    def model(x, *, depth=IntRange(1, 3)):
        once = tied(dense, "t")
        return repeat(depth, lambda y, name: once(y, name=name), x, "r")

    space = Space.trace(model, {"x": Input((3,))})
    assert space.size() == 3 * 4
