"""Commands: what people ask of a running search, read at most every 150 ms, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .budget import Budget
from .clock import Clock
from .executor import GO, PAUSE, STOP

if TYPE_CHECKING:
    from meta_store import CommandRecord, Lease, Store

EVERY = 0.15
VERBS = ("pause", "resume", "stop")


class Desk:
    """Reads the commands of one search and keeps what is wished now.

    A command is settled when it has taken effect, not when it is read: ``pause`` once the training stands
    still.

    Args:
        store: Where commands are.
        lease: The runner's.
        clock: Where time comes from.

    Attributes:
        wish: ``go``, ``pause`` or ``stop``.
        who: Who asked for the stop.
        why: Why the search itself wished to pause; empty where a person did, or nobody.
        budget: A new budget that came with a command, until it is taken.
    """

    def __init__(self, store: Store, lease: Lease, clock: Clock) -> None:
        self._store, self._lease, self._clock = store, lease, clock
        self._read_at = float("-inf")
        self._open: dict[int, CommandRecord] = {}
        self.wish = GO
        self.who = self.why = ""
        self.budget: Budget | None = None
        self._again = self._ending = False

    def begin(self) -> None:
        """Settle what is left from before this runner.

        Only what was asked after the latest resume still counts.
        """
        pending = self._store.pending_commands(self._lease.search_id)
        latest = max((k for k, c in enumerate(pending) if c.verb == "resume"), default=-1)
        for command in pending[:latest]:
            self._settle(command, "refused", "A later resume came before a runner read it.", None)
        if latest >= 0:
            self._take_budget(pending[latest])
            self._settle(pending[latest], "applied", "A new runner goes on.", None)

    def read(self, trial: int | None = None) -> str:
        """What is wished now; looks into the store if the last look is long enough ago."""
        if self._clock.now() - self._read_at >= EVERY:
            for command in self._store.pending_commands(self._lease.search_id):
                if command.id not in self._open:
                    self._take(command, trial)
            self._read_at = self._clock.now()
        return self.wish

    def effected(self, wish: str, result: str, trial: int | None = None) -> None:
        """Settle the commands that asked for ``wish``: it has taken effect."""
        verb = {PAUSE: "pause", STOP: "stop", GO: "resume"}[wish]
        self._ending = self._ending or wish == STOP
        for command in [c for c in self._open.values() if c.verb == verb]:
            self._settle(command, "applied", result, trial)

    def pause(self, why: str) -> None:
        """Wish for a pause on the search's own account, unless a person wishes for something already."""
        if self.wish == GO:
            self.wish, self.why = PAUSE, why

    def give_up(self) -> None:
        """End a pause of the search's own: nobody has resumed it."""
        self.wish, self.why = STOP, f"It paused itself, and nobody resumed it. {self.why}"

    def end(self) -> None:
        """Refuse what is still open: the search has ended."""
        for command in self._store.pending_commands(self._lease.search_id):
            self._settle(command, "refused", "The search had ended before it could be applied.", None)

    def again(self) -> bool:
        """Whether not even the finalists are wanted.

        A stop said so, or came after the first had taken effect.
        """
        return self._again

    def _take(self, command: CommandRecord, trial: int | None) -> None:
        self._open[command.id] = command
        if command.verb not in VERBS:
            self._settle(
                command,
                "refused",
                f"This runner knows {', '.join(VERBS)}. Received: {command.verb!r}.",
                trial,
            )
        elif command.verb == "stop":
            self._again = self._again or self._ending or not command.arguments.get("finalists", True)
            self.wish, self.who, self.why = STOP, command.who, ""
        elif self.wish == STOP:
            self._settle(command, "refused", "The search is being stopped.", trial)
        elif command.verb == "pause":
            self.wish = PAUSE
        else:
            self._take_budget(command)
            for other in [c for c in self._open.values() if c.verb == "pause"]:
                self._settle(other, "refused", "It was resumed before it stood still.", trial)
            if self.wish == GO:
                self._settle(command, "applied", "It was not paused.", trial)
            self.wish, self.why = GO, ""

    def _take_budget(self, command: CommandRecord) -> None:
        given = command.arguments.get("budget")
        if given is not None:
            self.budget = Budget.of(given)

    def _settle(self, command: CommandRecord, state: str, result: str, trial: int | None) -> None:
        self._open.pop(command.id, None)
        self._store.settle_command(self._lease, command.id, state, result, trial)
