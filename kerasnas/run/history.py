"""What a search knows of its own past: rebuilt from the store, kept while it runs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..space import Genotype
from ..strategies import Trial
from ..strategies.base import most

if TYPE_CHECKING:
    from meta_store import TrialRecord


EPOCHS = "most_epochs"  # in a trial's cost: what its proposal said, where it did


def trial_seed(seed: int, number: int) -> int:
    """The seed of a trial's training, from the search's."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:4], "big") >> 1


def told(record: TrialRecord) -> Trial:
    """A closed trial as a strategy is told of it."""
    value = record.value if record.state == "completed" else None
    return Trial(
        record.number,
        Genotype(record.genotype),
        record.state,
        value,
        record.origin,
        tuple(record.parents),
        record.cost,
        record.cost.get(EPOCHS),
    )


class History:
    """The closed trials of a search.

    Args:
        records: Those that the store has, by number.
        direction: "max" or "min".

    Attributes:
        trained: How many candidates were trained, in vain or not; refused and repeated ones are none.
        epochs: Epochs trained.
    """

    def __init__(self, records: Iterable[TrialRecord], direction: str) -> None:
        self._sign = -1.0 if direction == "max" else 1.0
        self.records: dict[int, TrialRecord] = {}
        self._answers: dict[str, TrialRecord] = {}
        self._keys: dict[int, str] = {}
        self.trained = self.epochs = 0
        for record in records:
            self.add(record)

    def add(self, record: TrialRecord) -> None:
        """Take note of a closed trial."""
        self.records[record.number] = record
        if record.trained:
            self.trained += 1
            self.epochs += int(record.cost.get("epochs") or 0)
        if record.value is not None:
            key, allowed = Genotype(record.genotype).key, _allowed(record)
            self._keys[record.number] = key
            known = self._answers.get(key)
            if record.state == "completed" and (known is None or _allowed(known) < allowed):
                self._answers[key] = record

    def answer(self, genotype: Genotype, epochs: int | None = None) -> TrialRecord | None:
        """The completed trial of the same genotype, if there is one that was allowed as many epochs (None: all of the evaluator's)."""
        known = self._answers.get(genotype.key)
        return known if known is not None and _allowed(known) >= most(epochs) else None

    def better(self, a: float, b: float) -> bool:
        """Whether one value is better than another."""
        return self._sign * a < self._sign * b

    def best_until(self, curve: Sequence[Mapping[str, Any]], epoch: int) -> float | None:
        """The best value within the first epochs of a curve; None where it has none."""
        known = [float(point["objective"]) for point in curve[:epoch] if point.get("objective") is not None]
        return min(known, key=lambda value: self._sign * value, default=None)

    def ranked(self) -> list[TrialRecord]:
        """Trials that have a value, the best first, the earlier of equals first.

        A repetition is left out, and so is a trial whose genotype was trained again for more epochs. A trial that was stopped has the
        value of its best epoch until then.
        """
        valued = [
            r
            for r in self.records.values()
            if r.trained and r.value is not None and math.isfinite(r.value) and not self._outdone(r)
        ]
        return sorted(valued, key=lambda r: (self._sign * float(r.value or 0.0), r.number))

    def _outdone(self, record: TrialRecord) -> bool:
        """Whether its genotype was trained to the end with more epochs."""
        longest = self._answers.get(self._keys[record.number])
        return longest is not None and _allowed(longest) > _allowed(record)

    def told(self) -> list[Trial]:
        """What a strategy has been told, in order."""
        return [told(self.records[number]) for number in sorted(self.records)]

    def retraining_seconds(self, finalists: int, growth: float) -> float:
        """How long the retraining of the present best will take, as far as their trials tell.

        Args:
            finalists: How many.
            growth: Rows of the retraining over rows of a trial.
        """
        return sum(_seconds(r.cost) * growth for r in self.ranked()[:finalists])


def _allowed(record: TrialRecord) -> float:
    return most(record.cost.get(EPOCHS))


def _seconds(cost: Mapping[str, Any]) -> float:
    epochs = float(cost.get("epochs") or 1)
    return float(cost.get("seconds") or 0.0) * float(cost.get("best_epoch") or epochs) / epochs + 1.0
