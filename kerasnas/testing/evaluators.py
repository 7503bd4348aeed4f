"""The suite that every evaluator passes; subclass it for one of your own.

``class TestMine(EvaluatorContract)`` with a method ``make(self)`` that returns a fresh evaluator that trains a few epochs.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..data.task_data import TaskData
from ..errors import EvaluationError
from ..evaluators import Evaluator, from_json
from ..space import Choice, FloatRange, Input, Space, block, layers
from ..task import Task


@block("net")
def _net(x: Any, *, outputs: int, units: Any = Choice(16, 8)) -> Any:
    x = layers.Dense(units, use_bias=False)(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    return layers.Dense(outputs)(layers.Dropout(0.1)(x))


@block("training")
def _training(*, learning_rate: Any = FloatRange(1e-3, 1e30, default=0.02, log=True)) -> dict[str, Any]:
    return {"learning_rate": learning_rate, "batch_size": 32}


@cache
def small_data(problem: str = "multiclass", rows: int = 240) -> TaskData:
    """Three clouds of points, to be told apart, or numbers to be predicted."""
    rng = np.random.default_rng(7)
    label = rng.integers(0, 3, rows)
    points = rng.normal(0.0, 1.0, (rows, 3)) + 2.0 * np.eye(3)[label]
    frame = pd.DataFrame({f"n{i}": points[:, i] for i in range(3)})
    frame["target"] = (
        100.0 + 20.0 * points[:, 0] if problem == "regression" else np.array(["a", "b", "c"])[label]
    )
    return Task(frame, target="target", seed=1).data()


def small_space(data: TaskData) -> Space:
    """A perceptron with batch normalisation, whose learning rate may be far too high."""
    view = data.views["table_numbers"]
    return Space.trace(
        _net.using(outputs=data.outputs), {"table_numbers": Input(view.shape)}, training=_training
    )


class _Guarded:
    """Data whose held-out rows may not be read."""

    def __init__(self, data: TaskData) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._data, name)

    def inputs(self, views: Any, part: str) -> Any:
        assert part != "holdout", "An evaluator has read the held-out rows."
        return self._data.inputs(views, part)

    def targets(self, part: str) -> Any:
        assert part != "holdout", "An evaluator has read the held-out targets."
        return self._data.targets(part)


class Reports:
    """A report that keeps what it was told."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, dict[str, float]]] = []

    def __call__(self, epoch: int, metrics: dict[str, float]) -> bool:
        self.seen.append((epoch, metrics))
        return True


class EvaluatorContract:
    """Requirements of ``Evaluator``, as tests."""

    def make(self) -> Evaluator:
        """The evaluator under test, unprepared."""
        raise NotImplementedError("Return your evaluator here.")

    def prepared(self, problem: str = "multiclass") -> Evaluator:
        evaluator, data = self.make(), small_data(problem)
        evaluator.prepare(small_space(data), _Guarded(data), seed=0)  # type: ignore[arg-type]
        return evaluator

    def test_it_must_be_prepared(self) -> None:
        with pytest.raises(EvaluationError, match="before prepare"):
            self.make().evaluate(small_space(small_data()).default(), seed=0)

    def test_the_same_seed_gives_the_same_figures(self) -> None:
        evaluator = self.prepared()
        space, _ = evaluator.ready()
        first = evaluator.evaluate(space.default(), seed=3)
        evaluator.evaluate(space.sample(1, {"training/learning_rate": 0.01}), seed=4)  # leaves no trace
        again = evaluator.evaluate(space.default(), seed=3)
        assert (first.value, first.curve) == (again.value, again.curve)

    def test_its_value_is_the_best_of_the_curve(self) -> None:
        for problem, best in (("multiclass", max), ("regression", min)):
            evaluator = self.prepared(problem)
            space, data = evaluator.ready()
            reported = Reports()
            outcome = evaluator.evaluate(space.default(), seed=0, report=reported)
            assert [epoch for epoch, _ in reported.seen] == list(range(1, outcome.epochs + 1))
            assert [m["objective"] for _, m in reported.seen] == [p["objective"] for p in outcome.curve]
            assert outcome.value == best(p["objective"] for p in outcome.curve)
            assert outcome.value == outcome.curve[outcome.best_epoch - 1]["objective"]
            assert outcome.metrics[data.metric] == outcome.value
            assert all(math.isfinite(v) for p in outcome.curve for v in p.values())
            assert not outcome.stopped

    def test_it_learns(self) -> None:
        evaluator = self.prepared()
        assert evaluator.evaluate(evaluator.ready()[0].default(), seed=0).value > 0.6
        evaluator = self.prepared("regression")
        assert (
            evaluator.evaluate(evaluator.ready()[0].default(), seed=0).value < 20.0
        )  # the mean alone: about 25

    def test_a_report_ends_it(self) -> None:
        evaluator = self.prepared()
        outcome = evaluator.evaluate(
            evaluator.ready()[0].default(), seed=0, report=lambda epoch, _: epoch < 2
        )
        assert (outcome.epochs, outcome.stopped) == (2, True)

    def test_it_trains_for_the_epochs_that_are_asked_for(self) -> None:
        """Or goes on, and is ended."""
        evaluator = self.prepared()
        evaluator.asked_epochs = 2
        outcome = evaluator.evaluate(
            evaluator.ready()[0].default(), seed=0, report=lambda epoch, _: epoch < 2
        )
        assert outcome.epochs == 2

    def test_a_pulse_ends_it(self) -> None:
        evaluator = self.prepared()
        beats = iter([True] * 6 + [False] * 1000)
        outcome = evaluator.evaluate(evaluator.ready()[0].default(), seed=0, pulse=lambda: next(beats))
        assert outcome.stopped
        assert outcome.epochs <= 2

    def test_a_loss_that_is_no_number_is_an_error(self) -> None:
        evaluator = self.prepared()
        space, _ = evaluator.ready()
        with pytest.raises(EvaluationError, match="lower the learning rate") as caught:
            evaluator.evaluate(space.validate({**space.default(), "training/learning_rate": 1e30}), seed=0)
        assert caught.value.kind == "nan"

    def test_its_cost_is_the_plan_s(self) -> None:
        evaluator = self.prepared()
        space, _ = evaluator.ready()
        outcome = evaluator.evaluate(space.default(), seed=0)
        cost = space.cost(space.default())
        assert (outcome.cost["parameters"], outcome.cost["flops"]) == (cost.parameters, cost.flops)
        assert outcome.cost["seconds"] > 0

    def test_it_travels_as_plain_data(self) -> None:
        evaluator = self.make()
        again = from_json(evaluator.to_json())
        assert type(again) is type(evaluator)
        assert again.to_json() == evaluator.to_json()
