"""Declarations and what a search draws from them."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from kerasnas.errors import GenotypeError, SpaceError
from kerasnas.space import Choice, Decision, FloatRange, IntRange, Optional
from kerasnas.space.decision import Declaration


def made(given: Declaration) -> Decision:
    return Decision.declared("a/b", given)


def test_the_first_option_is_the_default_unless_another_is_named() -> None:
    assert made(Choice(3, 5)).default == 3
    assert made(Choice(3, 5, default=5)).default == 5
    assert made(Choice(a=None, b=len, default="b")).default == "b"
    assert made(IntRange(2, 4)).default == 2
    assert made(FloatRange(0.0, 1.0)).default == 0.5
    assert made(FloatRange(1e-4, 1e-2, log=True)).default == pytest.approx(1e-3)
    assert made(Optional(IntRange(1, 3))).default is None
    assert made(Optional(IntRange(1, 3, default=2), on=True)).default == 2


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: Choice(), "at least one option"),
        (lambda: Choice(1, 1), "distinct labels"),
        (lambda: Choice(1, 1.0), "distinct labels"),
        (lambda: Choice(1, a=2), "not both"),
        (lambda: Choice(1, 2, default=True), "must be one of"),
        (lambda: Choice(math.nan), "finite scalar"),
        (lambda: Choice([1, 2]), r"Choice\(label="),
        (lambda: Choice(lambda x: x), r"Choice\(label="),
        (lambda: Choice(len, 3), "not both"),
        (lambda: IntRange(3, 1), "low <= high"),
        (lambda: IntRange(1.5, 2), "finite integers"),  # type: ignore[arg-type]
        (lambda: IntRange(True, 2), "finite integers"),
        (lambda: FloatRange(0.0, math.inf), "finite numbers"),
        (lambda: FloatRange(0.0, 1.0, log=True), "low > 0"),
        (lambda: FloatRange(0.0, 1.0, default=2.0), "must lie in"),
        (lambda: Optional(3), "wraps a Choice"),  # type: ignore[arg-type]
        (lambda: Optional(Choice(None, 3)), r"Choice\(none=None"),
    ],
)
def test_what_cannot_be_declared_says_why(declare, message) -> None:
    with pytest.raises(SpaceError, match=message):
        declare()


def test_true_is_not_one() -> None:
    decision = made(Choice(1, True, 0))
    assert decision.position(True) == 1
    assert decision.position(1) == 0
    assert not decision.accepts(False)


def test_numpy_numbers_are_numbers() -> None:
    decision = made(IntRange(np.int64(1), np.int64(9)))  # type: ignore[arg-type]
    assert decision.check(np.int32(4)) == 4
    assert type(decision.check(np.int32(4))) is int
    assert type(made(FloatRange(0, 1)).check(1)) is float
    assert Choice(np.float32(0.5), np.int64(2)).labels == (0.5, 2)


def test_a_named_choice_over_values_stands_for_them() -> None:
    decision = made(Choice(small=(3, 3), large=(5, 5)))
    assert decision.options == ("small", "large")
    assert decision.meaning("large") == (5, 5)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (Choice("relu", "tanh"), "rleu"),
        (IntRange(1, 3), 4),
        (IntRange(1, 3), 2.0),
        (FloatRange(0, 1), "x"),
        (IntRange(1, 3), None),
    ],
)
def test_a_wrong_value_names_path_received_and_expected(given, value) -> None:
    with pytest.raises(GenotypeError, match="'a/b'") as error:
        made(given).check(value)
    assert repr(value) in str(error.value)
    assert made(given).expected() in str(error.value)


def test_a_typo_gets_a_guess() -> None:
    with pytest.raises(GenotypeError, match="Did you mean 'relu'"):
        made(Choice("relu", "tanh")).check("rleu")


@pytest.mark.parametrize(
    "given",
    [
        Choice(1, 2, 3),
        Choice("a", None, True),
        IntRange(1, 64, log=True),
        IntRange(5, 5),
        FloatRange(1e-5, 1e-1, log=True),
        FloatRange(-2.0, 3.0),
        Optional(FloatRange(0.0, 1.0)),
        Optional(IntRange(1, 4)),
    ],
    ids=repr,
)
def test_draws_and_near_values_are_allowed_and_near_ones_differ(given) -> None:
    decision, rng = made(given), random.Random(0)
    single = decision.discrete and len(decision.domain()) == 1
    for _ in range(200):
        value = decision.draw(rng)
        near = decision.near(value, rng)
        assert decision.accepts(value)
        assert decision.accepts(near)
        assert single or (type(near), near) != (type(value), value)


def test_log_ranges_give_each_magnitude_its_share() -> None:
    rng = random.Random(0)
    drawn = [made(FloatRange(1e-4, 1.0, log=True)).draw(rng) for _ in range(2000)]
    below = sum(v < 1e-2 for v in drawn) / 2000  # type: ignore[operator]
    assert 0.45 < below < 0.55
    whole = [made(IntRange(1, 63, log=True)).draw(rng) for _ in range(2000)]
    assert set(whole) >= {1, 2, 3, 4}
    assert 0.42 < sum(v < 8 for v in whole) / 2000 < 0.58  # type: ignore[operator]


def test_a_number_moves_to_its_neighbour_often() -> None:
    decision, rng = made(IntRange(1, 100)), random.Random(0)
    beside = sum(decision.near(50, rng) in (49, 51) for _ in range(400))
    assert 160 < beside < 260
