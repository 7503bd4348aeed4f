from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kerasnas.data.target import Target, read
from kerasnas.errors import DataError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("cells", "problem", "classes"),
    [
        (["no", "yes"] * 10, "binary", ("no", "yes")),
        ([True, False] * 10, "binary", (False, True)),
        ([0, 1] * 10, "binary", (0, 1)),
        ([0.0, 1.0, None, 1.0] * 5, "binary", (0, 1)),
        (["b", "a", "c"] * 5, "multiclass", ("a", "b", "c")),
        ([3, 1, 2] * 5, "multiclass", (1, 2, 3)),
        (["10", "9", "8"] * 5, "multiclass", ("8", "9", "10")),
        ([b"x", b"y"] * 5, "binary", ("x", "y")),
        ([1, "a"] * 5, "binary", ("1", "a")),
        (pd.Categorical([1.5, 2.5, 3.5] * 5), "multiclass", (1.5, 2.5, 3.5)),
        (list(range(50)) * 6, "multiclass", tuple(range(50))),
        ([str(i) for i in range(50)] * 2, "multiclass", tuple(str(i) for i in range(50))),
        (RNG.normal(size=30), "regression", ()),
        (RNG.integers(0, 500, 300), "regression", ()),
        ([f"{v:.3f}" for v in RNG.normal(size=30)], "regression", ()),
        ([f"{v:.3f}".replace(".", ",") for v in RNG.normal(size=30)], "regression", ()),
    ],
)  # fmt: skip
def test_problems_and_classes(cells: object, problem: str, classes: tuple[object, ...]) -> None:
    found = read(pd.Series(cells, name="y"))
    assert (found.problem, found.classes) == (problem, classes)
    assert found.outputs == (1 if problem == "regression" else len(classes))
    assert Target.from_json(found.to_json()) == found


def test_encoding_goes_by_what_is_written_and_not_by_type() -> None:
    found = read(pd.Series([3, 1, 2] * 5, name="y"))
    assert found.encode(pd.Series([1.0, 3.0])).tolist() == [0, 2]
    assert found.encode(pd.Series(["2", " 3"])).tolist() == [1, 2]
    assert found.encode(pd.Series([1])).dtype == np.int32
    with pytest.raises(DataError, match=r"no known class. Expected one of .*Received: '7'"):
        found.encode(pd.Series([7]))


def test_numbers_keep_their_units() -> None:
    found = read(pd.Series([1.5, 2.5, np.nan, np.inf, 9.0, 4.0, 8.0], name="y"), "regression")
    assert found.present(pd.Series([1.0, np.nan, np.inf])).tolist() == [True, False, False]
    assert found.encode(pd.Series(["1,000.5"])).tolist() == [1000.5]


def test_a_person_decides() -> None:
    assert read(pd.Series([3, 1, 2] * 5, name="y"), "regression").problem == "regression"
    assert read(pd.Series(RNG.integers(0, 30, 90), name="y"), "multiclass").problem == "multiclass"


@pytest.mark.parametrize(
    ("cells", "problem", "message"),
    [
        (["a"] * 9, None, "Target 'y' has one class only, 'a'"),
        ([2.5] * 9, None, "Target 'y' has one value only, 2.5|has one class only"),
        ([f"k{i}" for i in range(9)], None, "another value in each of its 9 rows"),
        ([None] * 9, None, "filled in 0 of 9 rows"),
        ([1, 2, 1], None, "filled in 3 of 3 rows; at least 5"),
        ([[1]] * 9, None, "holds lists"),
        (["a", "b"] * 5, "regression", "its cells are not numbers. Received: 'a'"),
        ([1, 2, 3] * 5, "binary", "said to be binary, but has 3 classes"),
        ([1, 2, 3] * 5, "ordinal", "Invalid value for argument `problem`.*Received: 'ordinal'"),
    ],
)  # fmt: skip
def test_errors(cells: list[object], problem: str | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(pd.Series(cells, name="y"), problem)
