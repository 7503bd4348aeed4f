"""The worker as a process: replaced when it grows or hangs, ended with its runner's grace when that is asked to leave."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kerasnas as kn
import meta_store
from kerasnas.evaluators import FullTraining
from kerasnas.run import worker_client
from kerasnas.run.begin import Request, begin
from kerasnas.run.executor import Control, Result, Work
from kerasnas.run.folder import RunFolder
from kerasnas.run.runner import run
from kerasnas.run.worker_client import WorkerExecutor

from .test_kill import comparable, home, iris, processes, search_over, training, until

__all__ = ["home"]  # a fixture

pytestmark = pytest.mark.slow


class Observed(WorkerExecutor):
    """Notes which process trained which trial, and may do something to it after an epoch."""

    def __init__(self, folder: RunFolder, hang: tuple[int, int] | None = None) -> None:
        super().__init__(folder)
        self.pids: list[int] = []
        self.hang = hang

    def evaluate(self, work: Work, control: Control) -> Result:
        pid = self.describe()["worker_pid"]
        self.pids.append(pid)
        if self.hang is None or work.number != self.hang[0] or len(self.pids) != work.number + 1:
            return super().evaluate(work, control)
        return super().evaluate(work, _Hanging(control, pid, self.hang[1]))


class _Hanging:
    """A control that stops the worker, as a hang would, after an epoch."""

    def __init__(self, control: Control, pid: int, at: int) -> None:
        self._control, self._pid, self._at = control, pid, at

    def tick(self) -> str:
        return self._control.tick()

    def held(self, still: bool) -> None:
        self._control.held(still)

    def epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        self._control.epoch(epoch, metrics)
        if epoch == self._at:
            os.kill(self._pid, signal.SIGSTOP)


@pytest.fixture
def folder(home: Path) -> RunFolder:
    """The run folder of a search that nobody runs yet."""
    search_id = secrets.token_hex(4)
    made = RunFolder.make(search_id)
    store = home / f"{search_id}.db"
    task = iris()
    asked: dict[str, Any] = {
        "task": task, "space": kn.spaces.multimodal(task), "strategy": {"name": "random", "options": {}},
        "evaluator": FullTraining(max_epochs=4, patience=4), "budget": kn.Budget(trials=4), "finalists": 1, "warm_start": False,
    }  # fmt: skip
    with meta_store.open(store) as opened:
        begin(Request(**asked), search_id, made, opened, str(store), os.getpid())
    return made


def ran(folder: RunFolder, executor: Observed) -> list[Any]:
    """The trials of the search, run here with a worker of its own."""
    executor.start()
    executor.prepare()
    try:
        assert run(folder, folder.read_job(), executor) == 0
    finally:
        executor.close()
    with meta_store.open(folder.read_job()["store"]) as store:
        assert len(store.finals(folder.path.name)) == 1
        return store.trials(folder.path.name)


def test_a_worker_that_grows_is_replaced_between_two_trials(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_client, "GROWTH_MIB", -100_000.0)
    executor = Observed(folder)
    trials = ran(folder, executor)
    assert [(t.state, t.attempt) for t in trials] == [("completed", 1)] * 4
    first, second, third, fourth = executor.pids
    assert first == second != third == fourth  # a worker's first trial says how large it is
    assert not processes(str(folder.path))


def test_a_worker_that_hangs_is_replaced_and_its_trial_trained_again(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_client, "SILENCE", 15.0)
    executor = Observed(folder, hang=(1, 2))
    trials = ran(folder, executor)
    assert [(t.state, t.attempt) for t in trials] == [
        ("completed", 1), ("completed", 2), ("completed", 1), ("completed", 1),
    ]  # fmt: skip
    assert [len(t.curve) for t in trials] == [4] * 4
    assert not processes(str(folder.path))


def test_a_runner_that_is_asked_to_leave_does_and_loses_nothing(home: Path) -> None:
    undisturbed = search_over(home / "left.db", budget=kn.Budget(trials=4)).start()
    undisturbed.wait()
    search = search_over(home / "leaves.db", budget=kn.Budget(trials=4)).start()
    number = training(search, 1)
    status = search.status
    os.kill(status["pid"], signal.SIGTERM)
    until(lambda: not processes(search.id), "the end of runner and worker")
    status = search.status
    assert status["state"] == "stopped"
    assert "ended from outside" in status["reason"]
    assert status["trials"]["completed"] >= number
    search.resume()
    assert search.wait()
    pd.testing.assert_frame_equal(comparable(search.leaderboard()), comparable(undisturbed.leaderboard()))
