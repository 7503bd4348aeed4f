"""Arithmetic on what is decided later, and every way in which Python could decide it too early."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import (
    Choice,
    Decision,
    Expr,
    FloatRange,
    IntRange,
    Optional,
    Ref,
    at_least,
    ceil_div,
    present,
)
from kerasnas.space.expression import Known, scalar_range


def ref(path: str, given) -> Ref:
    return Ref(Decision.declared(path, given))


N = ref("n", IntRange(1, 4))
R = ref("r", Optional(FloatRange(0.0, 1.0)))


def at(expression: Expr, **values) -> object:
    return expression.at(Known(values))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (N + 1, 4),
        (1 + N, 4),
        (N - 1, 2),
        (10 - N, 7),
        (N * 2, 6),
        (2 * N, 6),
        (N // 2, 1),
        (7 // N, 2),
        (N / 2, 1.5),
        (6 / N, 2.0),
        (N % 2, 1),
        (7 % N, 1),
        (N**2, 9),
        (2**N, 8),
        (-N, -3),
        (N > 2, True),
        (N >= 4, False),
        (N < 2, False),
        (N <= 3, True),
        (N == 3, True),
        (N != 3, False),
        ((N > 1) & (N < 3), False),
        ((N > 1) | (N < 3), True),
        (~(N > 1), False),
        (ceil_div(N, 2), 2),
        (at_least(N - 3, 1), 1),
        (np.int64(2) * N, 6),
        (np.float32(0.5) + N, 3.5),
    ],
    ids=repr,
)
def test_arithmetic_is_recorded(expression, expected) -> None:
    assert isinstance(expression, Expr)
    assert at(expression, n=3) == expected


@pytest.mark.parametrize(
    "misuse",
    [
        bool,
        int,
        float,
        complex,
        len,
        list,
        round,
        math.floor,
        math.ceil,
        abs,
        range,
        lambda n: n in (1, 2),
        lambda n: 1 if n > 2 else 0,
        lambda n: [0, 1, 2, 3, 4][n],
        lambda n: [i for i in n],  # noqa: C416
        lambda n: n and 1,
        lambda n: n[0],
    ],
)
def test_python_cannot_decide_it_and_is_told_what_to_use(misuse) -> None:
    with pytest.raises(
        SpaceError, match=r"when\(condition, a, b\).*pick\(choice, x\).*repeat\(count, body, x\)"
    ):
        misuse(N)


def test_it_is_no_key_and_no_part_of_a_name() -> None:
    with pytest.raises(SpaceError, match="looked up in a dict"):
        {1: "a"}[N]  # type: ignore[index]
    with pytest.raises(SpaceError, match="part of a string"):
        f"layer{N}"


def test_an_absent_value_is_guarded_by_present() -> None:
    assert at(present(R), r=None) is False
    assert at(present(R) & (R > 0.5), r=None) is False
    assert at(~present(R) | (R > 0.5), r=None) is True
    with pytest.raises(SpaceError, match=r"present\(decision\)"):
        at(R * 2, r=None)
    assert present(3) is True


def test_division_by_zero_says_where() -> None:
    with pytest.raises(SpaceError, match=r"mod\(7, sub\(n, 1\)\).*zero"):
        at(7 % (N - 1), n=1)


def test_plain_numbers_stay_plain() -> None:
    assert ceil_div(7, 2) == 4
    assert at_least(0, 1) == 1


def test_the_range_of_a_count() -> None:
    assert scalar_range(3) == (3, 3)
    assert scalar_range(N) == (1, 4)
    assert scalar_range(N * 2 - 1) == (1, 7)
    assert scalar_range(N - ref("k", Choice(0, 2))) == (-1, 4)
    for wrong in (R, N / 2, True, "3", ref("s", Choice("a", "b"))):
        with pytest.raises(SpaceError):
            scalar_range(wrong)
