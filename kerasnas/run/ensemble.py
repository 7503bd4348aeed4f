"""Which networks of a search are averaged: chosen one after another by their loss on the validation rows.

The best candidate comes first; then whichever makes the loss of the average smallest joins, as long as there is room; of the teams on
this way the largest is taken whose loss is about the smallest. It is log-loss (for numbers, the squared error) and not the task's metric,
because a few hundred rows tell two accuracies apart only by luck, and the first candidate was chosen for having had it. It is the
log-loss at the temperature that suits the team: otherwise a weak network that is sure of nothing would join, for making the others
less sure than they are.

Source: Caruana et al., "Ensemble selection from libraries of models", 2004 (here every candidate joins at most once).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..problems import Problem

POOL = 20  # so many of the best candidates are kept in mind: a team found among more fits the validation rows by chance
NEARLY = 0.01  # a loss that is larger by this share is the same: the larger team is the steadier one


@dataclass(frozen=True)
class Team:
    """Networks that are averaged.

    Attributes:
        members: Numbers of their trials, the best alone first; none where no two belong together.
        validation: The objective of their average on the validation rows, which chose them: it flatters.
    """

    members: tuple[int, ...]
    validation: float


NOBODY = Team((), math.nan)


def member_name(number: int) -> str:
    """What a trial's network is called in an ensemble's model and source."""
    return f"trial_{number}"


def pick(
    predictions: Mapping[int, np.ndarray], problem: Problem, targets: np.ndarray, most: int
) -> tuple[int, ...]:
    """Choose who is averaged.

    Args:
        predictions: Trial -> what its network says of the validation rows; the best first.
        problem: How predictions are averaged, and what their loss is.
        targets: Of the validation rows.
        most: Most members.

    Returns:
        At least two trials, the first of all among them and first; or none, where the best does better alone.
    """
    if len(predictions) < 2 or most < 2:
        return ()

    def loss(*team: int) -> float:
        return problem.team_loss(targets, problem.average([predictions[number] for number in team]))

    first, *others = predictions
    members, losses = [first], [loss(first)]
    while others and len(members) < most:
        together = [loss(*members, other) for other in others]
        place = together.index(min(together))
        members.append(others.pop(place))
        losses.append(together[place])
    size = max(count for count, value in enumerate(losses, start=1) if value <= min(losses) * (1 + NEARLY))
    return tuple(members[:size]) if size > 1 else ()


class Predictions:
    """What the best candidates say of the validation rows, kept in a folder: ``POOL`` of them, the others are dropped.

    Args:
        folder: Made when it is first needed.
        direction: "max" or "min".
    """

    def __init__(self, folder: Path, direction: str) -> None:
        self._folder, self._sign = folder, 1.0 if direction == "max" else -1.0

    def keep(self, number: int, value: float, said: np.ndarray) -> None:
        """Keep a candidate's predictions, whole or not at all."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        fresh = self._folder / f".{number}.npz"
        np.savez(fresh, value=value, said=said.astype("float32"))
        fresh.replace(self._file(number))
        for file in sorted(self._folder.glob("trial-*.npz"), key=self._worth)[:-POOL]:
            file.unlink()

    def read(self, numbers: Sequence[int]) -> dict[int, np.ndarray]:
        """Trial -> predictions, in the order asked for; trials of which none are kept are left out."""
        return {n: self._read(self._file(n), "said") for n in numbers if self._file(n).is_file()}

    def _worth(self, file: Path) -> float:
        return self._sign * float(self._read(file, "value"))

    def _file(self, number: int) -> Path:
        return self._folder / f"trial-{number}.npz"

    @staticmethod
    def _read(file: Path, name: str) -> np.ndarray:
        with np.load(file, allow_pickle=False) as kept:
            return np.asarray(kept[name])
