"""Branches, loops and demands: what they record, and what they refuse."""

from __future__ import annotations

import pytest

from kerasnas.errors import GenotypeError, InfeasibleError, SpaceError
from kerasnas.space import (
    Block,
    Choice,
    Expr,
    FloatRange,
    Input,
    IntRange,
    Space,
    block,
    channels,
    dim,
    layers,
    ops,
    pick,
    repeat,
    require,
    size,
    when,
)
from kerasnas.space.graph import leaves

from .spaces import PICTURE, VECTOR, cell


def traced(fn, inputs=VECTOR, **more) -> Space:
    return Space.trace(fn, inputs, **more)


def called(space: Space, genotype) -> list[str]:
    return [s.node.target.short for s in leaves(space.plan(genotype).steps) if s.node.target]


# -- blocks and traces


def test_a_word_outside_of_a_trace_says_so() -> None:
    for use in (
        lambda: cell(None),
        lambda: layers.Dense(1)(None),
        lambda: ops.relu(1),
        lambda: pick_something(),
    ):
        with pytest.raises(SpaceError, match=r"only records inside a trace"):
            use()


def pick_something():
    from kerasnas.space import Decision, Ref

    return pick(Ref(Decision.declared("d", Choice(a=len, b=None))), 1)


def test_keywords_are_known_or_refused() -> None:
    with pytest.raises(SpaceError, match=r"no keyword 'widht'\. It has: \['op', 'width'\]"):
        cell.using(widht=3)
    with pytest.raises(SpaceError, match="no keyword 'widht'"):
        traced(lambda x: cell(x, widht=3))
    with pytest.raises(SpaceError, match=r"needs \['units'\]"):
        traced(Block(_needs, "needs"))


def _needs(x, *, units):
    return layers.Dense(units)(x)


def test_decisions_belong_after_the_star() -> None:
    with pytest.raises(SpaceError, match="keyword-only"):
        block("b")(lambda x, units=Choice(1, 2): x)
    with pytest.raises(SpaceError, match="keyword-only"):
        traced(lambda x, units=Choice(1, 2): x)
    with pytest.raises(SpaceError, match="keyword 'name'"):
        block("b")(lambda x, *, name: x)


def test_a_decision_cannot_be_made_inside_a_call() -> None:
    for use in (
        lambda x: layers.Dense(Choice(1, 2))(x),
        lambda x: layers.Dense(2, activation=Choice("relu"))(x),
        lambda x: ops.multiply(x, FloatRange(0, 1)),
        lambda x: layers.Bidirectional(layers.LSTM(IntRange(1, 2)))(x),
    ):
        with pytest.raises(SpaceError, match="keyword default of a block"):
            traced(use)


def test_using_fixes_or_redeclares() -> None:
    space = traced(cell.using(op="relu", width=IntRange(5, 7)))
    assert list(space.decisions) == ["cell/width"]
    assert space.size() == 3


def test_inputs_go_by_name_or_in_order() -> None:
    two = {"a": Input((2,)), "b": Input((3,))}
    assert traced(lambda b, a: layers.Concatenate()([a, b]), two).plan({}).out.shape == (None, 5)
    by_order = traced(lambda first, second: layers.Dense(1)(second), two)
    assert list(by_order.plan({}).inputs) == ["b"]
    assert list(traced(lambda **given: layers.Dense(1)(given["b"]), two).plan({}).inputs) == ["b"]
    assert list(traced(block("k")(lambda *, a, b: layers.Dense(1)(b)), two).plan({}).inputs) == ["b"]
    with pytest.raises(SpaceError, match="give all inputs the names of parameters"):
        traced(lambda a, other: a, two)


def test_what_a_space_returns() -> None:
    for wrong in (lambda x: None, lambda x: (x, x), lambda x: {"a": 1}, lambda x: {}):
        with pytest.raises(SpaceError, match="must return a tensor, or a dict"):
            traced(wrong)
    assert set(traced(lambda x: {"a": layers.Dense(1)(x), "b": layers.Dense(2)(x)}).plan({}).out) == {
        "a",
        "b",
    }
    with pytest.raises(SpaceError, match="Python identifier"):
        traced(lambda **given: next(iter(given.values())), {"a b": Input((2,))})


def test_blocks_take_and_return_nests() -> None:
    @block("split")
    def split(pair, *, beside, width=Choice(2, 3)):
        a, b = pair
        return {
            "both": (layers.Dense(width)(a), [layers.Dense(4)(b)]),
            "width": width,
            "nothing": None,
            "beside": beside,
        }

    def model(x):
        out = split((x, x), beside=x)
        assert out["nothing"] is None
        assert isinstance(out["width"], Expr)
        first, (second,) = out["both"]
        return layers.Concatenate()([first, second, layers.Dense(out["width"])(out["beside"])])

    assert traced(model).plan({"split/width": 3}).out.shape == (None, 10)


# -- tensors in Python's hands


def test_python_cannot_look_into_a_tensor() -> None:
    for misuse, hint in (
        (lambda x: layers.Dense(1)(x) if x else x, "when"),
        (lambda x: [*x], r"x\[0\], x\[1\]"),
        (lambda x: len(x), "dim"),
        (lambda x: layers.Dense(x.shape[-1])(x), r"channels\(x\)"),
        (lambda x: x == 0, "ops.equal"),
    ):
        with pytest.raises(SpaceError, match=hint):
            traced(misuse)


def test_arithmetic_on_tensors_mixes_with_decisions_and_arrays() -> None:
    import numpy as np

    @block("b")
    def body(x, *, scale=Choice(2, 3)):
        y = scale * x + np.ones(6, "float32") * x - x / scale
        y = (-y) ** 2 @ np.ones((6, 4), "float32")
        return ops.where((y > 0) & ~(y < 1), y, y % 2)

    space = traced(body)
    assert space.plan({"b/scale": 3}).out.shape == (None, 4)
    assert "multiply" in called(space, {"b/scale": 3})
    assert space.read_decisions() == {"b/scale"}


def test_modules_of_operations_are_recorded_too() -> None:
    space = traced(lambda x: ops.image.resize(x, (4, 4)), PICTURE)
    assert space.plan({}).out.shape == (None, 4, 4, 3)
    for wrong in (lambda x: ops.relo(x), lambda x: ops.image.resise(x)):
        with pytest.raises(SpaceError, match=r"Did you mean `(relu|resize)`"):
            traced(wrong)
    with pytest.raises(SpaceError, match="Did you mean `Dense`"):
        traced(lambda x: layers.Dennse(1)(x))


# -- branches


def test_pick_needs_a_structural_decision() -> None:
    @block("b")
    def values(x, *, n=Choice(1, 2)):
        return pick(n, x)

    with pytest.raises(SpaceError, match="needs functions to choose from"):
        traced(values)
    with pytest.raises(SpaceError, match="not arithmetic"):
        traced(lambda x: pick(channels(x) + 1, x))
    with pytest.raises(SpaceError, match="over functions"):
        traced(lambda x: pick("relu", x))


def test_pick_of_something_fixed() -> None:
    assert called(traced(lambda x: layers.Dense(1)(pick(None, x))), {}) == ["Dense"]
    assert called(traced(lambda x: pick(lambda x: layers.Dense(1)(x), x)), {}) == ["Dense"]


def test_branches_return_the_same_structure() -> None:
    for wrong in (
        lambda x: when(channels(x) > 2, x, (x, x)),
        lambda x: when(channels(x) > 2, lambda: layers.Dense(1)(x), 3),
        lambda x: when(channels(x) > 2, lambda: layers.Dense(1)(x), None),
        lambda x: when(channels(x) > 2, {"a": x}, {"b": x}),
    ):
        with pytest.raises(SpaceError, match="return different things"):
            traced(wrong)
    pair = traced(
        lambda x: layers.Concatenate()(list(when(channels(x) > 2, (x, x), lambda: (x, layers.Dense(1)(x)))))
    )
    assert pair.plan({}).out.shape == (None, 12)


def test_when_over_numbers_is_a_number() -> None:
    @block("b")
    def body(x, *, wide=Choice(False, True), units=Choice(2, 3)):
        return layers.Dense(when(wide, units * 10, 1) + 1)(x)

    space = traced(body)
    assert space.plan({"b/wide": True, "b/units": 3}).out.shape == (None, 31)
    assert space.plan({"b/wide": False, "b/units": 3}).out.shape == (None, 2)


def test_when_with_a_plain_condition_is_plain() -> None:
    assert called(traced(lambda x: when(True, lambda: layers.Dense(1)(x), x)), {}) == ["Dense"]


def test_nothing_leaves_its_branch() -> None:
    kept: list = []

    @block("b")
    def inner(x, *, width=Choice(2, 3)):
        kept.append((width, layers.Dense(width)(x)))
        return kept[-1][1]

    def leak(use):
        def model(x):
            kept.clear()
            y = when(channels(x) > 2, lambda: inner(x), lambda: layers.Dense(2)(x))
            return use(kept[0], y)

        return model

    with pytest.raises(SpaceError, match="made inside a branch or block and is used outside"):
        traced(leak(lambda k, y: layers.Add()([k[1], y])))
    with pytest.raises(SpaceError, match="whose size is read, was made inside a branch"):
        traced(leak(lambda k, y: layers.Dense(channels(k[1]))(y)))
    with pytest.raises(SpaceError, match=r"'b/width' was declared inside a branch"):
        traced(leak(lambda k, y: layers.Dense(k[0] * 2)(y)))
    with pytest.raises(SpaceError, match=r"'b/width' was declared inside a branch"):
        traced(leak(lambda k, y: layers.Bidirectional(layers.LSTM(k[0]))(y)))


def test_a_size_and_a_decision_leave_their_block() -> None:
    kept: list = []

    @block("b")
    def inner(x, *, width=Choice(2, 3)):
        kept[:] = [width, layers.Dense(width)(x)]
        return kept[1]

    def model(x):
        y = inner(x)
        return layers.Dense(channels(kept[1]) + kept[0])(y)

    space = traced(model)
    assert space.plan({"b/width": 3}).out.shape == (None, 6)


def test_dim_asks_for_an_axis_that_is_there() -> None:
    with pytest.raises(SpaceError, match="has 2 axes"):
        traced(lambda x: layers.Dense(dim(x, 3))(x)).plan({})
    with pytest.raises(SpaceError, match="recorded tensor"):
        channels(3)  # type: ignore[arg-type]


# -- loops


def test_repeat_counts_by_decisions_and_arithmetic() -> None:
    @block("b")
    def body(x, *, depth=IntRange(0, 2)):
        return repeat(depth * 2 + 1, lambda y: layers.Dense(3)(y), x, "step")

    space = traced(body)
    assert [len(called(space, {"b/depth": d})) for d in (0, 1, 2)] == [1, 3, 5]
    names = [s.node.layer for s in leaves(space.plan({"b/depth": 1}).steps) if s.node.layer]
    assert names == ["b/step/0/dense", "b/step/1/dense", "b/step/2/dense"]


def test_repeat_over_a_choice_skips_what_is_not_there() -> None:
    @block("b")
    def body(x, *, depth=Choice(1, 3)):
        return repeat(depth, lambda y, name: layers.Dense(3, name=name.replace("/", "-"))(y), x, "step")

    assert [len(called(traced(body), {"b/depth": d})) for d in (1, 3)] == [1, 3]


@pytest.mark.parametrize("count", [-1, 1.5, True, "2", None])
def test_repeat_refuses_what_is_no_count(count) -> None:
    with pytest.raises(SpaceError, match="count of 0 or more|integer"):
        traced(lambda x: repeat(count, cell, x, "s"))


def test_repeat_cannot_be_bounded_by_a_size() -> None:
    with pytest.raises(SpaceError, match="cannot bound it"):
        traced(lambda x: repeat(channels(x), cell, x, "s"))


def test_tie_needs_a_block() -> None:
    with pytest.raises(SpaceError, match="needs a block"):
        traced(lambda x: repeat(2, lambda y, name: y, x, "s", tie=True))


# -- demands


def test_require_narrows_the_decision(spaces) -> None:
    drawn = {spaces["patches"].sample(i)["patches/patch"] for i in range(60)}
    assert drawn == {2, 4, 8}
    with pytest.raises(GenotypeError, match=r"'patches/patch' = 3 breaks the requirement"):
        spaces["patches"].plan({"patches/patch": 3, "patches/width": 2})


def test_require_leaves_what_was_given_alone(spaces) -> None:
    assert spaces["patches"].sample(0, {"patches/patch": 8})["patches/patch"] == 8
    with pytest.raises(GenotypeError, match=r"'patches/patch' = 5 breaks the requirement"):
        spaces["patches"].sample(0, {"patches/patch": 5})


def test_require_on_what_was_used_before_refuses_the_whole() -> None:
    @block("b")
    def body(x, *, a=Choice(1, 2, 3), b=Choice(1, 2, 3)):
        y = layers.Dense(b)(layers.Dense(a)(x))
        require(a + b == 5)
        return y

    space = traced(body)
    drawn = {tuple(space.sample(i).values()) for i in range(20)}
    assert drawn == {(2, 3), (3, 2)}
    assert all(space.plan(space.sample(i)).out.shape[-1] == space.sample(i)["b/b"] for i in range(5))


def test_require_on_a_real_number() -> None:
    @block("b")
    def body(x, *, low=FloatRange(0.0, 1.0), high=FloatRange(0.0, 1.0)):
        require(high > low)
        return layers.Dense(1)(x * low + x * high)

    space = traced(body)
    assert all(g["b/high"] > g["b/low"] for g in map(space.sample, range(20)))
    assert space.default()["b/high"] > space.default()["b/low"]


def test_require_that_cannot_be_met_says_so() -> None:
    @block("b")
    def body(x, *, n=Choice(1, 2)):
        require(n > channels(x))
        return layers.Dense(n)(x)

    with pytest.raises(GenotypeError, match="No value of 'b/n' meets the requirement"):
        traced(body).default()
    with pytest.raises(SpaceError, match="condition on decisions or sizes"):
        traced(lambda x: require(True))


def test_require_about_sizes_alone_refuses_the_whole() -> None:
    @block("b")
    def body(x, *, width=Choice(2, 3, 4, 5)):
        y = layers.Dense(width)(x)
        require(channels(y) % 2 == 0)
        return y

    space = traced(body)
    assert {space.sample(i)["b/width"] for i in range(20)} == {2, 4}
    assert space.size() == 2
    with pytest.raises(GenotypeError, match="is not met under this genotype"):
        space.plan({"b/width": 3})


def test_an_impossible_layer_is_infeasible_and_sampling_goes_round_it() -> None:
    @block("b")
    def body(x, *, window=Choice(3, 20)):
        return layers.Flatten()(layers.Conv2D(2, window)(x))

    space = traced(body, PICTURE)
    with pytest.raises(InfeasibleError, match="At 'b/conv2_?d'"):
        space.plan({"b/window": 20})
    assert {space.sample(i)["b/window"] for i in range(10)} == {3}
    assert list(space.neighbours({"b/window": 3})) == []


def test_sizes_follow_the_tensors() -> None:
    @block("b")
    def body(x, *, stride=Choice(1, 2)):
        y = layers.Conv2D(5, 3, strides=stride, padding="same")(x)
        return when(size(y) < size(x), lambda: layers.Dense(1)(y), lambda: layers.Dense(2)(y))

    space = traced(body, PICTURE)
    assert space.plan({"b/stride": 1}).out.shape == (None, 8, 8, 2)
    assert space.plan({"b/stride": 2}).out.shape == (None, 4, 4, 1)
