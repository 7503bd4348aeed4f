"""The handle: what it refuses, what it shows, and a whole small search in this process."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_iris

import kerasnas as kn
from kerasnas.cli import main
from kerasnas.errors import DataError, EvaluationError, SearchError
from kerasnas.evaluators import FullTraining
from kerasnas.evaluators.base import Evaluator, Outcome, register
from kerasnas.run.folder import RunFolder
from kerasnas.run.progress import Lines


@register
class Scripted(Evaluator):
    """Judges at once, by the genotype alone."""

    name = "scripted"

    def __init__(self, fail: bool = False, epochs: int = 3, wait: float = 0.0) -> None:
        super().__init__()
        self.fail, self.epochs, self.wait = fail, epochs, wait

    def options(self) -> dict[str, Any]:
        return {"fail": self.fail, "epochs": self.epochs, "wait": self.wait}

    def evaluate(self, genotype: Any, *, seed: int, report: Any = None, pulse: Any = None) -> Outcome:
        if self.fail:
            raise EvaluationError("no such layer")
        value, done = int(genotype.key[:4], 16) / 0xFFFF, 0
        for epoch in range(1, self.epochs + 1):
            time.sleep(self.wait)
            if not pulse() or not report(epoch, {"objective": value * epoch / self.epochs}):
                return Outcome(value, {}, {"seconds": 0.1}, epoch, epoch, stopped=True)
            done = epoch
        return Outcome(value, {"accuracy": value}, {"seconds": 0.1}, done, done)


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


def quick(task: kn.Task, space: kn.Space, **options: Any) -> kn.Search:
    given: dict[str, Any] = {
        "budget": "4 trials", "executor": "inline", "finalists": 0, "warm_start": False, "evaluator": Scripted(), **options,
    }  # fmt: skip
    return kn.Search(task, space, **given)


def until(true: Any) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_small_search_from_start_to_prediction(
    task: kn.Task, space: kn.Space, tmp_path: Path, home: Path
) -> None:
    search = kn.Search(
        task,
        space,
        budget=kn.Budget(trials=2),
        executor="inline",
        finalists=1,
        evaluator=FullTraining(max_epochs=3, patience=3),
    )
    assert search.start() is search
    assert search.wait()
    board = search.leaderboard()
    assert list(board.columns[:9]) == [
        "trial", "state", "validation", "held-out", "parameters", "flops", "epochs", "seconds", "origin",
    ]  # fmt: skip
    assert list(board.index) == [1, 2]
    assert board["validation"].is_monotonic_decreasing
    best = search.best
    assert best.final
    assert best.number == board.iloc[0]["trial"]
    assert best.holdout == board.iloc[0]["held-out"]
    assert (
        repr(best)
        == f"<Best: trial {best.number}, accuracy: validation {best.validation:.4f}, held-out {best.holdout:.4f}>"
    )
    assert "def build_model" in best.source()
    path = best.save(tmp_path / "deep" / "iris.kn")
    predicted = kn.load(path).predict(task.frame.drop(columns=["species"]))
    assert set(predicted) <= {"setosa", "versicolor", "virginica"}
    assert (best.predictor().predict(task.frame) == predicted).all()

    record = search._watch.record
    assert record.settings["baseline"] == pytest.approx(1 / 3, abs=0.05)
    assert record.versions["keras"]
    assert Path(search.store) == home / "store.db"
    folder = Path(record.run_folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not list(folder.rglob("*.pkl"))
    assert "finished" in repr(search)
    assert "<table" in search._repr_html_()
    again = kn.Search.attach(search.id)
    pd.testing.assert_frame_equal(again.leaderboard(), board)
    assert again.space.fingerprint == space.fingerprint
    assert "cold" in str(search.explain_warm_start())


def test_finalists_that_do_better_together_are_one_model(
    task: kn.Task, space: kn.Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kerasnas.run.trainer.pick", lambda said, *_: tuple(said)[:2])
    search = quick(task, space, budget="3 trials", finalists=2, evaluator=FullTraining(3, 3)).start()
    search.wait()
    best, board = search.best, search.leaderboard()
    assert best.members == tuple(board["trial"][:2])
    assert (best.number, best.final) == (best.members[0], True)
    assert best.cost["parameters"] == board["parameters"][:2].sum()
    assert repr(best).startswith(
        f"<Best: trials {best.members[0]}, {best.members[1]} averaged, accuracy: validation {best.validation:.4f}"
    )
    assert f"Trials {best.members[0]}, {best.members[1]} averaged" in best._repr_html_()
    assert search.status["final"]["members"] == list(best.members)
    predictor = kn.load(best.save(tmp_path / "both.kn"))
    assert predictor.genotypes == list(best.genotypes)
    assert predictor.source() == best.source()
    assert set(predictor.predict(task.frame)) <= {"setosa", "versicolor", "virginica"}
    accuracy = best.metrics["accuracy"]
    assert best.holdout == predictor.card["holdout"] == accuracy
    assert [each["trial"] for each in predictor.card["lineage"]] == list(best.members)
    assert predictor.card["search_seed"] == search._watch.record.seed
    assert predictor.card["warm_start"] == []
    assert best.draw(best.members[1]) is not None
    with pytest.raises(SearchError, match="Its members are the trials"):
        best.draw(99)
    assert (best.export(tmp_path / "out", "keras", rows=task.frame) / "model.keras").is_file()
    shown: list[str] = []
    lines = Lines("max", "accuracy")
    lines.say = shown.append  # type: ignore[method-assign]
    for _ in range(2):
        lines.show(*search._watch.look())
    said = f"trials {best.members[0]}, {best.members[1]} averaged: validation {best.validation:.4f}, held-out {accuracy:.4f}"
    assert shown.count(said) == 1


def test_a_folder_is_asked_for_its_size_only_where_that_is_told(
    task: kn.Task, space: kn.Space, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    search = quick(task, space).start()
    search.wait()
    asked: list[Path] = []
    monkeypatch.setattr(RunFolder, "mebibytes", lambda self: asked.append(self.path) or 1.5)
    assert main(["runs", "--store", search.store]) == 0
    assert search.id in capsys.readouterr().out
    assert "finished" in repr(search)
    assert asked == []
    assert main(["runs", "--store", search.store, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["run_folder_mib"] == search.status["run_folder_mib"] == 1.5
    assert len(asked) == 2


def test_nothing_is_there_before_the_start(task: kn.Task, space: kn.Space, home: Path) -> None:
    search = quick(task, space)
    assert repr(search).endswith("not started>")
    with pytest.raises(SearchError, match=r"call start\(\) first"):
        search.id  # noqa: B018
    assert not (home / "runs").exists()


def test_a_search_is_started_once(task: kn.Task, space: kn.Space) -> None:
    search = quick(task, space).start()
    with pytest.raises(SearchError, match="was started before"):
        search.start()
    search.wait()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "cloud"}, "executor is 'process' or 'inline'. Received: 'cloud'"),
        ({"budget": "soon"}, "Cannot read the budget 'soon'"),
        ({"budget": 5}, "budget is a kn.Budget or text"),
        ({"strategy": 3}, "strategy is a name"),
        ({"limits": {"size": 3}}, "limits may hold parameters, flops, activations"),
        ({"finalists": -1}, "finalists is 0 or more"),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    task: kn.Task, space: kn.Space, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SearchError, match=message):
        quick(task, space, **options)


def test_a_frame_is_no_task() -> None:
    with pytest.raises(SearchError, match="task is a kn.Task"):
        kn.Search(pd.DataFrame(), budget="1m")


def test_a_start_that_fails_leaves_nothing_behind(task: kn.Task, space: kn.Space, home: Path) -> None:
    with pytest.raises(SearchError, match="There is no strategy 'evolve'"):
        quick(task, space, strategy="evolve").start()
    assert list((home / "runs").iterdir()) == []


def test_data_that_cannot_be_spooled_says_so_and_leaves_nothing(
    task: kn.Task, space: kn.Space, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Any) -> None:
        raise DataError("most pictures cannot be read")

    monkeypatch.setattr(task, "spool", refuse)
    with pytest.raises(DataError, match="most pictures cannot be read"):
        quick(task, space).start()
    assert list((home / "runs").iterdir()) == []


def test_a_search_that_does_not_exist_is_named_with_those_that_do(
    task: kn.Task, space: kn.Space, tmp_path: Path
) -> None:
    with pytest.raises(SearchError, match="There is no store at .*nowhere.db, so no search 'x'"):
        kn.Search.attach("x", tmp_path / "nowhere.db")
    assert not (tmp_path / "nowhere.db").exists()
    search = quick(task, space, store=tmp_path / "team.db").start()
    search.wait()
    with pytest.raises(SearchError, match=search.id):
        kn.Search.attach("x", tmp_path / "team.db")


def test_a_failed_search_raises_with_its_reason(task: kn.Task, space: kn.Space) -> None:
    search = quick(task, space, evaluator=Scripted(fail=True)).start()
    with pytest.raises(
        SearchError, match="failed: No candidate could be trained. The last error: no such layer"
    ):
        search.wait()
    assert search.status["state"] == "failed"
    assert (search.leaderboard()["state"] == "failed").all()
    with pytest.raises(SearchError, match="no completed trial"):
        search.best  # noqa: B018


def test_a_search_that_paused_itself_raises_why_and_goes_on_when_it_is_resumed(
    task: kn.Task, space: kn.Space, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    search = quick(task, space, evaluator=Scripted(fail=True), budget="20 trials").start()
    with pytest.raises(
        SearchError, match="has paused itself .* 8 candidates in a row failed with the same error: no such"
    ):
        search.wait()
    told = search.status
    assert told["state"] == "paused"
    assert "8 candidates in a row failed" in told["reason"]
    assert told["run_folder_mib"] > 0
    assert main(["attach", search.id]) == 1
    said = capsys.readouterr()
    assert "paused: 8 candidates in a row failed" in said.out
    assert f"`kerasnas resume {search.id}` goes on" in said.err
    search.resume()
    with pytest.raises(SearchError, match="has paused itself"):  # eight more
        search.wait()
    assert sum(search.status["trials"].values()) == 16
    search.stop()
    assert search.wait()
    assert search.status["state"] == "stopped"


def test_best_before_the_end_is_provisional(task: kn.Task, space: kn.Space, tmp_path: Path) -> None:
    search = quick(task, space).start()
    search.wait()
    best = search.best
    assert (best.final, best.holdout) == (False, None)
    assert "held-out not judged yet" in repr(best)
    with pytest.raises(SearchError, match="has no trained model: .*The budget of 4 trials is spent"):
        best.save(tmp_path / "x.kn")


def test_pause_resume_and_stop_in_this_process(task: kn.Task, space: kn.Space) -> None:
    search = quick(task, space, budget="1000 trials", evaluator=Scripted(epochs=5, wait=0.02)).start()
    until(lambda: len(search.trials) > 1)
    search.pause()
    until(lambda: search.status["state"] == "paused")
    still = search.trials
    assert not search.wait(timeout=0.5)
    assert [len(t.curve) for t in search.trials] == [len(t.curve) for t in still]
    search.resume()
    until(lambda: len(search.trials) > len(still))
    search.stop()
    assert search.wait()
    assert search.status["state"] == "stopped"
    with pytest.raises(SearchError, match="nothing to stop"):
        search.stop()
    count = len(search.trials)
    search.resume(budget=kn.Budget(trials=count + 2))
    assert search.wait()
    assert search.status["state"] == "finished"
    assert len(search.trials) == count + 2


def test_a_finished_search_goes_on_only_with_a_larger_budget(task: kn.Task, space: kn.Space) -> None:
    search = quick(task, space).start()
    search.wait()
    with pytest.raises(
        SearchError, match=r"has finished. The budget of 4 trials is spent. To go on give a larger budget"
    ):
        search.resume()
    search.resume("6 trials")
    search.wait()
    longer = quick(task, space, budget="6 trials").start()
    longer.wait()
    assert [t.genotype for t in search.trials] == [t.genotype for t in longer.trials]


def test_ctrl_c_ends_the_waiting_and_not_the_search(
    task: kn.Task, space: kn.Space, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    search = quick(task, space, budget="1000 trials", evaluator=Scripted(epochs=5, wait=0.02)).start()
    until(lambda: search.trials)

    def interrupt(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kerasnas.search.time.sleep", interrupt)
        assert not search.wait()
    assert f"The search goes on: Search.attach({search.id!r})" in capsys.readouterr().err
    assert search.status["state"] == "running"
    search.stop()
    search.wait()


def test_progress_outside_a_terminal_is_plain_lines(
    task: kn.Task, space: kn.Space, capsys: pytest.CaptureFixture[str]
) -> None:
    search = quick(task, space).start()
    search.wait(progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("trial ") for line in lines) == 4
    assert "4/4 trials" in "".join(lines)
    assert lines[-1] == "finished: The budget of 4 trials is spent."
    assert not any("\x1b" in line for line in lines)


def test_progress_in_a_terminal_is_a_table(task: kn.Task, space: kn.Space) -> None:
    from rich.console import Console

    from kerasnas.run.progress import Table

    search = quick(task, space).start()
    search.wait()
    table = Table(search.id, "max", "accuracy", "iris")
    snapshot, state = search._watch.look()
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(table._draw(snapshot, state))
    text = console.export_text()
    assert "validation accuracy" in text
    assert "held-out" in text
    assert f"{search.best.validation:.4f}" in text
    assert "4/4 trials" in text


def test_lines_name_a_failure() -> None:
    from types import SimpleNamespace

    trial = SimpleNamespace(
        number=3,
        trained=True,
        state="failed",
        value=None,
        error={"message": "memory ran out\nmore"},
        cost={},
        curve=(),
        genotype={},
    )
    snapshot = SimpleNamespace(
        trials=(trial,),
        finals=(),
        ensemble=None,
        search=SimpleNamespace(progress={"trials": 1}, budget={"trials": 9}, reason=None),
    )
    said: list[str] = []
    lines = Lines("max", "accuracy")
    lines.say = said.append  # type: ignore[method-assign]
    lines.show(snapshot, "running")  # type: ignore[arg-type]
    assert said[0] == "trial 3: failed: memory ran out; no best yet; 1/9 trials, 00:00:00"


def test_lines_say_where_memory_ran_out() -> None:
    from types import SimpleNamespace

    from kerasnas.run.progress import _outcome

    cost = {"epochs": 4, "batch_size": 16, "out_of_memory_at": 32}
    trial = SimpleNamespace(state="completed", value=0.5, error=None, cost=cost, curve=())
    said = _outcome(trial, "accuracy")  # type: ignore[arg-type]
    assert said == "validation accuracy 0.5000 after 4 epochs, in batches of 16: memory ran out with 32"


def test_limits_refuse_before_a_weight_exists(task: kn.Task, space: kn.Space) -> None:
    search = quick(task, space, budget="3 trials", strategy="random", limits={"parameters": 5000}).start()
    search.wait()
    board = search.leaderboard()
    assert (board.loc[board["state"] == "completed", "parameters"] <= 5000).all()
    assert (board.loc[board["state"] == "refused", "parameters"] > 5000).all()
    assert board.loc[board["state"] == "refused", "validation"].isna().all()


def test_a_folder_that_others_can_enter_is_not_read(task: kn.Task, space: kn.Space) -> None:
    search = quick(task, space).start()
    search.wait()
    folder = Path(search._watch.record.run_folder)
    folder.chmod(0o755)
    with pytest.raises(SearchError, match="closed to others"):
        search.resume("9 trials")
    folder.chmod(0o700)
    (folder / "job.json").unlink()
    with pytest.raises(SearchError, match="holds no job"):
        search.resume("9 trials")
