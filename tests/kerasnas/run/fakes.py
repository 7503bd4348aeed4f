"""A clock that tests move, an executor that trains nothing, and a search in a store of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import meta_store
from kerasnas import Choice, Input, Space, block, layers
from kerasnas.errors import EvaluationError
from kerasnas.run.ensemble import NOBODY, Team
from kerasnas.run.executor import (
    GO,
    PAUSE,
    STOP,
    Combination,
    Control,
    Executor,
    Result,
    Retraining,
    Verdict,
    Work,
)
from kerasnas.run.loop import Loop
from kerasnas.run.rules import Rules
from kerasnas.strategies import make
from meta_store import Lease, SearchRecord, SpaceRecord, Store, TaskRecord

EPOCHS = 3


class FakeClock:
    """Time that passes only when somebody sleeps or a candidate trains."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Killed(BaseException):
    """What stands for a SIGKILL of the runner: nothing may handle it."""


def worth(genotype: Any, seed: int) -> float:
    """A value that depends on genotype and seed alone."""
    return int(hashlib.sha256(f"{genotype.key}/{seed}".encode()).hexdigest()[:6], 16) / 0xFFFFFF


class FakeExecutor(Executor):
    """Trains nothing, in three epochs of one second, or of what ``pace`` says for a trial; ``worth`` may say what it gives.

    Args:
        clock: Moved by the epochs.
        happens: Called before each epoch with (number, epoch), before a finalist is judged with (number, 0), before finalists are
            averaged with (-1, -1) and before it is chosen which with (-2, -1), before an epoch of a finalist with (-10 - number, epoch); may raise.
    """

    def __init__(
        self, clock: FakeClock, happens: Callable[[int, int], None] = lambda number, epoch: None
    ) -> None:
        self.clock, self.happens = clock, happens
        self.trained: list[int] = []
        self.asked: list[int | None] = []
        self.judged: list[int] = []
        self.let_go: list[int] = []
        self.pace: dict[int, float] = {}
        self.worth: dict[int, float] = {}
        self.team: set[int] = set()
        self.combined: list[tuple[int, ...]] = []

    def evaluate(self, work: Work, control: Control) -> Result:
        self.trained.append(work.number)
        self.asked.append(work.epochs)
        value = self.worth.get(work.number, worth(work.genotype, work.seed))
        stopped, epoch = False, 0
        while epoch < EPOCHS and not stopped:
            self.happens(work.number, epoch + 1)
            if self._steer(control) == STOP:
                stopped = True
                break
            self.clock.sleep(self.pace.get(work.number, 1.0))
            epoch += 1
            control.epoch(epoch, {"objective": value * epoch / EPOCHS, "loss": 1 - value})
            stopped = epoch == work.most_epochs and epoch < EPOCHS
        got = value * epoch / EPOCHS if epoch else float("nan")
        return Result(
            got,
            {"loss": 1 - value},
            {"seconds": epoch * self.pace.get(work.number, 1.0)},
            epoch,
            epoch,
            stopped,
        )

    def judge(self, work: Retraining, control: Control) -> Verdict:
        self.happens(work.number, 0)
        if self._steer(control) == STOP:
            return Verdict(None, {}, "", stopped=True)
        for epoch in range(1, work.epochs + 1):
            self.happens(-10 - work.number, epoch)
            self.clock.sleep(1.0)
            control.epoch(epoch, {"loss": 0.5})
        self.judged.append(work.number)
        return Verdict(worth(work.genotype, 0), {"loss": 0.5}, str(work.bundle))

    def pick(self, numbers: Sequence[int], most: int, control: Control) -> Team:
        self.happens(-2, -1)
        return Team(tuple(n for n in numbers if n in self.team), 0.99) if self.team else NOBODY

    def combine(self, work: Combination, control: Control) -> Verdict:
        self.happens(-1, -1)
        if self._steer(control) == STOP:
            return Verdict(None, {}, "", stopped=True)
        self.combined.append(tuple(work.members))
        return Verdict(0.9, {"loss": 0.1}, str(work.bundle))

    def closed(self, number: int) -> None:
        self.let_go.append(number)

    def describe(self) -> dict[str, Any]:
        return {}

    def close(self) -> None: ...

    def _steer(self, control: Control) -> str:
        wish = control.tick()
        while wish == PAUSE:
            control.held(True)
            self.clock.sleep(0.1)
            wish = control.tick()
        control.held(False)
        return wish if wish == STOP else GO


def failing(kind: str, message: str, *numbers: int) -> Callable[[int, int], None]:
    """Trials of these numbers fail in their first epoch; all of them if none is given."""

    def happens(number: int, epoch: int) -> None:
        if epoch == 1 and (not numbers or number in numbers):
            raise EvaluationError(message, kind)

    return happens


_SPACES: list[Space] = []


def toy_space() -> Space:
    """108 genotypes."""
    if not _SPACES:

        @block("toy")
        def toy(
            x: Any,
            *,
            units: Any = Choice(4, 8, 16, 32),
            act: Any = Choice("relu", "tanh", "gelu"),
            more: Any = Choice(1, 2, 3),
        ) -> Any:
            return layers.Dense(3)(layers.Dense(units * more, activation=act)(x))

        @block("training")
        def training(*, batch_size: Any = Choice(16, 32, 64)) -> dict[str, Any]:
            return {"batch_size": batch_size}

        _SPACES.append(Space.trace(toy, {"table_numbers": Input((4,))}, name="toy", training=training))
    return _SPACES[0]


def open_search(store: Store, *, budget: dict[str, Any], seed: int = 0, strategy: str = "evolution") -> str:
    """A search in a store, not yet run by anybody."""
    space = toy_space()
    store.put_task(TaskRecord("t", "f", "toy", ("table",), "multiclass", "accuracy", "max", 90, 3))
    store.put_space(SpaceRecord(space.fingerprint, "toy", 1, space.to_json()))
    return store.create_search(SearchRecord("", "t", space.fingerprint, strategy, seed, budget))


def loop_over(
    store: Store,
    search_id: str,
    executor: Executor,
    clock: FakeClock,
    *,
    owner: str = "test",
    strategy: str = "evolution",
    **rules: Any,
) -> tuple[Loop, Lease]:
    """A loop over a search, as a runner would make it."""
    lease = store.acquire_lease(search_id, owner, pid=1, host="here")
    record = store.get_search(search_id)
    options = {"population": 4, "tournament": 2, "initial": 3} if strategy == "evolution" else {}
    chosen = make(strategy, toy_space(), seed=record.seed, direction="max", **options)
    asked = Rules(
        **{"seed": record.seed, "direction": "max", "finalists": 2, "bundles": Path("bundles"), **rules}
    )
    return Loop(store, lease, toy_space(), chosen, executor, asked, clock=clock), lease


def open_store(folder: Path, name: str = "store.db") -> Store:
    return meta_store.open(folder / name)


def board(store: Store, search_id: str) -> list[tuple[Any, ...]]:
    """What must not depend on what was killed when."""
    trials = [
        (t.number, dict(t.genotype), t.state, t.value, t.origin, t.seed, len(t.curve))
        for t in store.trials(search_id)
    ]
    finals = [(f.number, f.rank, f.validation, f.holdout) for f in store.finals(search_id)]
    return [*trials, *finals]
