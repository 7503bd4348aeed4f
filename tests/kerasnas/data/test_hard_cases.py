"""Tables as they come: each a sensible result or an error that says what to do."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.data.reading import read
from kerasnas.errors import DataError

N = 120
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)
Y = RNG.choice(["a", "b"], N)


def cells(things: Any) -> pd.Series:
    out = np.empty(len(things), dtype=object)
    for index, thing in enumerate(things):
        out[index] = thing
    return pd.Series(out, dtype=object)


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": X, **columns, "y": Y})


def read_whole(task: kn.Task) -> dict[str, Any]:
    data = task.data()
    found = {name: data.array(name) for name in data.views}
    for name, array in found.items():
        dense = array.toarray() if data.views[name].sparse else np.asarray(array)
        assert np.isfinite(dense).all(), name
    return found


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        pytest.param([None] * N, "dropped", id="nothing"),
        pytest.param(cells([1, "two", 3.5, None, b"four", True] * 20), "categorical", id="mixed types"),
        pytest.param(cells([[1], "two", 3.5, None, {"a": 1}, (2,)] * 20), "dropped", id="lists and scalars"),
        pytest.param(cells([{"a": [1, {"b": 2}]}] * N), "dropped", id="nested"),
        pytest.param(cells([[[1, 2], [3]]] * N), "dropped", id="lists of lists"),
        pytest.param(cells([object() for _ in range(N)]), "dropped", id="objects"),
        pytest.param(cells([b"red", "red", "blue", b"blue"] * 30), "categorical", id="bytes and str"),
        pytest.param(["", "  ", "red", "blue"] * 30, "categorical", id="empty strings"),
        pytest.param(cells([10**400 + i for i in range(N)]), "dropped", id="endless integers"),
        pytest.param(cells([2**70 * (i % 7) for i in range(N)]), "numeric", id="huge integers"),
        pytest.param(np.where(X > 0, np.inf, X), "numeric", id="infinities"),
        pytest.param(cells([Decimal(i) / 7 for i in range(N)]), "numeric", id="decimals"),
        pytest.param(pd.to_timedelta(RNG.integers(1, 999, N), unit="s"), "numeric", id="time spans"),
        pytest.param(pd.cut(X, 5), "categorical", id="intervals"),
        pytest.param(pd.arrays.SparseArray(np.where(X > 1, X, 0)), "numeric", id="sparse"),
        pytest.param(pd.array([True, False, None] * 40, dtype="boolean"), "categorical", id="booleans"),
        pytest.param(pd.period_range("2020", periods=N, freq="M"), "numeric", id="periods"),
        pytest.param(cells([datetime.datetime(9999, 1, 1), datetime.datetime(1, 1, 1), None] * 40), "numeric or categorical", id="far dates"),
        pytest.param(["9999-12-31", "0001-01-01", "2020-01-01"] * 40, "numeric or categorical", id="far dates as text"),
        pytest.param(
            cells([pd.Timestamp("2020", tz="UTC" if i % 2 else None) + pd.Timedelta(days=i) for i in range(N)]), "numeric", id="zones"
        ),
        pytest.param(cells([f"bad \ud800 text number {i} here" for i in range(N)]), "text", id="surrogates"),
        pytest.param([f"nul \x00 in text number {i} here" for i in range(N)], "text", id="NUL"),
        pytest.param([f"word{i} " * (50_000 if i < 2 else 5) + "and more" for i in range(N)], "text", id="very long texts"),
        pytest.param(cells([np.full((8, 8, 3), np.nan) for _ in range(N)]), "image", id="pictures of NaN"),
        pytest.param(cells([np.zeros((2, 3, 4, 5)) for _ in range(N)]), "dropped", id="arrays of four axes"),
    ],
)  # fmt: skip
def test_columns(column: Any, kind: str) -> None:
    task = kn.Task(table(c=column), "y")
    (found,) = [c for c in task.columns if c.name == "c"]
    assert found.kind in kind.split(" or "), found.reason  # pandas 2 knows no date of the year 9999
    read_whole(task)


@pytest.mark.parametrize(
    ("make", "target", "message"),
    [
        (lambda: pd.DataFrame(), "y", "There are no rows in the frame"),
        (lambda: table().head(0), "y", "There are no rows in the frame. Columns: 'x', 'y'"),
        (lambda: table()[["y"]], "y", "No column is left to predict 'y' from. there is no other column"),
        (lambda: table(c=[None] * N)[["c", "y"]], "y", "No column is left .*every cell is empty"),
        (lambda: table().assign(y="a"), "y", "has one class only, 'a'"),
        (lambda: table().assign(y=[f"c{i}" for i in range(N)]), "y", "another value in each of its 120 rows"),
        (lambda: table().assign(y=np.nan), "y", "is filled in 0 of 120 rows; at least 5"),
        (lambda: table().assign(y=X + 1j), "y", "another value in each of its 120 rows"),
        (lambda: table().assign(y=cells([[1]] * N)), "y", "no two that differ from row to row"),
        (lambda: table().head(1), "y", "is filled in 1 of 1 rows; at least 5"),
        (lambda: table(), ["y", "z"], "names columns that are not there"),
        (lambda: pd.DataFrame([[1, 2, 3]], columns=["a", "a", "y"]), "y", "Column names must differ.*'a' more than once"),
        (lambda: pd.DataFrame([[1, 2, 3]], columns=["1", 1, "y"]), "y", "Column names must differ"),
        (lambda: pd.Series([1, 2]), "y", "Received: Series"),
        (lambda: np.zeros((5, 2)), "y", "Received: ndarray"),
        (lambda: None, "y", "Received: NoneType"),
        (lambda: {"x": X, "t": {"a": 1}, "y": Y}, "y", "'t' holds one value"),
        (lambda: {"x": (i for i in range(3)), "y": Y}, "y", "'x' holds one value"),
        (lambda: {"x": "abc", "y": ["a", "b", "c"]}, "y", "'x' holds one value, 'abc'"),
    ],
)  # fmt: skip
def test_tables_of_which_nothing_can_be_learned(make: Any, target: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        kn.Task(make(), target)


def test_ten_thousand_classes() -> None:
    frame = pd.DataFrame({"x": np.arange(30_000) % 97 + 0.5, "y": [f"c{i % 10_000}" for i in range(30_000)]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        task = kn.Task(frame, "y")
    assert (task.outputs, task.problem) == (10_000, "multiclass")


def test_columns_named_like_our_own_views_or_with_odd_characters() -> None:
    names = [
        "image_pixels",
        "table_numbers",
        "text_tokens",
        "",
        "a/b",
        "ünï {0} %s\n",
        "<b>",
        "__class__",
        "../../x",
    ]
    rng = np.random.default_rng(1)
    task = kn.Task(pd.DataFrame({**{name: rng.normal(size=N) for name in names}, "y": Y}), "y")
    assert list(read_whole(task)) == ["table_numbers"]
    assert task.views["table_numbers"].info["columns"] == names
    assert kn.spaces.multimodal(task).default()
    pictures = cells([np.full((8, 8, 3), i, "uint8") for i in range(N)])
    task = kn.Task(table(table_numbers=pictures, **{"写真 1": pictures, "!!": pictures}), "y")
    assert sorted(read_whole(task)) == [
        "column_1_pixels",
        "column_pixels",
        "table_numbers",
        "table_numbers_pixels",
    ]
    assert len(kn.spaces.image(task).inputs) == 3


def test_levels_of_column_names_are_joined() -> None:
    levels = pd.MultiIndex.from_tuples([("a", "x"), ("a", "z"), ("y", "")])
    frame = pd.DataFrame(np.c_[X, X * 2, RNG.integers(0, 2, N)], columns=levels)
    for target in ("y", ("y", "")):
        task = kn.Task(frame, target)
        assert [c.name for c in task.columns] == ["a/x", "a/z"]
    assert kn.Task(pd.DataFrame({0: X, 1: Y}), 1).target == "1"


def test_mixed_types_in_a_target() -> None:
    task = kn.Task(table().assign(y=cells([1, "one", 2.0, b"two"] * 30)), "y")
    assert task.problem == "multiclass"
    assert task.outputs == 4
    assert kn.Task(table().assign(y=cells([10**30 * (i + 1) for i in range(N)])), "y").problem == "regression"


def test_texts_that_no_encoding_can_hold_in_a_dict() -> None:
    words = [f"bad \ud800 text number {i} here" for i in range(N)]
    for given in (words, np.array(words)):
        assert read({"t": given, "y": Y})[0]["t"][3] == words[3]


@pytest.fixture
def whole(picture: Callable[..., bytes]) -> kn.Task:
    """A task with every kind of column, every cell filled in training."""
    from .test_sounds import encoded, tone

    pictures = [picture((int(i), 9, 9)) for i in range(N)]
    sounds = [encoded(tone(300 + 5 * i, 8000, 0.1), 8000) for i in range(N)]
    return kn.Task(
        table(
            p=cells(pictures), q=cells(pictures[::-1]), s=cells(sounds), t=[f"{w} number {i} of many" for i, w in enumerate(Y)],
            c=RNG.choice(["red", "blue"], N), b=X > 0, d=pd.date_range("2020", periods=N), g=cells([["u", "v"][: 1 + i % 2] for i in range(N)]),
            r=cells([[i, i + 1, 2 * i] for i in range(N)]),
        ), "y",
    )  # fmt: skip


def test_nothing_was_missing_in_training_and_everything_is_at_prediction(whole: kn.Task) -> None:
    assert {c.kind for c in whole.columns} == {
        "image",
        "audio",
        "text",
        "categorical",
        "numeric",
        "tags",
        "series",
    }
    names = [c.name for c in whole.columns]
    nothing = pd.DataFrame({name: cells([None, np.nan, pd.NA, pd.NaT]) for name in names})
    for name, array in whole.preprocessor.transform(nothing).items():
        dense = array.toarray() if whole.views[name].sparse else array
        assert np.isfinite(dense).all(), name
        assert (dense == dense[:1]).all(), name  # each way to say nothing is read the same


def test_cells_of_another_kind_at_prediction(whole: kn.Task) -> None:
    names = [c.name for c in whole.columns]
    for odd in (
        "unseen",
        "",
        3.7,
        True,
        b"\xff",
        [1, "a"],
        {"a": 1},
        10**400,
        object(),
        np.zeros((2, 2, 2, 2)),
    ):
        rows = pd.DataFrame({name: cells([odd]) for name in names})
        for name, array in whole.preprocessor.transform(rows, unreadable="missing").items():
            dense = array.toarray() if whole.views[name].sparse else array
            assert np.isfinite(dense).all(), (name, odd)


def test_training_with_holes_everywhere(whole: kn.Task) -> None:
    frame = whole.frame.astype(object)
    for number, column in enumerate(c.name for c in whole.columns):
        frame.loc[np.random.default_rng(number).random(N) < 0.3, column] = None
    task = kn.Task(frame, "y")
    assert {c.name: c.kind for c in task.columns} == {c.name: c.kind for c in whole.columns}
    assert all(c.missing for c in task.columns)
    read_whole(task)
    assert kn.spaces.multimodal(task).default()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as CSV"),
        (b"\n\n\n", "cannot be read as CSV"),
        (b"a,b\n1,2\n1,2,3,4\n", "cannot be read as CSV: .*Expected 2 fields in line 3, saw 4"),
        (b'a,b\n1,"2\n3,4\n', "cannot be read as CSV|There are no rows"),
        (b"a,a\n1,2\n", "'a' more than once"),
        (b"a,b\n", "There are no rows in"),
    ],
)
def test_csv_files_that_are_none(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("näme;x\nMüller;1\n".encode("cp1252"), {"näme": ["Müller"], "x": [1]}),
        ("näme,x\n日本,1\n".encode("utf-8-sig"), {"näme": ["日本"], "x": [1]}),
        ("name,x\nA,1\n".encode("utf-16"), {"name": ["A"], "x": [1]}),
        (b"a,b,c\n1,2\n3,4,5\n", {"a": [1, 3], "b": [2, 4]}),
        (b'a,b\r\n"x, y",1\r\n', {"a": ["x, y"], "b": [1]}),
        (b"a,b\n" + b"9" * 400 + b",1\n", {"b": [1]}),
    ],
    ids=["cp1252", "mark", "utf-16", "short row", "quoted", "huge integer"],
)
def test_csv_files_as_they_come(content: bytes, expected: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    frame, _ = read(tmp_path / "t.csv")
    assert {name: frame[name].tolist() for name in expected} == expected
