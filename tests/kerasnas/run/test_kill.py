"""Real processes, really killed: runner, TensorFlow worker, and the process that started the search."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from sklearn.datasets import load_iris

import kerasnas as kn
from kerasnas.errors import SearchError
from kerasnas.evaluators import FullTraining
from kerasnas.run.folder import RunFolder
from kerasnas.run.process import is_alive

pytestmark = pytest.mark.slow

TRIALS = 8
PATIENCE = (
    300.0  # seconds after which a wait is given up as an error; nothing is asserted about how long it took
)
RUNS = ["seconds"]  # what differs from run to run


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASNAS_HOME", str(folder))
        patch.setenv("KERASNAS_CACHE", str(folder / "cache"))
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        yield folder
        for process in processes(str(folder)):  # of a search that a failed test did not bring to its end
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def iris() -> kn.Task:
    frame = load_iris(as_frame=True).frame
    frame["species"] = frame.pop("target").map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    return kn.Task(frame, target="species", name="iris")


def search_over(store: Path, **options: Any) -> kn.Search:
    given: dict[str, Any] = {
        "budget": kn.Budget(trials=TRIALS),
        "finalists": 1,
        "warm_start": False,
        **options,
    }
    return kn.Search(
        iris(), given.pop("space", None), strategy=("evolution", {"population": 2, "tournament": 1, "initial": 2}), seed=3, store=store,
        evaluator=FullTraining(max_epochs=40, patience=40), **given,
    )  # fmt: skip


def until(true: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while not (value := true()):
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.02)
    return value


def training(search: kn.Search, least: int = 0) -> int:
    """Wait until a trial of at least this number is in the midst of its training; returns its number."""

    def there() -> list[int]:
        status, trials = search.status, search.trials
        assert status["state"] in ("created", "running"), status
        return [t.number for t in trials if t.state == "running" and t.number >= least and t.curve]

    return int(until(there, f"a trial from {least} on")[0])


def comparable(board: pd.DataFrame) -> pd.DataFrame:
    return board.drop(columns=RUNS)


def test_killing_worker_and_runner_changes_nothing_of_the_result(home: Path) -> None:
    undisturbed = search_over(home / "one.db").start()
    undisturbed.wait()
    expected = undisturbed.leaderboard()
    assert list(expected["state"]) == ["completed"] * TRIALS
    assert expected["held-out"].notna().sum() == 1

    search = search_over(home / "two.db").start()
    number = training(search, 1)
    worker = search.status["worker_pid"]
    os.kill(worker, signal.SIGKILL)
    number = training(search, number + 1)
    status = search.status
    assert status["trials"]["completed"] >= 2
    assert status["worker_pid"] != worker
    os.kill(status["pid"], signal.SIGKILL)
    until(lambda: not is_alive(status["worker_pid"]), "the end of the worker whose runner died")
    until(lambda: search.status["state"] == "lost", "that the runner's loss is noticed")
    with pytest.raises(
        SearchError, match=r"is gone. No finished trial is lost: resume\(\) goes on"
    ) as caught:
        search.wait()
    assert "trial 1 completed" in str(caught.value)
    with pytest.raises(SearchError, match="is gone"):
        search.pause()

    kept = [t for t in search.trials if t.state == "completed"]
    assert len(kept) >= number
    search.resume()
    assert search.wait()
    assert [t.finished_at for t in search.trials[: len(kept)]] == [t.finished_at for t in kept]
    assert 1 <= sum(t.attempt - 1 for t in search.trials) <= 2
    pd.testing.assert_frame_equal(comparable(search.leaderboard()), comparable(expected))
    assert search.best.holdout == undisturbed.best.holdout
    until(lambda: not processes(search.id), "the end of all processes")


SCRIPT = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would inherit that it is ignored
sys.path.insert(0, {tests!r})
import keras
import kerasnas as kn
import test_kill

class Scaled(keras.layers.Layer):  # as of a notebook: no other process can import it
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {{**super().get_config(), "factor": self.factor}}

@kn.block("own")
def own(x, *, units=kn.Choice(8, 16, 32)):
    x = kn.layers.Dense(units, activation="relu")(x)
    return {{"logits": kn.layers.Dense(3)(kn.custom(Scaled)(factor=2.0)(x))}}

shape = test_kill.iris().views["table_numbers"].shape
space = kn.Space.trace(own, {{"table_numbers": kn.Input(shape)}}, name="own", training=kn.spaces.training)
search = test_kill.search_over({store!r}, space=space, budget=kn.Budget(trials=500)).start()
print(search.id, flush=True)
search.wait()
"""


def test_a_search_outlives_the_process_that_started_it_and_is_steered_by_another(home: Path) -> None:
    store = home / "three.db"
    script = textwrap.dedent(SCRIPT).format(tests=str(Path(__file__).parent), store=str(store))
    kernel = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert kernel.stdout is not None
    search_id = kernel.stdout.readline().strip()
    search = kn.Search.attach(search_id, store)
    number = training(search)
    os.killpg(
        kernel.pid, signal.SIGINT
    )  # Ctrl-C in a terminal reaches the whole group: waiting ends, and with it the script
    assert kernel.wait(PATIENCE) == 0
    training(search, number + 1)

    search.pause()
    until(lambda: search.status["state"] == "paused", "the pause")
    still = search.trials
    used = search.status["used"]
    time.sleep(1.5)
    assert [len(t.curve) for t in search.trials] == [len(t.curve) for t in still]
    assert search.status["used"] == used
    assert not search.wait(timeout=0.3)
    search.resume()
    until(lambda: search.status["state"] == "running", "the resumption")
    training(search, still[-1].number + 1)

    search.stop()
    assert search.wait()
    status = search.status
    assert status["state"] == "stopped"
    assert status["final"] is not None
    assert status["trials"]["running"] == 0
    assert search.space.objects()  # a class of the dead process, out of the private folder
    assert search.best.predictor().predict(iris().frame.head(3)).shape == (3,)
    assert [c.state for c in search._watch.store.commands(search_id)] == ["applied"] * 3
    until(lambda: not processes(search_id), "the end of all processes")
    with pytest.raises(SearchError, match="has ended .stopped.: there is nothing to pause"):
        search.pause()


def processes(named: str) -> list[psutil.Process]:
    """Those whose command line names a search or a folder: runner and worker, zombies too."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(named in part for part in process.info["cmdline"] or ()):
            found.append(process)
    return found


def test_a_finalist_whose_worker_and_runner_are_killed_goes_on_to_the_same_end(home: Path) -> None:
    def searched(name: str) -> kn.Search:
        task = iris()
        space = kn.spaces.multimodal(task).restrict({"training/batch_size": [32]})
        return kn.Search(
            task, space, strategy="random", seed=3, store=home / name, budget="1 trials", finalists=1, warm_start=False,
            evaluator=FullTraining(max_epochs=5000, patience=20),
        ).start()  # fmt: skip

    def retraining(search: kn.Search) -> dict[str, Any]:
        """Wait until the finalist's state has been kept once more; what is known of the search then."""
        file = RunFolder(search.status["run_folder"]).final_checkpoint

        def kept() -> Any:
            assert search.status["state"] in ("created", "running", "finalising"), search.status
            return file.stat().st_mtime_ns if file.exists() else None

        known = kept()
        until(lambda: kept() not in (None, known), "that a finalist's state is kept")
        return search.status

    undisturbed = searched("calm-finalist.db")
    undisturbed.wait()
    search = searched("killed-finalist.db")
    status = retraining(search)
    assert status["doing"].startswith("retrains finalist 0 (epoch ")
    os.kill(status["worker_pid"], signal.SIGKILL)
    status = retraining(search)
    os.kill(status["pid"], signal.SIGKILL)
    until(lambda: not processes(search.id), "the end of the worker whose runner died")
    until(lambda: search.status["state"] == "lost", "that the runner's loss is noticed")
    search.resume()
    assert search.wait()
    folder = RunFolder(status["run_folder"])
    assert folder.log.read_text().count("the training was interrupted and goes on after epoch") == 2
    assert not list(folder.checkpoints.iterdir())
    assert search.status["used"]["epochs"] == undisturbed.status["used"]["epochs"]
    assert search.best.metrics == undisturbed.best.metrics
    mine, expected = (each.best.predictor().model.get_weights() for each in (search, undisturbed))
    for found, wanted in zip(mine, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
