"""Columns whose cells hold several values: tags of a set, numbers in a row."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.data import lists
from kerasnas.data.adapters.base import Rows
from kerasnas.data.adapters.series import MOST_POINTS, Series
from kerasnas.data.adapters.tags import Tags
from kerasnas.data.columns import ColumnInfo, describe
from kerasnas.data.preprocessor import Preprocessor
from kerasnas.errors import DataError

ROWS = 200
NAMES = ["drama", "war", "comedy", "sci fi", "crime", "music"]
RNG = np.random.default_rng(0)
SETS = [sorted(RNG.choice(NAMES, RNG.integers(1, 4), replace=False)) for _ in range(ROWS)]
CURVES = [np.sin(np.arange(24) / 3 + phase) for phase in RNG.normal(size=ROWS)]


def kind_of(cells: object) -> ColumnInfo:
    return describe(pd.DataFrame({"x": cells}))[0]


def rows_of(*cells: object) -> Rows:
    column = np.empty(len(cells), dtype=object)
    for index, cell in enumerate(cells):
        column[index] = cell
    return Rows(pd.DataFrame({"x": column}))


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        (SETS, "tags", "lists of tags, 6 different ones, such as"),
        ([set(cell) for cell in SETS], "tags", "6 different ones"),
        ([np.array(cell) for cell in SETS], "tags", "6 different ones"),
        ([[NAMES.index(tag) + 1000 for tag in cell] for cell in SETS], "tags", "6 different ones"),
        (["; ".join(cell) for cell in SETS], "tags", "6 different ones"),
        (["|".join(cell) for cell in SETS], "tags", "6 different ones"),
        ([str(cell) for cell in SETS], "tags", "6 different ones"),
        ([*SETS[:-20], *[None] * 20], "tags", "6 different ones"),
        (["; ".join(SETS[i % 3]) for i in range(ROWS)], "categorical", "3 values"),
        ([[f"word{i}", f"word{i + 7}"] for i in range(ROWS)], "text", "lists of words"),
        (CURVES, "series", "lists of 24 numbers"),
        (
            [list(curve[: 20 + i % 5]) for i, curve in enumerate(CURVES)],
            "series",
            "lists of 20 to 24 numbers",
        ),
        ([tuple(curve) for curve in CURVES], "series", "24 numbers"),
        ([str(curve.tolist()) for curve in CURVES], "series", "24 numbers"),
        ([" ".join(f"{v:.3f}" for v in curve) for curve in CURVES], "series", "24 numbers"),
        ([*CURVES[:-5], *["none"] * 5], "series", "24 numbers"),
        ([f"+49 30 {i * 7919 % 99991}" for i in range(ROWS)], "dropped", "a code of its own"),
        ([[1, "a", 2.5]] * 9 + [[2, "b", 1.5]] * 9, "dropped", "lists of several things"),
    ],
)
def test_kinds_and_reasons(cells: object, kind: str, reason: str) -> None:
    found = kind_of(cells)
    assert (found.kind, reason in found.reason) == (kind, True), found


def test_what_a_person_says_is_done() -> None:
    frame = pd.DataFrame({"a": ["x,y", "y", "x,z"] * 9, "b": [[1, 2, i] for i in range(27)], "c": ["w"] * 27})
    a, b = describe(frame[["a", "b"]], given={"a": "tags", "b": "series"})
    assert (a.kind, a.settings, b.kind) == ("tags", {"separator": ","}, "series")
    with pytest.raises(
        DataError, match=r"'c' was said to be series, but no cell is a list of numbers.*\['w'\]"
    ):
        describe(frame[["c"]], given={"c": "series"})


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (["a", " b ", "a", None, ""], ["a", "b"]),
        ({"b", "a"}, ["a", "b"]),
        ("a; b;;c", ["a", "b", "c"]),
        ('["a", "b c"]', ["a", "b c"]),
        ("['a', 'b c']", ["a", "b c"]),
        ("{a,b}", ["a", "b"]),
        (b"a;b", ["a", "b"]),
        ([1, 2.0], ["1", "2"]),
        (None, []), (math.nan, []), ("", []), ([], []), ("[]", []),
        (3, ["3"]),
    ],
)  # fmt: skip
def test_tags_of_a_cell(cell: object, expected: list[str]) -> None:
    found = lists.tags(cell)
    assert (sorted(found) if isinstance(cell, set) else found) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ([1, 2.5, None], [1, 2.5, math.nan]),
        (np.array([1, 2], "int8"), [1, 2]),
        (np.array([np.inf, 2.0]), [math.nan, 2]),
        ("[1, -2.5e1, nan]", [1, -25, math.nan]),
        ("1 2;3", [1, 2, 3]),
        ((True, 2), [1, 2]),
    ],
)
def test_numbers_of_a_cell(cell: object, expected: list[float]) -> None:
    np.testing.assert_array_equal(lists.series(cell), expected)


@pytest.mark.parametrize(
    "cell",
    [
        None, "", "[]", "none", "[nan]", [], "a b", "1 a", ["1", "2"], {1, 2}, [[1], [2]], np.zeros((2, 2)), 3.5, {"a": 1}, "1" + " " * 50_000 + "x",
        [1 + 2j], [10**400], "[" * 9,
    ],
)  # fmt: skip
def test_cells_without_numbers_in_a_row(cell: object) -> None:
    assert lists.series(cell) is None


def test_tags_are_zeros_and_ones_and_rare_ones_share_a_place() -> None:
    adapter = Tags.fit(rows_of(["a", "b"], ["a"], None), [ColumnInfo("x", "tags", "")])
    assert (adapter.view.shape, adapter.view.info["tags"]) == ((2,), [2])
    found = adapter.transform(rows_of(["b", "new"], None, [], "a;b")).toarray()
    assert found.tolist() == [[0, 1], [0, 0], [0, 0], [1, 1]]
    many = [[f"often{i}", f"often{i + 1}"] for i in range(20)] * 2 + [[f"once{i}"] for i in range(9)]
    adapter = Tags.fit(rows_of(*many), [ColumnInfo("x", "tags", "")])
    assert adapter.view.shape == (22,)
    assert adapter.transform(rows_of(["once3", "never seen"])).toarray()[0].tolist() == [0.0] * 21 + [1.0]


def test_a_series_keeps_level_course_and_holes() -> None:
    adapter = Series.fit(rows_of(*CURVES), "x", "series_values")
    assert (adapter.view.shape, adapter.view.modality, adapter.view.info["length"]) == ((24, 2), "series", 24)
    curve = CURVES[0].copy()
    curve[3] = np.nan
    seen = adapter.transform(
        rows_of(curve, None, CURVES[0][:5], CURVES[0] + 1, "no numbers", np.arange(99.0))
    )
    assert seen.dtype == np.float32
    assert seen[0, :, 1].tolist() == [1.0] * 3 + [0.0] + [1.0] * 20
    assert not seen[[1, 4]].any()
    assert seen[2, :, 1].sum() == 5
    assert (seen[3, :, 0] > seen[0, :, 0]).sum() >= 23
    assert np.isfinite(seen).all()
    assert np.corrcoef(seen[3, :, 0], CURVES[0])[0, 1] > 0.95


def test_a_long_series_is_shown_by_means() -> None:
    adapter = Series.fit(rows_of(*[np.arange(1000.0)] * 5), "x", "v")
    assert adapter.view.shape == (250, 2)
    assert adapter.view.shape[0] <= MOST_POINTS
    seen = adapter.transform(rows_of(np.arange(1000.0)))[0]
    assert (np.diff(seen[:, 0]) > 0).all()
    with pytest.raises(DataError, match="No training row of column 'x' holds a list of numbers"):
        Series.fit(rows_of(None, "a"), "x", "v")


def table() -> pd.DataFrame:
    """Whether it is a war film, and whether its curve goes up, tell the class together."""
    rng = np.random.default_rng(1)
    up = rng.integers(0, 2, ROWS)
    curves = [np.linspace(-1, 1, 16) * (2 * u - 1) + rng.normal(0, 0.2, 16) for u in up]
    label = [f"{'war' in cell}-{u}" for cell, u in zip(SETS, up, strict=True)]
    return pd.DataFrame({"genres": SETS, "curve": curves, "size": rng.normal(size=ROWS), "y": label})


def test_they_are_read_the_same_after_saving(tmp_path: Path) -> None:
    task = kn.Task(table(), "y")
    assert task.modalities == ["table", "series"]
    assert list(task.views) == ["series_values", "table_numbers", "table_tags"]
    task.preprocessor.save(tmp_path / "saved")
    task.spool(tmp_path / "spool")
    again = Preprocessor.load(tmp_path / "saved").transform(task.frame)
    first = task.preprocessor.transform(task.frame)
    order = task.splits.order
    disk = kn.data.TaskData.open(tmp_path / "spool")
    for name in ("series_values", "table_tags"):
        dense = [
            a.toarray() if name == "table_tags" else np.asarray(a)
            for a in (first[name], again[name], disk.array(name))
        ]
        np.testing.assert_array_equal(dense[0], dense[1])
        np.testing.assert_array_equal(dense[0][order], dense[2])


@pytest.mark.slow
def test_a_model_learns_from_them_and_predicts_raw_rows(tmp_path: Path) -> None:
    from kerasnas.evaluators.final import judge
    from kerasnas.export import load, save_bundle
    from kerasnas.warmstart import task_features

    task = kn.Task(table(), "y", seed=0)
    space = kn.spaces.multimodal(task)
    assert {"task", "table"} <= set(task_features(task))
    judged = judge(space, space.default(), task.data(), seed=0, epochs=25, max_epochs=25)
    assert judged.holdout >= 0.8  # chance is about 0.35
    path = save_bundle(
        tmp_path / "lists.kn",
        model=judged.model,
        space=space,
        genotypes=[space.default()],
        data=task.data(),
        card={},
    )
    raw = pd.DataFrame(
        {
            "genres": [["war"], "['war', 'crime']", None],
            "curve": [np.linspace(-1, 1, 16), None, "[1, 2]"],
            "size": 0.0,
        }
    )
    said = load(path).predict(raw)
    assert said[0] == "True-1"
    assert said[1].startswith("True")


def test_several_columns_of_each(tmp_path: Path) -> None:
    frame = table()
    task = kn.Task(
        frame.assign(more=frame["genres"].iloc[::-1].to_list(), curve_2=frame["curve"].iloc[::-1].to_list()),
        "y",
    )
    assert task.views["table_tags"].info["columns"] == ["genres", "more"]
    assert [name for name in task.views if name.endswith("_values")] == ["curve_values", "curve_2_values"]
    assert {"series/curve/encoder", "series/curve_2/encoder"} <= set(kn.spaces.multimodal(task).decisions)
