"""Time, as a thing that tests can replace."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the loop knows of time."""

    def now(self) -> float:
        """Seconds that only ever rise."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds that only ever rise."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


class Stopwatch:
    """Seconds of work: pauses are not counted, and an interrupted search goes on counting.

    Args:
        clock: Where time comes from.
        seconds: What was worked before.
    """

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        self._clock, self._before = clock, seconds
        self._since: float | None = clock.now()

    @property
    def seconds(self) -> float:
        """Seconds worked so far."""
        return self._before + (0.0 if self._since is None else self._clock.now() - self._since)

    def hold(self) -> None:
        """Stop counting."""
        self._before, self._since = self.seconds, None

    def go(self) -> None:
        """Count again."""
        if self._since is None:
            self._since = self._clock.now()
