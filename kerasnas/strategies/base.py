"""The contract of a strategy: a function of (space, seed, told history), and nothing else.

Required
    ``_propose(rng, number)`` gives one genotype with its origin, from ``self.space``, ``self.history`` and the generator it
    is handed. It must take all its randomness from that generator.

Optional
    ``_told(trial)``, called after each trial is told, for books that would be slow to rebuild. They must be a function of
    the told history.

Forbidden
    State that a replay of the history would not rebuild; global random numbers; clocks; training anything by itself.

Why
    A search is stored as its history. ``replay`` tells a fresh strategy that history, and its next proposal is the one that
    the interrupted search would have made (one worker; with several, the order of telling is part of the history).
"""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import GenotypeError, SearchError
from ..objectives.costs import read_limits, read_minimised
from ..space import Genotype, Space

STATES = ("completed", "failed", "refused", "stopped")
TRIES = 50
PORTFOLIO = "portfolio"  # origin of a candidate that a past task did well with


@dataclass(frozen=True)
class Proposal:
    """A candidate to judge.

    Attributes:
        genotype: The candidate.
        origin: How it came about: ``default``, ``random``, ``mutation``, ``portfolio``, ...
        parents: Numbers of the trials that it descends from.
        epochs: Most epochs of its training, which the learning rate's schedule spans; None leaves that to the evaluator. A genotype
            may be proposed again for more epochs.
    """

    genotype: Genotype
    origin: str
    parents: tuple[int, ...] = ()
    epochs: int | None = None


@dataclass(frozen=True)
class Trial:
    """A candidate that was judged, or could not be.

    Attributes:
        number: Its number in the search, from 0.
        genotype: The candidate.
        state: ``completed``, ``failed``, ``refused`` (over a limit) or ``stopped``.
        value: The objective in its own direction; None unless completed.
        origin: As proposed.
        parents: As proposed.
        cost: Parameters, FLOPs, seconds, ... as known.
        epochs: As proposed.
    """

    number: int
    genotype: Genotype
    state: str
    value: float | None
    origin: str = ""
    parents: tuple[int, ...] = ()
    cost: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise SearchError(
                f"The state of a told trial is one of {STATES}. Received: {self.state!r} at trial {self.number}."
            )
        if (self.state == "completed") != (self.value is not None):
            raise SearchError(
                f"A trial has a value exactly when it is completed. Received: {self.state!r} with value {self.value!r}."
            )


def most(epochs: int | None) -> float:
    """Most epochs of a training as a number: without a limit there is none larger."""
    return math.inf if epochs is None else float(epochs)


class Strategy(ABC):
    """Base of all strategies. See the module's text for the contract.

    Args:
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: Whether values are to be raised ("max") or lowered ("min").
        minimise: Names of costs to lower beside the value, read from a trial's ``cost``; see ``objectives.costs``.
        limits: Most of each cost that is allowed; what is over it is refused.

    Attributes:
        history: Every told trial, in the order of telling.
        most_objectives: How many objectives it knows. Only where more than one must its constructor take ``minimise`` and ``limits``.
    """

    name = ""
    most_objectives = 1

    def __init__(
        self,
        space: Space,
        *,
        seed: int,
        direction: str = "max",
        minimise: Sequence[str] = (),
        limits: Mapping[str, Any] | None = None,
    ) -> None:
        if direction not in ("max", "min"):
            raise SearchError(f"direction is 'max' or 'min'. Received: {direction!r}.")
        self.space, self.seed, self.direction = space, seed, direction
        self.minimise, self.limits = read_minimised(minimise), read_limits(limits or {})
        self.history: list[Trial] = []
        self._next = 0
        self._seen: dict[str, float] = {}  # key -> most epochs that it was proposed for

    def ask(self, n: int = 1) -> list[Proposal]:
        """The next candidates; fewer, or none, once the space is exhausted.

        A genotype that was proposed or told before is not proposed again, unless for more epochs than before.
        """
        proposals = []
        for _ in range(n):
            proposal = self._fresh(self._next)
            if proposal is None:
                break
            self._see(proposal.genotype, proposal.epochs)
            self._next += 1
            proposals.append(proposal)
        return proposals

    def tell(self, trial: Trial) -> None:
        """Take note of a judged trial, proposed here or elsewhere, in any order."""
        self.history.append(trial)
        self._see(trial.genotype, trial.epochs)
        self._told(trial)

    def replay(
        self, trials: Iterable[Trial], *, asked: int | None = None, pending: Iterable[Genotype] = ()
    ) -> None:
        """Tell a fresh strategy the history of an interrupted search.

        Args:
            trials: The told trials, in the order of telling.
            asked: How many proposals had been made; one more than the highest number told, if not given.
            pending: What was proposed and is not judged yet; it is not proposed again.
        """
        for genotype in pending:
            self._see(genotype, None)
        highest = -1
        for trial in trials:
            self.tell(trial)
            highest = max(highest, trial.number)
        self._next = max(self._next, highest + 1 if asked is None else asked)

    def better(self, a: float, b: float) -> bool:
        """Whether value ``a`` is better than ``b``."""
        return a > b if self.direction == "max" else a < b

    def best(self, trials: Iterable[Trial]) -> Trial:
        """The best of some completed trials; the earliest of equals."""
        sign = -1.0 if self.direction == "max" else 1.0
        return min(
            (t for t in trials if t.value is not None), key=lambda t: (sign * float(t.value or 0.0), t.number)
        )

    def completed(self) -> list[Trial]:
        """Every told trial that has a value, in the order of telling."""
        return [t for t in self.history if t.value is not None]

    @abstractmethod
    def _propose(self, rng: random.Random, number: int) -> Proposal:
        """One candidate; may repeat an earlier one, in which case it is asked again with other random numbers."""

    def _told(self, trial: Trial) -> None:  # noqa: B027  (optional)
        """Take note of a trial beyond the history; nothing by default."""

    def _see(self, genotype: Genotype, epochs: int | None) -> None:
        self._seen[genotype.key] = max(self._seen.get(genotype.key, 0.0), most(epochs))

    def _repeats(self, proposal: Proposal) -> bool:
        """Whether the genotype was proposed or told before, for as many epochs."""
        return most(proposal.epochs) <= self._seen.get(proposal.genotype.key, 0.0)

    def _fresh(self, number: int) -> Proposal | None:
        if number == 0 and not self._seen:
            return Proposal(self.space.default(), "default")
        for attempt in range(TRIES):
            proposal = self._propose(random.Random(f"{self.seed}/{number}/{attempt}"), number)
            if not self._repeats(proposal):
                return proposal
        return self._unseen(number)

    def _unseen(self, number: int) -> Proposal | None:
        """Any genotype not seen yet, by walking outward from those seen; None when there is none."""
        if len(self._seen) >= self.space.size():
            return None
        rng = random.Random(f"{self.seed}/{number}/unseen")
        known = [t.genotype for t in self.history] or [self.space.default()]
        frontier = deque(rng.sample(known, len(known)))
        visited = {g.key for g in frontier}
        while frontier:
            for neighbour in self.space.neighbours(frontier.popleft()):
                if neighbour.key not in self._seen:
                    return Proposal(neighbour, "random")
                if neighbour.key not in visited:
                    visited.add(neighbour.key)
                    frontier.append(neighbour)
        try:
            for _ in range(TRIES):
                drawn = self.space.sample(rng)
                if drawn.key not in self._seen:
                    return Proposal(drawn, "random")
        except GenotypeError:
            return None
        return None
