"""What the loop tells an executor while a candidate trains, and what it notes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .clock import Clock, Stopwatch
from .commands import Desk
from .executor import GO, PAUSE, STOP, Executor
from .history import History
from .share import Cause

if TYPE_CHECKING:
    from meta_store import Lease, Store

Ended = Callable[[Sequence[Mapping[str, float]], float, float], Cause | None]
EVERY = 1.0  # seconds between two notes of progress


class LoopControl:
    """The loop's side of ``executor.Control``.

    Args:
        store: Where epochs, states and progress go.
        lease: The runner's.
        desk: The commands.
        watch: Seconds worked; stands still during a pause.
        clock: Where time comes from.
        history: What was trained.
        executor: Says what it runs on.
        over: Whether the time of the search is over.
        ended: Why a candidate with this curve, which took ``first`` seconds until its first epoch's end and ``now`` until its last
            one's, is ended; None where it is not.

    Attributes:
        curve: The figures of the present attempt's epochs.
        cause: Why the present attempt was ended before its end, as a trial's error.
    """

    def __init__(
        self, store: Store, lease: Lease, desk: Desk, watch: Stopwatch, clock: Clock, history: History, executor: Executor,
        over: Callable[[], bool] = lambda: False, ended: Ended = lambda *_: None,
    ) -> None:  # fmt: skip
        self._store, self._lease, self._desk, self._watch, self._clock = store, lease, desk, watch, clock
        self._history, self._executor, self._over = history, executor, over
        self._ended = ended
        self._began = self._first = 0.0
        self.cause: Cause | None = None
        self.curve: list[dict[str, float]] = []
        self._state = "running"
        self._held = False
        self._doing = ""
        self._number: int | None = None
        self._noted = float("-inf")

    @property
    def epochs(self) -> int:
        """Epochs of the present attempt."""
        return len(self.curve)

    def begin(self, number: int, doing: str, *, state: str = "running") -> None:
        """A candidate is about to train."""
        self._number, self._doing, self._state = number, doing, state
        self._began, self.cause, self.curve = self._watch.seconds, None, []

    def end(self) -> None:
        """A candidate has ended."""
        self.curve = []
        self.progress("chooses the next candidate")

    def note(self) -> None:
        """Write the progress, if it is time to; nothing progresses during a pause."""
        if not self._held and self._clock.now() - self._noted >= EVERY:
            self.progress(self._doing)

    def progress(self, doing: str) -> None:
        """Write the progress now."""
        self._doing, self._noted = doing, self._clock.now()
        self._store.set_progress(
            self._lease,
            {
                **self._executor.describe(), "trials": self._history.trained, "epochs": self._history.epochs + self.epochs,
                "seconds": round(self._watch.seconds, 3), "doing": doing,
            },
        )  # fmt: skip

    def tick(self) -> str:
        """See ``executor.Control``."""
        wish = self._desk.read(self._number)
        self.note()
        if wish == GO:
            if self._over() or self.cause:
                return STOP
            if not self._held:
                self._desk.effected(GO, "It goes on.", self._number)
        return wish

    def held(self, still: bool) -> None:
        """See ``executor.Control``."""
        if still == self._held:
            return
        self._held = still
        if still:
            self._watch.hold()
            self.progress(self._doing)
            self._store.set_search_state(self._lease, "paused", self._desk.why or None)
            self._desk.effected(PAUSE, "It stands still.", self._number)
        else:
            self._watch.go()
            self._store.set_search_state(self._lease, self._state)
            self._desk.effected(GO, "It goes on.", self._number)

    def epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """See ``executor.Control``."""
        now = self._watch.seconds - self._began
        if epoch == 1:
            self._first = now
        self.curve[epoch - 1 :] = [dict(metrics)]  # epochs are counted anew where memory ran out
        self.cause = self.cause or self._ended(self.curve, self._first, now)
        if self._number is not None:
            self._doing = f"trial {self._number}, epoch {epoch}"
            self._store.record_epoch(self._lease, self._number, epoch, dict(metrics))
