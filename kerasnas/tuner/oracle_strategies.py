"""KerasTuner's oracles as strategies of ours: they choose, our runner trains, one trial at a time.

An oracle is made anew for each proposal, told the history and reseeded from (seed, number), so that a search replayed from its
store goes on with the very proposals it would have made.
"""

from __future__ import annotations

import copy
import itertools
import random
from dataclasses import replace
from typing import Any, ClassVar

import keras_tuner
from keras_tuner.engine.trial import Trial as TunerTrial

from ..errors import GenotypeError, SearchError
from ..space import Genotype, Space
from ..strategies.base import TRIES, Proposal, Strategy, Trial
from .hypermodel import SpaceHyperModel

OURS = ("objective", "max_trials", "hyperparameters", "seed", "hyperband_iterations")
PROMOTION = "promotion"  # origin of a candidate that is trained again for more epochs
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
    endless: ClassVar[dict[str, Any]] = {"max_trials": None}  # what keeps an oracle from ending by itself

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
            **self.endless,
            **self._options,
        )

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        if len(self._seen) >= self.space.size():
            return Proposal(self.space.default(), "default")  # seen, as all are: no need to ask
        return self._proposal(self._asked(self._make(rng.randrange(1, MOST_SEED)), number), rng)

    def _asked(self, oracle: Any, number: int) -> dict[str, Any] | None:
        """What a fresh oracle says when it is told the history; None where it has no more to say."""
        oracle.trials = dict(self._trials)
        values: dict[str, Any] | None = oracle.populate_space(f"proposal-{number}").get("values")
        return values

    def _proposal(self, values: dict[str, Any] | None, rng: random.Random) -> Proposal:
        """What an oracle says as a genotype that was not seen before."""
        try:
            if values is None:
                return Proposal(self.space.sample(rng), "random")
            genotype, origin = self._genotype(values), self.name
        except GenotypeError:
            return Proposal(self.space.sample(rng), "random")
        for _ in range(TRIES):
            if genotype.key not in self._seen:
                break
            genotype, origin = self.space.mutate(genotype, rng), "mutation"
        return Proposal(genotype, origin)

    def _genotype(self, values: dict[str, Any]) -> Genotype:
        hyperparameters = self._hyperparameters.copy()
        hyperparameters.values = values
        return self._hyper.genotype(hyperparameters)

    def _told(self, trial: Trial) -> None:
        known = self.space.decisions
        if not all(p in known and known[p].accepts(v) for p, v in trial.genotype.items()):
            return  # of another space: KerasTuner would fail on a value that it does not know
        hyperparameters = self._hyperparameters.copy()
        hyperparameters.values = self._hyper.values(trial.genotype)
        name = str(trial.number)
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


class TunerHyperband(OracleStrategy):
    """KerasTuner's Hyperband: many candidates for few epochs, the best of them again for more.

    Options, with KerasTuner's defaults: ``max_epochs=100`` of the longest trainings, ``factor=3`` between one rung and the next. Its
    oracle is ``keras_tuner.oracles.HyperbandOracle``; it begins anew until the search's budget is spent.

    A candidate that is promoted is trained anew, with all the epochs of its rung and a schedule that spans them: it does not go on
    from its earlier weights, as with KerasTuner's own tuner. What ran before still ranks it, and what is told of a trial says in which
    bracket and rung it stood, so that the brackets are rebuilt from the history. A candidate over a limit takes no place in a bracket.
    Where several are asked for at once, only the first of them may be a promotion of the present best.

    Args:
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: "max" or "min".
        **options: The oracle's own.
    """

    name = "keras_tuner_hyperband"
    oracle = keras_tuner.oracles.HyperbandOracle
    endless: ClassVar[dict[str, Any]] = {"hyperband_iterations": None}

    def __init__(self, space: Space, *, seed: int, direction: str = "max", **options: Any) -> None:
        super().__init__(space, seed=seed, direction=direction, **options)
        self._books = self._make(1)  # its brackets are those of the history

    def _fresh(self, number: int) -> Proposal | None:
        proposal = super()._fresh(number)
        if proposal is None or proposal.epochs is not None:
            return proposal
        return replace(
            proposal, epochs=self._place()[1]
        )  # the default, and what is left where all else is known

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        oracle = self._make(rng.randrange(1, MOST_SEED))
        for name in ("_brackets", "_current_bracket", "_current_iteration"):
            setattr(oracle, name, copy.deepcopy(getattr(self._books, name)))
        values = self._asked(oracle, number)
        if values is not None and values["tuner/round"]:
            epochs, parent = int(values["tuner/epochs"]), int(values["tuner/trial_id"])
            promoted = Proposal(self._genotype(values), PROMOTION, (parent,), epochs)
            if not self._repeats(promoted):
                return promoted
            values = None  # it is asked for already, and not told yet
        return replace(self._proposal(values, rng), epochs=self._place()[1])

    def _told(self, trial: Trial) -> None:
        super()._told(trial)
        name = str(trial.number)
        if name not in self._trials or trial.epochs is None or trial.state == "refused":
            return
        if trial.origin == PROMOTION:
            parent = str(trial.parents[0])
            for bracket in self._books._brackets:
                for earlier, later in itertools.pairwise(bracket["rounds"]):
                    if any(each["id"] == parent for each in earlier):
                        later.append({"past_id": parent, "id": name})
            return
        bracket, _ = self._place()
        bracket["rounds"][0].append({"past_id": None, "id": name})

    def _place(self) -> tuple[dict[str, Any], int]:
        """The bracket that takes the next new candidate, and for how many epochs."""
        books = self._books
        while True:
            for bracket in books._brackets:
                if len(bracket["rounds"][0]) < books._get_size(bracket["bracket_num"], 0):
                    return bracket, books._get_epochs(bracket["bracket_num"], 0)
            books._increment_bracket_num()
            books._start_new_bracket()


ORACLES: dict[str, type[OracleStrategy]] = {
    "random": TunerRandom,
    "bayesian": TunerBayesian,
    "hyperband": TunerHyperband,
}


def from_oracle(name: str, **options: Any) -> tuple[type[OracleStrategy], dict[str, Any]]:
    """An oracle of KerasTuner as the ``strategy=`` of a ``Search``.

        kn.Search(task, space, strategy=kn.tuner.from_oracle("bayesian", num_initial_points=10), budget="50 trials")

    Args:
        name: "random", "bayesian" or "hyperband".
        **options: The oracle's own; objective, trials, space and seed are the search's.

    Returns:
        A strategy class and its options, as ``Search`` takes them.

    Raises:
        SearchError: If there is no such oracle, or an option is the search's.
    """
    if name not in ORACLES:
        raise SearchError(f"There is no oracle {name!r} here. Choose one of {sorted(ORACLES)}.")
    taken = sorted(set(options) & set(OURS))
    if taken:
        raise SearchError(
            f"The search sets {taken} of the oracle, by its task, budget, space and seed. Leave them out."
        )
    return ORACLES[name], dict(options)
