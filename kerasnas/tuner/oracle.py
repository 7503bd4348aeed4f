"""Our strategies as an ``Oracle``: KerasTuner's own tuners train, we choose."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import keras_tuner

from ..errors import SearchError
from ..space import Genotype, Space
from ..strategies import Strategy, Trial, asked, made, make, name_of
from .hypermodel import SpaceHyperModel
from .hyperparameters import complete, decisions_of, genotype_of


class StrategyOracle(keras_tuner.Oracle):  # type: ignore[misc]
    """A strategy of ours for any of KerasTuner's public tuners that take ``oracle=``.

        oracle = kn.tuner.StrategyOracle("evolution", objective="val_accuracy", max_trials=30, seed=0)
        tuner = keras_tuner.Tuner(oracle, build, directory="runs", project_name="first")
        tuner.search(x, y, validation_data=(vx, vy), epochs=5, verbose=0)

    The hypermodel may be a plain ``build(hp)``: its hyperparameters become decisions, those in a ``conditional_scope`` under
    their conditions. What ``build`` asks for later only is a decision from then on, and stands at its default in earlier trials.

    The strategy is made anew for each trial and told the trials that have ended, so a project that is opened again goes on with
    the proposals it would have made. A failed trial is told as failed; no candidate is proposed twice.

    Args:
        strategy: A name (``kn.strategies.names()``), a name or class with options (``("evolution", {"population": 20})``), a
            ``Strategy`` class, or a fresh ``Strategy``, whose space, seed and direction then hold.
        objective: As KerasTuner takes it.
        max_trials: Most trials; None for no limit.
        space: The space of ``space.hypermodel(...)``, where that is the hypermodel; without it the decisions are taken from the
            hyperparameters, and the space's requirements are not known to the strategy.
        seed: Fixes every proposal.
        **options: As ``keras_tuner.Oracle`` takes them: ``hyperparameters``, ``max_retries_per_trial``, ...

    Raises:
        SearchError: If the strategy is none, or a fresh one was made for another direction.
    """

    def __init__(
        self,
        strategy: Any = "evolution",
        objective: Any = None,
        max_trials: int | None = 10,
        *,
        space: Space | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(objective=objective, max_trials=max_trials, seed=seed, **options)
        if isinstance(strategy, Strategy):
            if strategy.direction != self.objective.direction:
                raise SearchError(
                    f"The strategy was made for direction {strategy.direction!r}; the objective '{self.objective.name}' wants "
                    f"{self.objective.direction!r}."
                )
            if strategy.history or (space is not None and space is not strategy.space):
                raise SearchError(
                    "A strategy given as an object is fresh (told nothing yet), and its own space is the one that counts. Received: "
                    f"one with {len(strategy.history)} trials{'' if space is None else ', and another space'}."
                )
            space = strategy.space
        self._strategy = strategy
        self._hyper = None if space is None else SpaceHyperModel(space)
        self._strategy_name = _name(strategy)
        if not isinstance(strategy, Strategy):
            _fresh(strategy, space or decisions_of([])[0], 1, "max")  # refuses wrong options at once

    def populate_space(self, trial_id: str) -> dict[str, Any]:  # noqa: ARG002  (as KerasTuner asks)
        """The next candidate. See ``keras_tuner.Oracle``."""
        space, names = (self._hyper.space, {}) if self._hyper else decisions_of(self.hyperparameters.space)
        strategy = _fresh(self._strategy, space, int(self.seed), self.objective.direction)
        ended = set(self.end_order)
        strategy.replay(
            (self._told(name, space, names) for name in self.end_order),
            asked=len(self.trials),
            pending=[self._genotype(name, space, names) for name in self.start_order if name not in ended],
        )
        proposals = strategy.ask(1)
        if not proposals:
            return {"status": "STOPPED", "values": None}
        if proposals[0].epochs is not None:
            raise SearchError(
                f"The strategy '{self._strategy_name}' says how many epochs each candidate is trained for, which KerasTuner's tuners leave "
                "to search(epochs=...). Use keras_tuner.Hyperband there, or this strategy in kn.Search."
            )
        genotype = proposals[0].genotype
        values = (
            self._hyper.values(genotype)
            if self._hyper
            else {names[path]: value for path, value in genotype.items()}
        )
        return {"status": "RUNNING", "values": complete(self.hyperparameters, values)}

    def get_state(self) -> dict[str, Any]:
        """What is stored: KerasTuner's own state, and which strategy it is of."""
        return {**super().get_state(), "strategy": self._strategy_name}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up a stored state.

        Raises:
            SearchError: If it is of another strategy.
        """
        if state["strategy"] != self._strategy_name:
            raise SearchError(
                f"This project was begun with the strategy '{state['strategy']}', and is now opened with '{self._strategy_name}'. "
                "Give the same one, another project_name, or overwrite=True."
            )
        super().set_state(dict(state))

    def _told(self, name: str, space: Space, names: Mapping[str, str]) -> Trial:
        trial = self.trials[name]
        score = trial.score if trial.status == "COMPLETED" else None
        value = None if score is None or not math.isfinite(score) else float(score)
        state = "failed" if value is None else "completed"
        return Trial(int(name), self._genotype(name, space, names), state, value)

    def _genotype(self, name: str, space: Space, names: Mapping[str, str]) -> Genotype:
        hyperparameters = self.trials[name].hyperparameters.copy()
        hyperparameters.values = complete(hyperparameters, hyperparameters.values)
        if self._hyper:
            return self._hyper.genotype(hyperparameters)
        return genotype_of(space, names, hyperparameters.values)


def _name(given: Any) -> str:
    return given.name or type(given).__name__ if isinstance(given, Strategy) else name_of(asked(given)[0])


def _fresh(given: Any, space: Space, seed: int, direction: str) -> Strategy:
    """A strategy that has been told nothing."""
    if isinstance(given, Strategy):
        return copy.deepcopy(given, {id(given.space): given.space})
    kind, options = asked(given)
    if isinstance(kind, str):
        return make(kind, space, seed=seed, direction=direction, **options)
    return made(kind, space, seed=seed, direction=direction, **options)
