"""The contract of an evaluator: it judges a genotype on the validation rows, and touches no others.

Required
    ``prepare`` is called once before anything is judged; ``evaluate`` judges one genotype and returns an ``Outcome``. The same
    genotype with the same seed gives the same value on the same machine.

Required of ``evaluate``
    It calls ``report(epoch, metrics)`` after each epoch (from 1) and ends early, with what it has, when that returns False. It
    calls ``pulse()`` at least between batches; ``pulse`` may block (a pause) and ends the training where it returns False.

Optional
    Where ``checkpoint`` names a file, ``evaluate`` may keep the state of its training there, and goes on from what it finds there
    of the same genotype and seed: to the same end as without interruption, and with every earlier epoch reported again. The file
    is removed by whoever named it.

    Where ``asked_epochs`` is a number, the strategy asks for a training of so many epochs at most: a schedule spans them. A training that
    goes on is ended after them by ``report``.

Forbidden
    Reading the held-out rows; keeping models or data of an earlier genotype alive.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EvaluationError
from ..space import Genotype, Space

if TYPE_CHECKING:
    import numpy as np

    from ..data.task_data import TaskData

Report = Callable[[int, dict[str, float]], bool]
Pulse = Callable[[], bool]


def go_on(*_: Any) -> bool:
    """A report or pulse that never ends anything."""
    return True


@dataclass(frozen=True)
class Outcome:
    """What judging one genotype gave.

    Attributes:
        value: The objective on the validation rows, in its own direction; the best epoch's.
        metrics: The best epoch's figures by name.
        cost: ``parameters``, ``flops``, ``activations``, ``seconds``, ``peak_memory_mib``.
        epochs: Epochs trained.
        best_epoch: The epoch that ``value`` is of, from 1.
        curve: Figures of every epoch.
        stopped: Whether it was ended from outside before it was done.
        predictions: What the best epoch says of the validation rows, as ``Predict`` gives it; None where the evaluator trains no
            network. Candidates without them join no ensemble.
    """

    value: float
    metrics: dict[str, float]
    cost: dict[str, Any]
    epochs: int
    best_epoch: int
    curve: tuple[dict[str, float], ...] = ()
    stopped: bool = False
    predictions: np.ndarray | None = None


class Evaluator(ABC):
    """Base of all evaluators. See the module's text for the contract."""

    name = ""
    checkpoint: Path | None = None
    asked_epochs: int | None = None

    def __init__(self) -> None:
        self.space: Space | None = None
        self.data: TaskData | None = None

    def prepare(self, space: Space, data: TaskData, *, seed: int) -> None:
        """Take space and data; called once, in the process that will train.

        Args:
            space: Where genotypes come from.
            data: The task's rows.
            seed: Of whatever is prepared.
        """
        del seed
        self.space, self.data = space, data

    @abstractmethod
    def evaluate(
        self, genotype: Genotype, *, seed: int, report: Report = go_on, pulse: Pulse = go_on
    ) -> Outcome:
        """Judge one genotype.

        Raises:
            EvaluationError: If it cannot be judged; ``kind`` says why in a word.
        """

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """What the constructor was given, as plain data."""

    def to_json(self) -> dict[str, Any]:
        """Name and options, from which ``from_json`` makes it again in another process."""
        return {"name": self.name, "options": self.options()}

    def ready(self) -> tuple[Space, TaskData]:
        """Space and data.

        Raises:
            EvaluationError: If ``prepare`` was not called.
        """
        if self.space is None or self.data is None:
            raise EvaluationError(
                f"'{self.name}' was asked to evaluate before prepare(space, data) was called.", "not_prepared"
            )
        return self.space, self.data


_EVALUATORS: dict[str, Callable[..., Evaluator]] = {}


def register(cls: type[Evaluator]) -> type[Evaluator]:
    """Make an evaluator known by its name."""
    _EVALUATORS[cls.name] = cls
    return cls


def make(name: str, **options: Any) -> Evaluator:
    """An evaluator by name.

    Raises:
        EvaluationError: If there is none of that name, or it refuses an option.
    """
    if name not in _EVALUATORS:
        raise EvaluationError(
            f"There is no evaluator '{name}'. Choose one of {sorted(_EVALUATORS)}.", "unknown"
        )
    try:
        return _EVALUATORS[name](**options)
    except TypeError as error:
        raise EvaluationError(
            f"The evaluator '{name}' does not take these options: {sorted(options)}. {error}", "options"
        ) from error


def from_json(data: Mapping[str, Any]) -> Evaluator:
    """The evaluator that ``to_json`` described."""
    return make(data["name"], **data["options"])


@dataclass
class Curve:
    """Figures by epoch, and which epoch was best."""

    direction: str
    points: list[dict[str, float]] = field(default_factory=list)
    best: int = -1

    def add(self, objective: float, point: dict[str, float]) -> bool:
        """Note an epoch; True where it is the best so far."""
        self.points.append({"objective": objective, **point})
        if self.best < 0:
            self.best = 0
            return True
        known = self.points[self.best]["objective"]
        if objective > known if self.direction == "max" else objective < known:
            self.best = len(self.points) - 1
            return True
        return False
