"""Lines to beat: fitted on the training rows, judged on the validation rows, no part of the search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import SearchError
from kerasnas.evaluators.base import Evaluator, Outcome, register
from kerasnas.run.lines import _boosted, _spread, lines


@register
class AsTold(Evaluator):
    """Judges at once: 0.5, whatever the genotype."""

    name = "as told"

    def options(self) -> dict[str, Any]:
        return {}

    def evaluate(self, genotype: Any, *, seed: int, report: Any = None, pulse: Any = None) -> Outcome:
        del genotype, seed, report, pulse
        return Outcome(0.5, {}, {"seconds": 0.1}, 1, 1)


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.normal(size=rows)})
    frame["kind"] = rng.choice(["red", "green", "blue"], rows)
    frame["amount"] = frame["a"] + (frame["kind"] == "red") + 0.1 * rng.normal(size=rows)
    frame["class"] = np.where(frame["a"] * frame["b"] > 0, "same", "other")
    frame.loc[::9, "b"] = np.nan
    return frame


def test_boosting_bends_and_the_linear_model_does_not() -> None:
    frame = table().drop(columns="amount")
    linear, boosted = lines(kn.Task(frame, target="class", seed=1).data())
    assert (linear.name, boosted.name) == ("linear model", "gradient boosting")
    assert boosted.validation > 0.75 > linear.validation
    assert linear.rows == 192


def test_numbers() -> None:
    task = kn.Task(table().drop(columns="class"), target="amount", metric="r2")
    linear, boosted = lines(task.data())
    assert linear.validation > 0.9
    assert boosted.validation > 0.6


def test_several_numbers_and_several_labels() -> None:
    frame = table()
    both = kn.Task(frame.drop(columns="class").assign(twice=2 * frame["amount"]), target=["amount", "twice"])
    assert all(np.isfinite(line.validation) for line in lines(both.data()))
    labels = frame[["a", "b", "kind"]].assign(
        up=(frame["a"] > 0).astype(int), never=0, red=(frame["kind"] == "red").astype(int)
    )
    found = lines(kn.Task(labels, target=["up", "never", "red"]).data())
    assert all(line.validation > 0.9 for line in found)


def test_a_class_that_no_training_row_has() -> None:
    frame = table(120).drop(columns="amount")
    frame.loc[0, "class"] = "rare"
    frame["part"] = np.where(frame.index < 30, "validation", np.where(frame.index < 50, "test", ""))
    task = kn.Task(frame, target="class", holdout="part", metric="log_loss")
    assert all(np.isfinite(line.validation) for line in lines(task.data()))


def test_weights_count() -> None:
    frame = table().drop(columns="amount")
    frame["weight"] = np.where(frame["class"] == "same", 1.0, 0.0)
    weighted = kn.Task(frame, target="class", weights="weight", seed=1)
    plain = kn.Task(frame.drop(columns="weight"), target="class", seed=1)
    assert lines(weighted.data())[1].validation < lines(plain.data())[1].validation


def test_what_each_reads() -> None:
    frame = table(900).drop(columns="class")
    frame["tags"] = "x; y"
    frame.loc[::2, "tags"] = "x"
    task = kn.Task(frame, target="amount", column_types={"tags": "tags"})
    data = task.data()
    info = task.views["table_numbers"].info
    assert (info["numbers"], info["missing"]) == (["a", "b"], [False, True])
    _, features = _boosted(data)
    read = features(data, "validation")
    assert read.shape[1] == 1 + 2 + 2
    rows = data.inputs(["table_numbers"], "validation")["table_numbers"]
    assert np.isnan(read[:, 2]).sum() == rows[:, -1].sum() > 0
    np.testing.assert_array_equal(read[:, 1], rows[:, 0])
    assert _spread(data, "validation").shape[1] == rows.shape[1] + 4 + 2


def test_no_table_no_line() -> None:
    frame = pd.DataFrame({"said": ["good thing", "bad thing"] * 40, "label": ["yes", "no"] * 40})
    assert lines(kn.Task(frame, target="label", column_types={"said": "text"}).data()) == []


def test_in_the_leaderboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    task = kn.Task(table().drop(columns="amount"), target="class", seed=1)
    search = kn.Search(
        task, budget="2 trials", executor="inline", finalists=0, warm_start=False, evaluator=AsTold(), store=tmp_path / "s.db",
    ).start()  # fmt: skip
    search.wait()
    board = search.leaderboard()
    told = search.lines_to_beat()
    assert list(told.columns) == ["name", "validation", "rows", "seconds"]
    ranked = search.leaderboard(lines=True)
    assert list(ranked.columns) == list(board.columns)
    assert ranked.iloc[0]["origin"] == "gradient boosting"
    assert ranked.iloc[0]["state"] == "line to beat"
    assert pd.isna(ranked.iloc[0]["trial"])
    assert list(ranked.index) == [1, 2, 3, 4]
    assert ranked["validation"].is_monotonic_decreasing
    pd.testing.assert_frame_equal(search.leaderboard(), board)
    assert search.best.number in set(board["trial"])
    monkeypatch.setattr("kerasnas.run.lines.lines", lambda _: pytest.fail("fitted twice"))
    pd.testing.assert_frame_equal(kn.Search.attach(search.id, tmp_path / "s.db").lines_to_beat(), told)
    (tmp_path / "gone").mkdir()
    search._watch.folder.data.rename(tmp_path / "gone" / "data")
    with pytest.raises(SearchError, match="fitted where its rows lie"):
        search.lines_to_beat()
