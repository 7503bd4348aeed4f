"""The executor for tests and small things: candidates train in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import EvaluationError, SearchError
from ..space import Space
from .clock import Clock, SystemClock
from .ensemble import Team
from .executor import GO, PAUSE, STOP, Combination, Control, Executor, Result, Retraining, Verdict, Work
from .folder import RunFolder, locked, logged
from .trainer import Pulse, Report, Trainer, make_evaluator

EVERY = 0.05


class InlineExecutor(Executor):
    """Trains in the calling thread; commands are read between batches.

    Args:
        make: Makes what trains, when the first candidate comes.
        clock: Where time comes from.
        folder: The run folder, where there is one.
    """

    def __init__(
        self, make: Callable[[], Trainer], clock: Clock | None = None, folder: RunFolder | None = None
    ) -> None:
        self._make, self._clock, self._folder = make, clock or SystemClock(), folder
        self._trainer: Trainer | None = None

    def evaluate(self, work: Work, control: Control) -> Result:
        """See ``Executor``."""
        return self._trained().evaluate(work, *self._steered(control))

    def judge(self, work: Retraining, control: Control) -> Verdict:
        """See ``Executor``."""
        return self._trained().judge(work, *self._steered(control))

    def pick(self, numbers: Sequence[int], most: int, control: Control) -> Team:
        """See ``Executor``."""
        del control  # it takes no time
        return self._trained().pick(numbers, most)

    def combine(self, work: Combination, control: Control) -> Verdict:
        """See ``Executor``."""
        del control
        return self._trained().combine(work)

    def closed(self, number: int) -> None:
        """See ``Executor``."""
        if self._folder is not None:
            self._folder.drop_checkpoints(number)

    def describe(self) -> Mapping[str, Any]:
        """See ``Executor``."""
        features = [] if self._folder is None else self._folder.features()
        return {"worker_pid": os.getpid(), "features": features}

    def close(self) -> None:
        """See ``Executor``."""

    def _trained(self) -> Trainer:
        if self._trainer is None:
            try:
                self._trainer = self._make()
            except EvaluationError as error:
                raise SearchError(f"Nothing can be trained: {error}") from error
        return self._trainer

    def _steered(self, control: Control) -> tuple[Report, Pulse]:
        """Report and pulse of a training under a control."""
        asked_at, wish = float("-inf"), GO

        def pulse() -> bool:
            nonlocal asked_at, wish
            if self._clock.now() - asked_at < EVERY:
                return wish != STOP
            wish = control.tick()
            while wish == PAUSE:
                control.held(True)
                self._clock.sleep(EVERY)
                wish = control.tick()
            control.held(False)
            asked_at = self._clock.now()
            return wish != STOP

        def report(epoch: int, metrics: Mapping[str, float]) -> bool:
            control.epoch(epoch, metrics)
            return pulse()

        return report, pulse


def run_inline(folder: RunFolder, space: Space) -> threading.Thread:
    """Run the search of a run folder in a thread of this process."""

    def work() -> None:
        from ..data.task_data import TaskData
        from .runner import run

        job = folder.read_job()

        def make() -> Trainer:
            return Trainer(
                space,
                TaskData.open(folder.data),
                make_evaluator(job["evaluator"]),
                job["seed"],
                folder,
                limits=job["limits"],
                minimise=job.get("minimise", ()),
            )

        with locked(folder) as owned, logged(folder):
            if owned:
                run(folder, job, InlineExecutor(make, folder=folder), space)

    thread = threading.Thread(target=work, name=f"kerasnas-search-{folder.path.name}", daemon=True)
    thread.start()
    return thread
