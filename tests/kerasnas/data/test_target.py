from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kerasnas.data.several import joined
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
        ([{"a": 1}] * 9, None, "holds dicts"),
        ([[1, 2]] * 9, None, "one value only at place 0"),
        ([["a"]] * 9, None, "no two that differ"),
        ([[f"{i}"] for i in range(9)], None, "9 different labels in 9 rows"),
        ([["a"], ["b"]] * 9, "multiclass", "holds lists, and was said to be multiclass"),
        (["a", "b"] * 5, "regression", "its cells are not numbers. Received: 'a'"),
        ([1, 2, 3] * 5, "binary", "said to be binary, but has 3 classes"),
        ([1, 2, 3] * 5, "ranked", "Invalid value for argument `problem`.*Received: 'ranked'"),
        (["low", "high"] * 5, "ordinal", "give them in their order"),
    ],
)  # fmt: skip
def test_errors(cells: list[object], problem: str | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(pd.Series(cells, name="y"), problem)


@pytest.mark.parametrize(
    ("cells", "problem", "separator", "third"),
    [
        ([["a", "b"], ["b"], []] * 4, None, "", [0, 0]),
        ([("b", "a"), {"b"}, np.array(["a"])] * 4, None, "", [1, 0]),
        (["a; b", "b", " a "] * 4, "multilabel", ";", [1, 0]),
        (["a|b", "b", "a"] * 4, "multilabel", "|", [1, 0]),
        ([[1, 4], [4], [1]] * 4, None, "", [1, 0]),
    ],
)
def test_labels(cells: list[object], problem: str | None, separator: str, third: list[int]) -> None:
    found = read(pd.Series(cells, name="y"), problem)
    assert (found.problem, found.separator, found.outputs) == ("multilabel", separator, 2)
    codes = found.encode(pd.Series(cells))
    assert (codes.shape, codes.dtype) == ((12, 2), np.uint8)
    assert codes[:3].tolist() == [[1, 1], [0, 1], third]
    assert Target.from_json(found.to_json()) == found
    with pytest.raises(DataError, match="a label that is not known.*Received: 'z'"):
        found.encode(pd.Series([["z"]]))


def test_the_rows_of_a_label_are_counted_and_the_rarest_one_stands_for_a_row() -> None:
    codes = np.array([[1, 1], [1, 0], [1, 0], [0, 0]])
    kind = read(pd.Series([["a", "b"], ["a"], []] * 4, name="y")).kind
    assert kind.counts(codes, 2).tolist() == [3, 1]
    assert kind.codes(codes).tolist() == [2, 1, 1, 0]


@pytest.mark.parametrize(
    ("cells", "order", "classes"),
    [
        (["low", "high", "mid"] * 4, ["low", "mid", "high"], ("low", "mid", "high")),
        (["low", "high"] * 4, ["low", "mid", "high"], ("low", "mid", "high")),
        ([3, 1, 2] * 4, None, (1, 2, 3)),
        (["10", "9"] * 4, None, ("9", "10")),
        (pd.Categorical(["low", "high"] * 4, ["low", "mid", "high"], ordered=True), None, ("low", "high")),
    ],
)
def test_classes_in_order(cells: object, order: list[str] | None, classes: tuple[object, ...]) -> None:
    typed = isinstance(cells, pd.Categorical)
    found = read(pd.Series(cells, name="y"), None if typed else "ordinal", order=order)
    assert (found.problem, found.classes) == ("ordinal", classes)


def test_an_order_names_each_class() -> None:
    with pytest.raises(DataError, match="must name each of its classes once"):
        read(pd.Series(["low", "high", "mid"] * 4, name="y"), "ordinal", order=["low", "high"])
    with pytest.raises(DataError, match="for problem='ordinal'"):
        read(pd.Series(["low", "high", "mid"] * 4, name="y"), "multiclass", order=["low", "high"])


def test_lists_of_as_many_numbers_are_several_numbers() -> None:
    cells = [[i, 2.5 * i] for i in range(10)]
    found = read(pd.Series([*cells, None, [1.0]], name="y"))
    assert (found.problem, found.classes, found.outputs) == ("regression", ("y_0", "y_1"), 2)
    assert found.present(pd.Series([*cells, None, [1.0]])).tolist() == [True] * 10 + [False] * 2
    assert found.encode(pd.Series(cells)).shape == (10, 2)


def test_several_columns_are_labels_or_numbers() -> None:
    frame = pd.DataFrame(
        {
            "x": range(4),
            "a": [True, False, True, None],
            "b": ["yes", "no", "no", "yes"],
            "c": [1.5, 2.0, 3.0, 4.0],
        }
    )
    joint, name, numbers = joined(frame, ["a", "b"])
    assert (name, numbers, list(joint)) == ("a, b", (), ["x", "c", "a, b"])
    assert joint[name].tolist() == [["a", "b"], [], ["a"], None]
    joint, name, numbers = joined(frame.assign(d=[1, 2, 3, np.nan]), ["c", "d"])
    assert numbers == ("c", "d")
    assert joint[name].tolist() == [[1.5, 1.0], [2.0, 2.0], [3.0, 3.0], None]
    with pytest.raises(DataError, match=r"Received: {'b': 'classes', 'c': 'numbers'}.*on its own"):
        joined(frame, ["b", "c"])
