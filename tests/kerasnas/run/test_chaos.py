"""Chaos: runner and worker are killed a hundred times at random moments, and the search ends as if nothing had been.

``KERASNAS_CHAOS_KILLS`` says how many kills there are (100), ``KERASNAS_CHAOS_SEED`` which (0). The moments are of the seed, what they hit is
of the machine: starting processes as well as trainings.

One thing the killer does not do: kill the worker twice in a row over the same trial without the trial having got further, or the
runner so five times. That is the sign by which a candidate that takes its process with it is known (``kerasnas.run.attempts``), and such a
candidate is given up on purpose.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import SearchError
from kerasnas.evaluators import FullTraining
from kerasnas.run.attempts import MOST
from kerasnas.run.process import is_alive

from .test_kill import comparable, home, iris, processes, until

__all__ = ["home"]  # a fixture

pytestmark = [pytest.mark.slow, pytest.mark.ci]

KILLS = int(os.environ.get("KERASNAS_CHAOS_KILLS", "100"))
SEED = int(os.environ.get("KERASNAS_CHAOS_SEED", "0"))
TRIALS = 8
LIVE = ("created", "running", "stopping", "finalising")


def chaotic(store: Path) -> kn.Search:
    task = iris()
    space = kn.spaces.multimodal(task).restrict({"training/batch_size": [32]})
    return kn.Search(
        task, space, strategy=("evolution", {"population": 3, "tournament": 2, "initial": 3}), seed=3, store=store, budget=f"{TRIALS} trials",
        finalists=2, warm_start=False, evaluator=FullTraining(max_epochs=100, patience=100),
    )  # fmt: skip


class Killer:
    """Kills what it finds, and resumes as a person would.

    Args:
        seed: Of the moments.
        most: How many kills there are in all.
        say: Told of each.
    """

    def __init__(self, seed: int, most: int, say: Callable[[str], None]) -> None:
        self.draw, self.left, self.most = random.Random(seed), most, most
        self.killed: Counter[str] = Counter()
        self.say = say
        self.began = time.monotonic()

    def torment(self, search: kn.Search) -> None:
        """See a search to its end, with kills on the way while there are some left."""
        while True:
            state = search.status["state"]
            if state == "finished":
                return
            if state in ("lost", "failed", "stopped"):
                if state == "failed":  # two workers in a row died while they started
                    assert "No worker could be started" in str(search.status["reason"])
                search.resume()
            elif not self.left:
                try:
                    search.wait()
                except SearchError:
                    assert search.status["state"] in ("lost", "failed")
            else:
                self._strike(search)

    def _strike(self, search: kn.Search) -> None:
        """Kill one process at a random moment of its start or of a training."""
        in_training = self.draw.random() < 0.6
        whom = self.draw.choice(["runner", "worker"])
        if in_training:
            self._wait_for_training(search)
            time.sleep(self.draw.uniform(0.0, 4.0))
        else:
            time.sleep(self.draw.uniform(0.0, 5.0))
        status = search.status
        pid = status["pid"] if whom == "runner" else self._worker(search)
        if status["state"] not in LIVE or not self._fair(search, whom) or not is_alive(pid):
            return
        os.kill(pid, signal.SIGKILL)
        self.left -= 1
        self.killed[whom] += 1
        done = status["trials"]["completed"]
        self.killed["while a trial trained"] += bool(status["trials"]["running"])
        if whom == "runner":
            until(lambda: not processes(search.id), "the end of the worker whose runner died")
        count = self.most - self.left
        self.say(
            f"kill {count}/{self.most}: {whom} of {search.id}, {status['state']}, {done}/{TRIALS} trials, "
            f"{time.monotonic() - self.began:.0f} s"
        )

    @staticmethod
    def _wait_for_training(search: kn.Search) -> None:
        """Until a trial trains, or the search is past them."""

        def there() -> bool:
            status = search.status
            return status["state"] not in ("created", "running") or any(
                t.state == "running" and t.curve for t in search.trials
            )

        until(there, "a training")

    @staticmethod
    def _worker(search: kn.Search) -> int | None:
        """The worker's process, also while it starts."""
        found = [p.pid for p in processes(search.id) if "kerasnas.run.worker" in p.cmdline()]
        return found[0] if found else None

    @staticmethod
    def _fair(search: kn.Search, whom: str) -> bool:
        """Whether a death now would not be the last in vain that a candidate is allowed."""
        for trial in search.trials:
            known: dict[str, Any] = dict(trial.cost.get("interrupted") or {})
            further = len(trial.curve) > known.get("epochs", 0)
            if trial.state == "running" and not further and known.get(whom, 0) + 1 >= MOST[whom]:
                return False
        return True


def test_a_hundred_kills_change_nothing_of_the_result(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    undisturbed = chaotic(home / "undisturbed.db").start()
    undisturbed.wait()
    expected = undisturbed.leaderboard()
    assert list(expected["state"]) == ["completed"] * TRIALS
    curves = [t.curve for t in undisturbed.trials]
    assert expected["held-out"].notna().sum() >= 1
    killer = Killer(SEED, KILLS, say)
    searches = resumed = 0
    while killer.left:
        searches += 1
        search = chaotic(home / f"chaos-{searches}.db").start()
        killer.torment(search)
        assert [t.number for t in search.trials] == list(range(TRIALS))  # none lost, none twice
        pd.testing.assert_frame_equal(comparable(search.leaderboard()), comparable(expected))
        assert [t.curve for t in search.trials] == curves
        assert search.best.members == undisturbed.best.members
        assert search.best.holdout == undisturbed.best.holdout
        assert not list((Path(search.status["run_folder"]) / "checkpoints").glob("*"))
        until(lambda search=search: not processes(search.id), "the end of all processes")
        resumed += (Path(search.status["run_folder"]) / "runner.log").read_text().count("goes on after epoch")
    say(f"{dict(killer.killed)} over {searches} searches, {resumed} trainings resumed from their state")
