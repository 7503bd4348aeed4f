"""The executor for tests and small things: candidates train in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import EvaluationError, SearchError
from .clock import Clock, SystemClock
from .executor import GO, PAUSE, STOP, Control, Executor, Result, Retraining, Verdict, Work
from .trainer import Pulse, Trainer

EVERY = 0.05


class InlineExecutor(Executor):
    """Trains in the calling thread; commands are read between batches.

    Args:
        make: Makes what trains, when the first candidate comes.
        clock: Where time comes from.
    """

    def __init__(self, make: Callable[[], Trainer], clock: Clock | None = None) -> None:
        self._make, self._clock = make, clock or SystemClock()
        self._trainer: Trainer | None = None

    def evaluate(self, work: Work, control: Control) -> Result:
        pulse = self._pulse(control)

        def report(epoch: int, metrics: Mapping[str, float]) -> bool:
            control.epoch(epoch, metrics)
            return pulse()

        return self._trained().evaluate(work, report, pulse)

    def judge(self, work: Retraining, control: Control) -> Verdict:
        return self._trained().judge(work, self._pulse(control))

    def describe(self) -> Mapping[str, Any]:
        return {"worker_pid": os.getpid()}

    def close(self) -> None: ...

    def _trained(self) -> Trainer:
        if self._trainer is None:
            try:
                self._trainer = self._make()
            except EvaluationError as error:
                raise SearchError(f"Nothing can be trained: {error}") from error
        return self._trainer

    def _pulse(self, control: Control) -> Pulse:
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

        return pulse
