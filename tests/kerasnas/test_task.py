from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasnas.errors import DataError
from kerasnas.task import Task

RNG = np.random.default_rng(0)
ROWS = 150


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASNAS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS) + 100,
            "size": rng.normal(size=ROWS),
            "shop": rng.choice(["north", "south", "east"], ROWS),
            "said": [
                f"it was {w} and so was number {i}" for i, w in enumerate(rng.choice(["fine", "bad"], ROWS))
            ],
            "label": rng.choice(["a", "b", "c"], ROWS, p=[0.6, 0.3, 0.1]),
        }
    )


def test_a_task_says_what_it_is(frame: pd.DataFrame) -> None:
    task = Task(frame, "label", name="shops")
    assert (task.name, task.problem, task.classes, task.outputs) == (
        "shops",
        "multiclass",
        ["a", "b", "c"],
        3,
    )
    assert (task.metric, task.direction, task.rows, task.modalities) == (
        "accuracy",
        "max",
        ROWS,
        ["text", "table"],
    )
    assert {c.name: c.kind for c in task.columns} == {
        "id": "dropped", "size": "numeric", "shop": "categorical", "said": "text",
    }  # fmt: skip
    said = task.describe()
    assert "shops: predict 'label' (multiclass, 3 classes: 3 classes by name), judged by accuracy" in said
    assert "150 rows: 96 to train, 24 to validate, 30 held out" in said
    assert "identifier: whole numbers without a gap" in said
    assert repr(task) == "<Task 'shops': 'label' (multiclass) from 150 rows, text+table>"
    assert json.loads(json.dumps(task.facts)) == task.facts


def test_its_html_is_escaped(frame: pd.DataFrame) -> None:
    shown = Task(frame.rename(columns={"size": "<b>size</b>"}), "label")._repr_html_()
    assert "<b>size</b>" not in shown
    assert "&lt;b&gt;size&lt;/b&gt;" in shown


def test_problems(frame: pd.DataFrame) -> None:
    assert Task(frame, "size").problem == "regression"
    assert Task(frame, "size").metric == "rmse"
    assert Task(frame.assign(label=frame["size"] > 0), "label").classes == [False, True]
    task = Task(frame.assign(label=RNG.integers(0, 5, ROWS)), "label", problem="regression", metric="mae")
    assert (task.outputs, task.direction, task.classes) == (1, "min", [])


def test_the_splits_are_stratified_and_seeded(frame: pd.DataFrame) -> None:
    task, again, other = (Task(frame, "label", seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(task.splits.order, again.splits.order)
    assert not np.array_equal(task.splits.order, other.splits.order)
    shares = frame["label"].value_counts(normalize=True)
    held = frame["label"].iloc[task.splits.holdout].value_counts(normalize=True)
    assert (shares - held).abs().max() < 0.04


def test_a_regression_is_stratified_by_tenths(frame: pd.DataFrame) -> None:
    task = Task(frame, "size", holdout=0.3)
    held = frame["size"].iloc[task.splits.holdout]
    assert abs(held.median() - frame["size"].median()) < 0.15


def test_the_fingerprint_is_of_the_content_alone(frame: pd.DataFrame) -> None:
    task = Task(frame, "label")
    assert (
        task.fingerprint
        == Task(frame.sample(frac=1, random_state=0), "label", seed=9, metric="macro_f1").fingerprint
    )
    assert task.fingerprint != Task(frame, "label", drop=["said"]).fingerprint
    assert task.fingerprint != Task(frame.iloc[1:], "label").fingerprint


def test_rows_without_a_target_are_left_out_and_said_so(frame: pd.DataFrame) -> None:
    frame.loc[:9, "label"] = None
    frame.loc[10, "label"] = "  "
    task = Task(frame, "label")
    assert task.rows == ROWS - 11
    assert task.notes == ["11 of 150 rows have no target and are left out"]
    assert "note: 11 of 150 rows" in task.describe()


def test_a_class_of_one_row_trains_and_is_noted(frame: pd.DataFrame) -> None:
    frame.loc[5, "label"] = "rare"
    task = Task(frame, "label")
    assert 5 in task.splits.train
    assert task.notes == ["class 'rare' has one row only: it can be learned from or judged, not both"]


def test_a_class_held_out_entirely_is_noted(frame: pd.DataFrame) -> None:
    rows = np.flatnonzero(frame["label"] == "c").tolist()
    task = Task(frame, "label", holdout=rows)
    assert task.notes == ["class 'c' has no training row and cannot be learned"]
    assert task.outputs == 3


def test_a_column_that_says_which_rows_are_held_out(frame: pd.DataFrame) -> None:
    frame["part"] = np.where(np.arange(ROWS) < 30, "test", np.where(np.arange(ROWS) < 50, "val", "train"))
    task = Task(frame, "label", holdout="part")
    assert sorted(task.splits.holdout) == list(range(30))
    assert sorted(task.splits.validation) == list(range(30, 50))
    assert task.notes == ["column 'part' names 20 validation rows, which are used as such"]
    column = next(c for c in task.columns if c.name == "part")
    assert (column.kind, column.reason) == ("dropped", "says which rows are held out")
    held = Task(frame.assign(part=frame["part"] == "test"), "label", holdout="part").splits
    assert sorted(held.holdout) == list(range(30))
    assert len(held.validation) == 24


def test_held_out_positions_are_those_of_the_table(frame: pd.DataFrame) -> None:
    frame.loc[0:4, "label"] = None
    task = Task(frame, "label", holdout=[3, 5, 140])
    assert [ROWS - task.rows + position for position in sorted(task.splits.holdout)] == [5, 140]
    assert len(Task(frame, "label", holdout=0).splits.holdout) == 0


def test_groups_stay_on_one_side(frame: pd.DataFrame) -> None:
    frame["house"] = RNG.integers(0, 30, ROWS).astype(float)
    frame.loc[:5, "house"] = None
    task = Task(frame, "label", group="house")
    parts = [
        frame["house"].iloc[rows].dropna()
        for rows in (task.splits.train, task.splits.validation, task.splits.holdout)
    ]
    assert not (set(parts[0]) & set(parts[1]))
    assert not (set(parts[0]) & set(parts[2]))
    assert not (set(parts[1]) & set(parts[2]))
    assert next(c for c in task.columns if c.name == "house").reason == "keeps the rows of a group together"


def test_a_group_that_is_a_text_is_still_read(frame: pd.DataFrame) -> None:
    assert next(c for c in Task(frame, "label", group="said").columns if c.name == "said").kind == "text"


def test_what_a_person_says(frame: pd.DataFrame) -> None:
    task = Task(frame, "label", drop=["said"], column_types={"id": "numeric", "shop": "text"})
    assert {c.name: (c.kind, c.reason) for c in task.columns} == {
        "id": ("numeric", "you said numeric"), "size": ("numeric", "numbers, 150 values"),
        "shop": ("text", "you said text"), "said": ("dropped", "you said so"),
    }  # fmt: skip


def test_a_csv_file_with_pictures_beside_it(tmp_path: Path, frame: pd.DataFrame) -> None:
    from PIL import Image

    (tmp_path / "shots").mkdir()
    for index in range(ROWS):
        Image.new("RGB", (12, 10), (index, 0, 0)).save(tmp_path / "shots" / f"{index}.png")
    frame.assign(shot=[f"shots/{i}.png" for i in range(ROWS)]).to_csv(tmp_path / "shops.csv", index=False)
    task = Task(tmp_path / "shops.csv", "label")
    assert task.name == "shops"
    assert task.modalities == ["image", "text", "table"]
    assert task.views["image_pixels"].shape == (10, 12, 3)
    found = task.data().inputs(["image_pixels"], "holdout")["image_pixels"]
    assert sorted(found[:, 0, 0, 0]) == sorted(task.splits.holdout)
    moved = pd.read_csv(tmp_path / "shops.csv").iloc[:2]
    assert task.preprocessor.transform(moved, ["image_pixels"], tmp_path)["image_pixels"][1, 0, 0, 0] == 1


def test_the_frame_of_a_person_is_left_as_it_is(frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    _ = Task(frame, "label").views
    pd.testing.assert_frame_equal(frame, before)


def test_many_classes() -> None:
    frame = pd.DataFrame({"x": RNG.normal(size=6000), "y": [f"k{i % 2000}" for i in range(6000)]})
    task = Task(frame, "y")
    assert task.outputs == 2000
    assert len(np.unique(task.data().targets("train"))) == 2000


def test_few_rows() -> None:
    task = Task(pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "y": list("ababab")}), "y")
    assert [len(task.data().targets(part)) for part in ("train", "validation", "holdout")] == [4, 1, 1]
    assert task.views["table_numbers"].shape == (1,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"target": "Label"},
            "Argument `target` names a column that is not there. Received: 'Label'. Columns: 'id', 'size'",
        ),
        ({"drop": ["x"]}, "Argument `drop` names a column that is not there. Received: 'x'"),
        ({"drop": "said"}, "argument `drop`. Expected a list of columns. Received the text 'said'"),
        ({"drop": ["label"]}, "Argument `drop` names the target"),
        ({"group": "x"}, "Argument `group` names a column that is not there"),
        ({"holdout": "x"}, "Argument `holdout` names a column that is not there"),
        (
            {"holdout": "shop"},
            "No row of column 'shop' says which rows are held out.*Received: \\['east', 'north', 'south'\\]",
        ),
        ({"holdout": 1.0}, "argument `holdout`. Expected a share from 0 to below 1. Received: 1.0"),
        ({"holdout": [3, 500]}, "argument `holdout`. Expected row positions from 0 to 149. Received: 500"),
        ({"validation": 0}, "argument `validation`. Expected a share between 0 and 1. Received: 0"),
        ({"metric": "rmse"}, "Invalid metric for a multiclass problem.*Received: metric='rmse'"),
        ({"problem": "regression"}, "said to be a regression, but its cells are not numbers"),
        ({"column_types": {"label": "text"}}, "`column_types` names the target"),
        ({"column_types": {"size": "float"}}, "Invalid kind for column 'size'"),
        ({"base": "no/such/folder"}, "argument `base`. Expected a folder that exists"),
        ({"image_size": (0, 5)}, None),
        (
            {"drop": ["size", "shop", "said"]},
            "No column is left to predict 'label' from. 'id': an identifier",
        ),
        ({"encoders": {"sound": "x"}}, "Invalid key in `encoders`"),
    ],
)
def test_errors(frame: pd.DataFrame, options: dict[str, object], message: str | None) -> None:
    if message is None:  # no picture, no matter
        Task(frame, "label", **options)  # type: ignore[arg-type]
        return
    with pytest.raises(DataError, match=message):
        Task(frame, **{"target": "label", **options})  # type: ignore[arg-type]


def test_one_class_and_one_row_a_class(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="has one class only, 'a'"):
        Task(frame.assign(label="a"), "label")
    with pytest.raises(DataError, match="another value in each of its 150 rows"):
        Task(frame.assign(label=[f"k{i}" for i in range(ROWS)]), "label")
    with pytest.raises(DataError, match="Column names must differ"):
        Task(pd.concat([frame, frame[["size"]]], axis=1), "label")


def test_a_task_loads_neither_keras_nor_tensorflow(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "t.csv", index=False)
    code = (
        "import sys; from kerasnas.task import Task; t = Task(sys.argv[1], 'label'); t.views; t.fingerprint; "
        "t.data().inputs(t.views, 'train'); t.spool(sys.argv[2]);"
        "print(sorted({'keras', 'tensorflow', 'transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "t.csv"), str(tmp_path / "spool")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_split_by_time() -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2026-01-01", periods=100).strftime("%Y-%m-%d").to_numpy()
    frame = pd.DataFrame(
        {"day": rng.permutation(days), "x": rng.normal(size=100), "y": rng.choice(["a", "b"], 100)}
    )
    task = Task(frame, "y", time="day", seed=0)
    parts = [
        task.frame["day"].iloc[rows]
        for rows in (task.splits.train, task.splits.validation, task.splits.holdout)
    ]
    assert [len(p) for p in parts] == [64, 16, 20]
    assert parts[0].max() < parts[1].min() <= parts[1].max() < parts[2].min()
    with pytest.raises(DataError, match="neither dates nor numbers"):
        Task(frame.assign(w="word"), "y", time="w")
    with pytest.raises(
        DataError, match="there is no group. Received: holdout=0.2, validation=0.2, group='x'"
    ):
        Task(frame, "y", time="day", group="x")
    with pytest.raises(DataError, match="`time` names a column that is not there"):
        Task(frame, "y", time="moment")
