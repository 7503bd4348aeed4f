"""A search with several objectives and measured limits, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_iris

import kerasnas as kn
from kerasnas import cli
from kerasnas.errors import SearchError
from kerasnas.evaluators import FullTraining
from kerasnas.evaluators.base import Evaluator, Outcome, register
from kerasnas.objectives.pareto import front


@register
class AtOnce(Evaluator):
    """Judges at once, by the genotype alone."""

    name = "at_once"

    def options(self) -> dict[str, Any]:
        return {}

    def evaluate(self, genotype: Any, *, seed: int, report: Any = None, pulse: Any = None) -> Outcome:
        value = int(genotype.key[:4], 16) / 0xFFFF
        return Outcome(value, {}, {"seconds": 0.1}, 1, 1, stopped=not report(1, {"objective": value}))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KERASNAS_STORE", raising=False)
    yield tmp_path / "home"


@pytest.fixture(scope="module")
def task() -> kn.Task:
    frame = load_iris(as_frame=True).frame
    frame["species"] = frame.pop("target").map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    return kn.Task(frame, target="species", name="iris")


@pytest.fixture(scope="module")
def space(task: kn.Task) -> kn.Space:
    return kn.spaces.multimodal(task)


def searched(task: kn.Task, space: kn.Space, **options: Any) -> kn.Search:
    given = {
        "executor": "inline",
        "finalists": 0,
        "warm_start": False,
        "evaluator": AtOnce(),
        "minimise": "parameters",
        **options,
    }
    search = kn.Search(task, space, **given).start()
    assert search.wait()
    return search


def test_latency_is_measured_and_the_front_has_bundles(
    task: kn.Task, space: kn.Space, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search = searched(
        task, space, budget="5 trials", finalists=2, evaluator=FullTraining(2, 2), minimise=("latency", "model_size"),
        limits={"latency": "10s"},
    )  # fmt: skip
    board, ends = search.leaderboard(), search.pareto()
    assert {"latency_ms", "model_size", "front"} <= set(board.columns)
    assert (board["model_size"] == 4 * board["parameters"]).all()
    assert (board["latency_ms"] > 0).all()
    points = [(-r.validation, r.latency_ms, r.model_size) for r in board.itertuples()]
    expected = [board["trial"].iloc[k] for k in front(points)]
    assert list(ends["trial"]) == expected == list(board.loc[board["front"], "trial"])
    cost = search.trials[0].cost
    low, high = cost["latency_quartiles_ms"]
    assert low <= cost["latency_ms"] <= high
    assert cost["latency_protocol"]["batch"] == 1
    assert cost["latency_protocol"]["warm_up"] == 10
    assert cost["latency_protocol"]["runs"] >= 10

    best = search.best
    assert best.number == board["trial"].iloc[0]
    assert len(best.members) == 1
    held = [row.trial for row in ends.itertuples() if row.bundle]
    assert held[0] == best.number
    assert len(held) == min(2, len(ends))
    last = search.finalist(held[-1])
    assert len(kn.load(last.save(tmp_path / "small.kn")).predict(task.frame.head(3))) == 3
    with pytest.raises(SearchError, match="Trial 99 is no finalist"):
        search.finalist(99)

    drawing = search.draw_pareto("model_size")
    assert drawing.svg.count("data-trial") == 5
    assert len(drawing.rows) == len(ends)
    with pytest.raises(SearchError, match="minimises latency, model_size. Received: cost='flops'"):
        search.draw_pareto("flops")

    assert cli.main(["show", search.id, "--pareto", "--json"]) == 0
    assert [row["trial"] for row in json.loads(capsys.readouterr().out)] == list(ends["trial"])
    assert cli.main(["show", search.id, "--pareto"]) == 0
    assert "latency_ms" in capsys.readouterr().out


def test_a_resumed_search_of_two_objectives_has_the_same_trials(task: kn.Task, space: kn.Space) -> None:
    whole = searched(task, space, budget="30 trials", limits={"flops": "1M"})
    cut = searched(task, space, budget="13 trials", limits={"flops": "1M"})
    cut.resume("30 trials")
    assert cut.wait()
    pd.testing.assert_frame_equal(cut.leaderboard(), whole.leaderboard())
    assert set(whole.leaderboard()["origin"]) & {"mutation", "crossover"}
    assert kn.Search.attach(cut.id).minimise == ("parameters",)
    assert list(kn.Search.attach(cut.id).pareto()["trial"]) == list(whole.pareto()["trial"])


def test_what_is_too_slow_is_refused_before_it_is_trained(
    task: kn.Task, space: kn.Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kerasnas.run.loop.MOST_IDLE", 2)
    search = searched(task, space, budget="3 trials", minimise=(), limits={"latency": "0.1us"})
    for trial in search.trials:
        assert trial.state == "refused"
        assert trial.cost["latency_ms"] > 0.0001
        assert trial.cost["epochs"] == 0
        assert str((trial.error or {})["message"]).endswith(
            "ms latency: the search allows at most 0.0001 ms."
        )
    with pytest.raises(SearchError, match="has one objective, accuracy, so no front"):
        search.pareto()


def test_sizes_and_activations_are_refused_unbuilt(task: kn.Task, space: kn.Space) -> None:
    limits = {"model_size": "20kB", "activations": 2000}
    search = searched(task, space, budget="6 trials", strategy="random", minimise=(), limits=limits)
    board = search.leaderboard()
    assert {"model_size", "activations"} <= set(board.columns)
    assert "latency_ms" not in board.columns
    trained = board[board["state"] == "completed"]
    assert ((trained["model_size"] <= 20_000) & (trained["activations"] <= 2000)).all()
    refused = board[board["state"] == "refused"]
    assert len(refused)
    assert ((refused["model_size"] > 20_000) | (refused["activations"] > 2000)).all()


def test_a_strategy_of_one_objective_says_so(task: kn.Task, space: kn.Space) -> None:
    with pytest.raises(
        SearchError, match="'evolution' knows 1 objective; the metric and latency are 2. Use strategy='nsga2'"
    ):
        kn.Search(task, space, budget="3 trials", strategy="evolution", minimise="latency")
    with pytest.raises(SearchError, match="at most 3 different costs"):
        kn.Search(task, space, budget="3 trials", minimise=("speed",))
    search = searched(task, space, budget="3 trials")
    assert search._watch.record.strategy == "nsga2"
    assert "<table" in search._repr_html_()


def test_limits_and_objectives_from_a_terminal(
    task: kn.Task, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    class Seen(kn.Search):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            asked.update(self._asked or {})

        def start(self) -> kn.Search:
            raise SearchError("seen")

    monkeypatch.setattr("kerasnas.search.Search", Seen)
    task.frame.to_csv(tmp_path / "iris.csv", index=False)
    arguments = [
        "search",
        str(tmp_path / "iris.csv"),
        "--target",
        "species",
        "--limit",
        "latency=5ms",
        "--limit",
        "parameters=1e6",
    ]
    assert cli.main([*arguments, "--minimise", "latency"]) == 2
    assert asked["limits"] == {"latency": 5, "parameters": 1_000_000}
    assert asked["minimise"] == ("latency",)
    assert asked["strategy"]["name"] == "nsga2"
    assert cli.main([*arguments, "--limit", "latency=fast"]) == 2
    assert "limits['latency'] is a number above 0" in capsys.readouterr().err
