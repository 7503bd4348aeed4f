"""The contract of an executor: where a candidate is trained, in this process or in another.

Required
    ``evaluate`` and ``judge`` train one candidate and return when it has ended. While it trains they call
    ``control.tick()`` at
    least every 200 ms and do what it says: ``"pause"`` holds the training at the next batch and calls
    ``control.held(True)`` once it stands still, ``"go"`` lets it go on (then ``control.held(False)``),
    ``"stop"`` ends it at the next batch. Both hand every epoch to ``control.epoch``, and those before an interruption again.

Errors
    ``EvaluationError`` where the candidate cannot be judged; ``WorkerDied`` where the process that trained it
    is gone, which says nothing of the candidate yet; ``SearchError`` where no candidate could be judged,
    whichever.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..errors import EvaluationError
from ..space import Genotype
from .ensemble import Team

GO, PAUSE, STOP = "go", "pause", "stop"


class WorkerDied(EvaluationError):  # noqa: N818  (reads as what happened)
    """The process that trained a candidate ended before the candidate was judged."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "worker_died")


@dataclass(frozen=True)
class Work:
    """A candidate to train.

    Attributes:
        number: Of its trial.
        genotype: What to train.
        seed: Of the training.
        most_epochs: Epochs after which it is ended, because the budget has no more; None without such a
            limit.
        epochs: Epochs after which it is complete, because its proposal asks for no more; None leaves that to the evaluator.
    """

    number: int
    genotype: Genotype
    seed: int
    most_epochs: int | None = None
    epochs: int | None = None


@dataclass(frozen=True)
class Retraining:
    """A finalist to retrain and to judge.

    Attributes:
        number: Of its trial.
        genotype: What to train.
        seed: Of the training.
        epochs: How many epochs were best in the search.
        bundle: Where its bundle goes.
        card: What the bundle says of it.
        schedule: The length of its schedule in the search, where its proposal said one; its retraining may be longer than the
            evaluator's own then.
    """

    number: int
    genotype: Genotype
    seed: int
    epochs: int
    bundle: Path
    card: Mapping[str, Any] = field(default_factory=dict)
    schedule: int | None = None


@dataclass(frozen=True)
class Combination:
    """Judged finalists to average in one model, and to judge together.

    Attributes:
        members: Trial number -> the finalist's bundle, the best alone first.
        bundle: Where the bundle of all goes.
        card: What it says of them.
    """

    members: Mapping[int, Path]
    bundle: Path
    card: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What training a candidate gave; see ``evaluators.Outcome``.

    ``refused`` says, in a line, why it was not trained after all: what was measured before is over a limit.
    """

    value: float
    metrics: Mapping[str, Any]
    cost: Mapping[str, Any]
    epochs: int
    best_epoch: int
    stopped: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Verdict:
    """What judging a finalist, or several in one model, gave.

    Attributes:
        holdout: The objective on the held-out rows; None where the task has none.
        metrics: All metrics on them.
        bundle: Where the bundle lies.
        stopped: Whether it was ended from outside: then nothing was judged.
    """

    holdout: float | None
    metrics: Mapping[str, Any]
    bundle: str
    stopped: bool = False


class Control(Protocol):
    """What the loop tells an executor while a candidate trains."""

    def tick(self) -> str:
        """``go``, ``pause`` or ``stop``; cheap enough to be called often."""

    def held(self, still: bool) -> None:
        """Take note that the training stands still, or goes on."""

    def epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Take note of an epoch, counted from 1."""


class Executor(ABC):
    """Base of all executors. See the module's text for the contract."""

    def ready(self, control: Control) -> None:
        """Return when a candidate can be trained at once, or when a stop is wished.

        By default there is nothing to wait for.

        Raises:
            SearchError: If no candidate will ever be trained.
        """
        del control

    @abstractmethod
    def evaluate(self, work: Work, control: Control) -> Result:
        """Train and judge one candidate on the validation rows."""

    @abstractmethod
    def judge(self, work: Retraining, control: Control) -> Verdict:
        """Retrain one finalist, judge it on the held-out rows and write its bundle."""

    @abstractmethod
    def pick(self, numbers: Sequence[int], most: int, control: Control) -> Team:
        """Which trials' networks are best averaged, judged on the validation rows.

        Args:
            numbers: Trials that have a value, the best first.
            most: Most members.
            control: See the contract.

        Returns:
            The best of them first; ``ensemble.NOBODY`` where no two belong together, or nothing is known of their predictions.
        """

    @abstractmethod
    def combine(self, work: Combination, control: Control) -> Verdict:
        """Average the networks of finalists, judge them together on the held-out rows and write their bundle."""

    def closed(self, number: int) -> None:
        """Take note that a trial is closed, or a finalist judged: what is kept of its training is not needed any more.

        By default nothing is kept.
        """
        del number

    @abstractmethod
    def describe(self) -> Mapping[str, Any]:
        """What it runs on, as far as known: ``worker_pid``, ``devices``, ``features`` (where those of frozen encoders come from)."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; repeated closing is fine."""
