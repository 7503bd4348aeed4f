"""KerasTuner's oracles as strategies of ours: they choose, our runner trains, one trial at a time.

An oracle is made anew for each proposal, told the history and reseeded from (seed, number), so that a search replayed from its
store goes on with the very proposals it would have made.
"""

from __future__ import annotations

import random
from typing import Any, ClassVar

import keras_tuner
from keras_tuner.engine.trial import Trial as TunerTrial

from ..errors import GenotypeError, SearchError
from ..space import Space
from ..strategies.base import TRIES, Proposal, Strategy, Trial
from .hypermodel import SpaceHyperModel

OURS = ("objective", "max_trials", "hyperparameters", "seed")
MOST_SEED = 2**31


class OracleStrategy(Strategy):
    """A strategy that asks an oracle of KerasTuner. Use ``from_oracle``.

    What the oracle proposes again, or what breaks a requirement of the space, is replaced by a mutation of it, or by a random
    genotype: KerasTuner's Gaussian process never looks whether it repeats itself. Trials without a value are told as failed.

    Args:
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: "max" or "min".
        **options: The oracle's own.
    """

    oracle: ClassVar[Any]

    def __init__(self, space: Space, *, seed: int, direction: str = "max", **options: Any) -> None:
        super().__init__(space, seed=seed, direction=direction)
        self._options = options
        self._hyper = SpaceHyperModel(space)
        self._hyperparameters = self._hyper.declared()
        self._trials: dict[str, Any] = {}
        self._make(1)  # refuses wrong options at once

    def _make(self, seed: int) -> Any:
        return self.oracle(
            objective=keras_tuner.Objective("value", self.direction),
            hyperparameters=self._hyperparameters.copy(),
            seed=seed,
            max_trials=None,
            **self._options,
        )

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        if len(self._seen) >= self.space.size():
            return Proposal(self.space.default(), "default")  # seen, as all are: no need to ask
        oracle = self._make(rng.randrange(1, MOST_SEED))
        oracle.trials = dict(self._trials)
        values = oracle.populate_space(f"proposal-{number}").get("values")
        try:
            if values is None:
                return Proposal(self.space.sample(rng), "random")
            hyperparameters = self._hyperparameters.copy()
            hyperparameters.values = values
            genotype, origin = self._hyper.genotype(hyperparameters), self.name
        except GenotypeError:
            return Proposal(self.space.sample(rng), "random")
        for _ in range(TRIES):
            if genotype.key not in self._seen:
                break
            genotype, origin = self.space.mutate(genotype, rng), "mutation"
        return Proposal(genotype, origin)

    def _told(self, trial: Trial) -> None:
        known = self.space.decisions
        if not all(p in known and known[p].accepts(v) for p, v in trial.genotype.items()):
            return  # of another space: KerasTuner would fail on a value that it does not know
        hyperparameters = self._hyperparameters.copy()
        hyperparameters.values = self._hyper.values(trial.genotype)
        name = str(len(self._trials))
        told = TunerTrial(hyperparameters, name, "FAILED" if trial.value is None else "COMPLETED")
        told.score = trial.value
        self._trials[name] = told


class TunerRandom(OracleStrategy):
    """KerasTuner's random search. Its oracle is ``keras_tuner.oracles.RandomSearchOracle``."""

    name = "keras_tuner_random"
    oracle = keras_tuner.oracles.RandomSearchOracle


class TunerBayesian(OracleStrategy):
    """KerasTuner's Gaussian process with an upper confidence bound.

    Options, with KerasTuner's defaults: ``num_initial_points`` random candidates first (three a decision), ``alpha=1e-4`` noise,
    ``beta=2.6`` exploration. Its oracle is ``keras_tuner.oracles.BayesianOptimizationOracle``; after the random beginning a
    proposal takes seconds, as there.
    """

    name = "keras_tuner_bayesian"
    oracle = keras_tuner.oracles.BayesianOptimizationOracle


ORACLES: dict[str, type[OracleStrategy]] = {"random": TunerRandom, "bayesian": TunerBayesian}


def from_oracle(name: str, **options: Any) -> tuple[type[OracleStrategy], dict[str, Any]]:
    """An oracle of KerasTuner as the ``strategy=`` of a ``Search``.

        kn.Search(task, space, strategy=kn.tuner.from_oracle("bayesian", num_initial_points=10), budget="50 trials")

    Args:
        name: "random" or "bayesian".
        **options: The oracle's own; objective, trials, space and seed are the search's.

    Returns:
        A strategy class and its options, as ``Search`` takes them.

    Raises:
        SearchError: If there is no such oracle, it is one that this runner cannot serve, or an option is the search's.
    """
    if name == "hyperband":
        raise SearchError(
            "KerasTuner's Hyperband cannot drive this runner: it proposes the same candidate again for more epochs and goes on from "
            "its weights, and here a candidate is judged once, for as many epochs as its evaluator has, and its weights are not kept. "
            "Use from_oracle('bayesian'), from_oracle('random') or strategy='evolution'; or run KerasTuner's own on the space: "
            "keras_tuner.Hyperband(space.hypermodel(task.problem), objective='val_accuracy', max_epochs=20)."
        )
    if name not in ORACLES:
        raise SearchError(f"There is no oracle {name!r} here. Choose one of {sorted(ORACLES)}.")
    taken = sorted(set(options) & set(OURS))
    if taken:
        raise SearchError(
            f"The search sets {taken} of the oracle, by its task, budget, space and seed. Leave them out."
        )
    return ORACLES[name], dict(options)
