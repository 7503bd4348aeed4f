from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from kerasnas.data import TaskData, filling, parquet, room
from kerasnas.errors import DataError
from kerasnas.task import Task


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Parquet file stays on disk, and is read a few rows at a time."""
    monkeypatch.setattr(parquet, "MOST_MEMORY", 0)
    monkeypatch.setattr(parquet, "PIECE_ROWS", 90)
    monkeypatch.setattr(room, "MOST_BYTES", 1000)
    monkeypatch.setattr(room, "PIECE", 250)
    monkeypatch.setattr(filling, "TOGETHER", 7_000)


@pytest.fixture
def table() -> pd.DataFrame:
    """420 rows of every kind of column that a table has, with holes."""
    rng = np.random.default_rng(0)
    rows = 420
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=rows),
            "count": rng.integers(0, 9, rows),
            "sure": rng.random(rows) > 0.5,
            "town": rng.choice([f"town {n}" for n in range(40)], rows),
            "when": pd.date_range("2024-01-01", periods=rows, freq="7h"),
            "marks": [";".join(rng.choice(list("abcdef"), 2)) for _ in range(rows)],
            "curve": [rng.normal(size=int(n)).tolist() for n in rng.integers(3, 6, rows)],
            "story": [f"a {rng.choice(['cat', 'dog'])} went number {n} home" for n in range(rows)],
            "id": np.arange(rows),
            "family": rng.choice([f"f{n}" for n in range(90)], rows),
            "weight": rng.random(rows),
            "label": rng.choice(["u", "v", "w"], rows),
            "amount": rng.normal(size=rows),
        }
    )
    for column in ("size", "count", "sure", "town", "label", "family"):
        frame[column] = frame[column].astype(object)
        frame.loc[rng.choice(rows, 20, replace=False), column] = None
    frame["size"] = frame["size"].astype(float)
    frame["sure"] = frame["sure"].astype("object")
    frame["count"] = frame["count"].astype(float)
    return frame


def written(frame: pd.DataFrame, folder: Path, parts: int = 3) -> str:
    folder.mkdir(exist_ok=True)
    for number, rows in enumerate(np.array_split(np.arange(len(frame)), parts)):
        frame.iloc[rows].to_parquet(folder / f"{number}.parquet", row_group_size=70)
    return str(folder / "*.parquet")


def same(left: Any, right: Any) -> bool:
    dense = (one.toarray() if scipy.sparse.issparse(one) else np.asarray(one) for one in (left, right))
    return np.array_equal(*dense, equal_nan=True)


def both(pattern: str, monkeypatch: pytest.MonkeyPatch, *given: Any, **options: Any) -> tuple[Task, Task]:
    """The same task of the rows in memory and of those on disk."""
    with monkeypatch.context() as before:
        before.setattr(parquet, "MOST_MEMORY", 2**40)
        memory = Task(pattern, *given, **options)
    disk = Task(pattern, *given, **options)
    assert disk._table.on_disk
    assert not memory._table.on_disk
    return memory, disk


def check_alike(memory: Task, disk: Task, folder: Path) -> None:
    assert disk.columns == memory.columns
    assert disk.notes[1:] == memory.notes
    assert "stays on disk" in disk.notes[0]
    assert disk._target == memory._target
    assert disk.fingerprint == memory.fingerprint
    assert disk.class_counts() == memory.class_counts()
    disk.spool(folder)
    for data in (disk.data(), TaskData.open(folder)):
        known = memory.data()
        assert data.views == known.views
        for part in ("train", "validation", "holdout"):
            assert np.array_equal(getattr(disk.splits, part), getattr(memory.splits, part))
            assert data.targets(part).dtype == known.targets(part).dtype
            assert same(data.targets(part), known.targets(part))
            for name in known.views:
                assert same(data.inputs([name], part)[name], known.inputs([name], part)[name]), name
            if known.weights(part) is not None:
                assert same(data.weights(part), known.weights(part))


OPTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "classes": ("label", {"drop": ["amount"]}),
    "numbers": ("amount", {"drop": ["story"]}),
    "groups and weights": (
        "label",
        {"drop": ["story"], "group": "family", "weights": "weight", "class_weights": "balanced"},
    ),
    "time": ("label", {"drop": ["story"], "time": "when"}),
    "positions": ("label", {"drop": ["story"], "holdout": list(range(0, 200, 3))}),
    "several numbers": (["amount", "weight"], {"drop": ["story"]}),
    "labels in a text": ("marks", {"problem": "multilabel", "drop": ["story"]}),
}


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("case", OPTIONS)
def test_a_table_on_disk_makes_the_same_task(
    case: str, table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, options = OPTIONS[case]
    memory, disk = both(written(table, tmp_path / "table"), monkeypatch, target, **options)
    check_alike(memory, disk, tmp_path / "spool")


@pytest.mark.usefixtures("on_disk")
def test_a_column_of_parts_and_columns_of_yes_and_no(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    table = table[["size", "town"]].assign(
        red=rng.random(420) > 0.5, big=rng.random(420) > 0.3, part=rng.choice(["test", "train", "dev"], 420)
    )
    memory, disk = both(written(table, tmp_path / "table"), monkeypatch, ["red", "big"], holdout="part")
    assert memory.problem == "multilabel"
    check_alike(memory, disk, tmp_path / "spool")


@pytest.mark.usefixtures("on_disk")
def test_pictures_are_read_in_pieces_too(
    mixed: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, disk = both(written(mixed, tmp_path / "table"), monkeypatch, "animal")
    check_alike(memory, disk, tmp_path / "spool")


@pytest.mark.usefixtures("on_disk")
def test_a_sample_types_and_fits_and_all_rows_are_counted(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table.sort_values("label", ignore_index=True)
    table.loc[419, "label"] = "rarely"
    table["id"] = np.arange(420) + 5
    pattern = written(table, tmp_path / "table")
    monkeypatch.setattr(parquet, "SAMPLE_ROWS", 100)
    monkeypatch.setattr(parquet, "FIRST", 50)
    task = Task(pattern, "label")
    assert "fitted on, 100 rows drawn by chance" in task.notes[0]
    assert task.notes[0] in task.describe()
    assert task.classes == ["rarely", "u", "v", "w"]
    kinds = {column.name: column for column in task.columns}
    assert kinds["id"].kind == "dropped"
    present = table["label"].notna()
    assert kinds["town"].missing == int(table["town"][present].isna().sum())
    assert len(task.frame) <= 100
    with monkeypatch.context() as before:
        before.setattr(parquet, "MOST_MEMORY", 2**40)
        memory = Task(pattern, "label")
    assert np.array_equal(task.splits.order, memory.splits.order)
    assert task.fingerprint == memory.fingerprint
    data, train = task.data(), memory.frame.iloc[task.splits.train]
    wanted = task.preprocessor.transform(train)
    for name in data.views:
        assert same(data.inputs([name], "train")[name], wanted[name])


@pytest.mark.usefixtures("on_disk")
def test_what_cannot_be_is_said(table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = written(table, tmp_path / "table")
    task = Task(pattern, "label")
    last = tmp_path / "table" / "2.parquet"
    os.utime(last, (1, 1))
    with pytest.raises(DataError, match=r"2.parquet has changed, or is gone, since the task was made"):
        task.spool(tmp_path / "spool")
    table.rename(columns={"size": "height"}).to_parquet(last)
    with pytest.raises(DataError, match=r"are to be one table, but differ in the columns 'height', 'size'"):
        Task(pattern, "label")
    table.assign(size="tall").to_parquet(last)
    with pytest.raises(DataError, match=r"column 'size' is double in one and .*string in the other"):
        Task(pattern, "label")
    last.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        Task(pattern, "label")
    last.unlink()
    monkeypatch.setattr(filling, "MOST_SPARSE", 100)
    with pytest.raises(DataError, match=r"'text_tfidf' of \['story'\] would take more than"):
        Task(pattern, "label").data().inputs(["text_tfidf"], "train")


@pytest.mark.usefixtures("on_disk")
def test_types_that_differ_between_files_without_harm(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table[["size", "id", "family", "amount", "label"]].dropna()
    table["amount"] = np.round(table["amount"] * 10)
    pattern = written(table, tmp_path / "table")
    first = table.iloc[:100].assign(amount=lambda frame: frame["amount"].astype(int), family=None)
    first.to_parquet(tmp_path / "table" / "0.parquet")
    memory, disk = both(pattern, monkeypatch, "label")
    check_alike(memory, disk, tmp_path / "spool")


def test_small_files_are_read_into_memory(table: pd.DataFrame, tmp_path: Path) -> None:
    assert parquet.large(written(table, tmp_path / "table")) is None
    assert not Task(tmp_path / "table", "label")._table.on_disk


@pytest.mark.slow
@pytest.mark.usefixtures("on_disk")
def test_a_search_over_a_table_on_disk(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import kerasnas as kn
    from kerasnas.evaluators import FullTraining

    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    table = table[["size", "count", "town"]]
    table["label"] = np.where(table["size"].fillna(0) > 0, "more", "less")
    task = Task(written(table, tmp_path / "table"), "label")
    search = kn.Search(
        task,
        kn.spaces.tabular(task),
        strategy="random",
        budget=kn.Budget(trials=1),
        executor="inline",
        evaluator=FullTraining(max_epochs=4, patience=4),
        finalists=1,
    )
    search.start()
    assert search.wait()
    assert search.status["final"]["held-out"] > 0.7
    search.best.save(tmp_path / "best.kn")
    said = kn.load(tmp_path / "best.kn").predict(table.head(50))
    assert np.mean(said == table["label"].head(50)) > 0.7
