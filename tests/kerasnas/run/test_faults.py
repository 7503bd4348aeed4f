"""What goes wrong around a search: disk, store, files, clock, a second runner, Ctrl-C. Nothing is lost, and it is said what happened."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from PIL import Image

import kerasnas as kn
import meta_store
from kerasnas.errors import SearchError
from kerasnas.evaluators import FullTraining
from kerasnas.run import watch
from kerasnas.run.clock import SystemClock
from kerasnas.run.folder import RunFolder
from kerasnas.run.process import start_runner
from meta_store import Store, StoreError, StoreGone

from .fakes import FakeClock, FakeExecutor, board, loop_over, open_search, open_store
from .test_kill import comparable, home, processes, search_over, training, until

__all__ = ["home"]  # a fixture


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def run_fake(store: Store, search_id: str, happens: Any = lambda *_: None) -> FakeExecutor:
    clock = FakeClock()
    executor = FakeExecutor(clock, happens)
    loop_over(store, search_id, executor, clock)[0].run()
    return executor


def expected_board(folder: Path) -> list[tuple[Any, ...]]:
    with open_store(folder, "undisturbed.db") as other:
        search_id = open_search(other, budget={"trials": 5})
        run_fake(other, search_id)
        return board(other, search_id)


def test_a_store_that_is_locked_for_a_while_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the file for longer than SQLite itself waits."""
    monkeypatch.setattr("meta_store.sql.engine.BUSY_SECONDS", 0.2)
    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 5})
        locking = sqlite3.connect(tmp_path / "store.db", isolation_level=None, check_same_thread=False)
        held: list[threading.Timer] = []

        def happens(number: int, epoch: int) -> None:
            if (number, epoch) == (2, 2) and not held:
                locking.execute("BEGIN IMMEDIATE")
                held.append(threading.Timer(0.7, locking.rollback))
                held[0].start()

        run_fake(store, search_id, happens)
        assert held
        assert board(store, search_id) == expected_board(tmp_path)
        locking.close()


def test_a_store_that_stays_locked_ends_the_runner_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meta_store.sql.engine.BUSY_SECONDS", 0.01)
    monkeypatch.setattr("meta_store.sql.engine.TRIES", 2)
    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 5})
        locking = sqlite3.connect(tmp_path / "store.db", isolation_level=None)

        def happens(number: int, epoch: int) -> None:
            if (number, epoch) == (2, 2):
                locking.execute("BEGIN IMMEDIATE")

        with pytest.raises(
            StoreError, match="could not be written: database is locked. Nothing of this step"
        ):
            run_fake(store, search_id, happens)
        locking.rollback()
        locking.close()
        assert [t.state for t in store.trials(search_id)] == ["completed", "completed", "running"]
        run_fake(store, search_id)
        assert board(store, search_id) == expected_board(tmp_path)


@pytest.mark.parametrize("hours", [-30.0, 30.0])
def test_a_clock_that_jumps_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    """The store's clock jumps in the midst of a trial; the budget's does not, because it only ever rises."""
    from meta_store.sql import engine

    jumped = 0.0
    now = engine.now

    for module in ("running", "searches"):
        monkeypatch.setattr(f"meta_store.sql.{module}.now", lambda c: now(c) + jumped)
    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 5})

        def happens(number: int, epoch: int) -> None:
            nonlocal jumped
            if (number, epoch) == (2, 2):
                jumped = hours * 3600
                store.renew_lease(leases[0])

        clock = FakeClock()
        loop, lease = loop_over(store, search_id, FakeExecutor(clock, happens), clock)
        leases = [lease]
        loop.run()
        assert board(store, search_id) == expected_board(tmp_path)
        assert store.get_search(search_id).progress["seconds"] < 60
    assert isinstance(loop.clock, FakeClock)
    assert SystemClock().now() == pytest.approx(time.monotonic(), abs=5)


def test_a_runner_that_lives_is_not_lost_because_the_clock_jumped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a night in which the machine slept: its heartbeat looks hours old, and comes with the next beat."""
    monkeypatch.setattr(watch, "AGAIN", 0.3)
    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 5})
        lease = store.acquire_lease(search_id, "it", pid=os.getpid(), host=watch.here())
        store.set_search_state(lease, "running")
        looking = watch.Watch(str(tmp_path / "store.db"), search_id)
        real = time.time
        monkeypatch.setattr(watch.time, "time", lambda: real() + 8 * 3600)
        beat = threading.Timer(0.1, store.renew_lease, (lease,))
        beat.start()
        assert looking.look()[1] == "running"
        beat.join()
        assert looking.look()[1] == "lost"  # no beat came
        looking.close()


def test_a_store_that_is_taken_away_is_copied_and_said_so(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir(mode=0o700)
    path = tmp_path / "store.db"
    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 5})

    def happens(number: int, epoch: int) -> None:
        if (number, epoch) == (2, 2):
            for file in tmp_path.glob("store.db*"):
                file.unlink()

    with open_store(tmp_path) as store:
        clock = FakeClock()
        with pytest.raises(StoreGone, match="was removed, moved or replaced while it was open. Put it back"):
            loop_over(store, search_id, FakeExecutor(clock, happens), clock)[0].run()
        assert not path.exists()  # no empty one in its place
        store.rescue(folder.path / "rescued.db")
    shutil.copy(folder.path / "rescued.db", path)
    with open_store(tmp_path) as store:
        assert [t.state for t in store.trials(search_id)] == ["completed", "completed", "running"]
        run_fake(store, search_id)
        assert board(store, search_id) == expected_board(tmp_path)


@pytest.mark.parametrize("step", ["spool", "put_task", "create_search", "write_job"])
def test_ctrl_c_while_a_search_is_started_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    from meta_store.sql.store import SqlStore

    owner: Any = {"spool": kn.Task, "write_job": RunFolder}.get(step, SqlStore)
    original = getattr(owner, step)

    def interrupted(*arguments: Any, **named: Any) -> None:
        original(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, step, interrupted)
    search = search_over(tmp_path / "store.db", executor="inline")
    with pytest.raises(KeyboardInterrupt):
        search.start()
    assert not list((tmp_path / "home" / "runs").iterdir())
    with meta_store.open(tmp_path / "store.db") as opened:
        assert opened.list_searches() == []
    monkeypatch.undo()


# -- real processes


def four(store: Path) -> kn.Search:
    return search_over(store, budget=kn.Budget(trials=4))


@pytest.fixture(scope="module")
def undisturbed(home: Path) -> kn.Search:
    search = four(home / "undisturbed.db").start()
    search.wait()
    return search


@pytest.mark.slow
def test_a_full_disk_ends_the_runner_with_the_reason_and_resume_goes_on(
    home: Path, undisturbed: kn.Search
) -> None:
    """From a moment on the runner can write no file any larger, as on a full disk."""
    search = four(home / "full.db").start()
    number = training(search, 1)
    pid = search.status["pid"]
    size = max(f.stat().st_size for f in home.glob("full.db-wal"))
    psutil.Process(pid).rlimit(resource.RLIMIT_FSIZE, (size, size))
    until(lambda: not processes(search.id), "the end of runner and worker")
    until(lambda: search.status["state"] in ("lost", "failed"), "that the runner's end is noticed")
    with pytest.raises(SearchError, match="The store could not be written"):
        search.wait()
    assert search.status["trials"]["completed"] >= number
    search.resume()
    assert search.wait()
    pd.testing.assert_frame_equal(comparable(search.leaderboard()), comparable(undisturbed.leaderboard()))


@pytest.mark.slow
def test_a_second_runner_of_a_search_ends_at_once(home: Path, undisturbed: kn.Search) -> None:
    search = four(home / "second.db").start()
    training(search)
    folder = RunFolder(search.status["run_folder"])
    second = start_runner(folder)
    assert second.wait(300) == 3
    assert "another runner of this search lives on this machine: this one ends" in folder.log.read_text()
    assert search.wait()
    pd.testing.assert_frame_equal(comparable(search.leaderboard()), comparable(undisturbed.leaderboard()))


@pytest.mark.slow
def test_files_that_change_while_a_search_is_stopped_do_not_concern_it(home: Path, tmp_path: Path) -> None:
    """The rows were copied when it began: a picture is deleted and the table is another one, and the end is the same."""
    for k in range(40):
        Image.new("L", (12, 12), 40 + 60 * (k % 2) + k).save(tmp_path / f"{k}.png")
    rows = pd.DataFrame(
        {"picture": [f"{k}.png" for k in range(40)], "kind": [("dark", "light")[k % 2] for k in range(40)]}
    )
    rows.to_csv(tmp_path / "rows.csv", index=False)

    def searched(name: str) -> kn.Search:
        return kn.Search(
            kn.Task(tmp_path / "rows.csv", target="kind"), budget="3 trials", strategy="random", seed=1, store=home / name, finalists=1,
            warm_start=False, evaluator=FullTraining(max_epochs=12, patience=12),
        )  # fmt: skip

    expected = searched("calm.db").start()
    expected.wait()
    search = searched("changed.db").start()
    training(search)
    os.kill(search.status["pid"], 15)
    until(lambda: not processes(search.id), "the end of runner and worker")
    (tmp_path / "3.png").unlink()
    rows.iloc[::-1].assign(kind="dark").to_csv(tmp_path / "rows.csv", index=False)
    search.resume()
    assert search.wait()
    pd.testing.assert_frame_equal(comparable(search.leaderboard()), comparable(expected.leaderboard()))
    data = Path(search.status["run_folder"]) / "data"
    (data / "targets.npy").unlink()
    search.resume("5 trials")
    with pytest.raises(SearchError, match="The worker cannot prepare: .*targets.npy"):
        search.wait()
    assert search.status["trials"]["completed"] == 3


@pytest.mark.slow
def test_a_real_runner_copies_a_store_that_is_taken_away(home: Path, undisturbed: kn.Search) -> None:
    search = four(home / "gone.db").start()
    training(search, 1)
    folder = Path(search.status["run_folder"])
    for file in home.glob("gone.db*"):
        file.unlink()
    until(lambda: not processes(search.id), "the end of runner and worker")
    with pytest.raises(StoreGone, match="Put it back"):
        search.wait()
    search.close()
    shutil.copy(folder / "rescued.db", home / "gone.db")
    again = kn.Search.attach(search.id, home / "gone.db")
    assert again.status["trials"]["completed"] >= 1
    again.resume()
    assert again.wait()
    pd.testing.assert_frame_equal(comparable(again.leaderboard()), comparable(undisturbed.leaderboard()))
