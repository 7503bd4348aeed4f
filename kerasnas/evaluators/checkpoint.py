"""The state of a training in a file: a training whose process died goes on from there, to the same end.

A file holds the weights that training changes, the optimizer, the states of random layers, the best epoch's weights and predictions, and
the curve; the order of an epoch's rows needs no keeping, because it follows from seed and epoch. It takes the place of the one before in
one step, so that there is a whole one at any moment.

It is written after an epoch, at most every ``EVERY`` seconds and so seldom that writing takes at most ``SHARE`` of the time: what a death
costs is the time since then.
"""

from __future__ import annotations

import json
import logging
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

log = logging.getLogger("kerasnas.evaluators")

EVERY = 2.0  # least seconds between two writings
SHARE = 0.02  # of the time may go into writing


@dataclass(frozen=True)
class State:
    """A training after an epoch.

    Attributes:
        variables: Values of ``variables_of(model)``.
        best: Values of the best epoch's weights; none where no epoch was judged.
        said: The best epoch's predictions; None where no epoch was judged.
        points: Figures of every epoch, the objective among them where it was judged.
        seconds: That the training has taken.
    """

    variables: Sequence[np.ndarray]
    best: Sequence[np.ndarray]
    said: np.ndarray | None
    points: Sequence[dict[str, float]]
    seconds: float


class Checkpoint:
    """One training's file.

    Args:
        path: The file; its folder is made when it is first needed.
        key: What the training is of; a file of another key is not read.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, f"{key}/{keras.backend.backend()}/{keras.__version__}"
        self._next = time.monotonic() + EVERY

    def due(self) -> bool:
        """Whether it is time to write."""
        return time.monotonic() >= self._next

    def write(self, state: State) -> None:
        """Keep a state, whole or not at all; where that fails, the log says so and training goes on without."""
        began = time.monotonic()
        fresh = self._path.with_name(f".{self._path.name}")
        about = {"key": self._key, "points": list(state.points), "seconds": state.seconds}
        arrays = {"about": np.array(json.dumps(about))}
        arrays |= {f"variable {k}": value for k, value in enumerate(state.variables)}
        arrays |= {f"best {k}": value for k, value in enumerate(state.best)}
        if state.said is not None:
            arrays["said"] = state.said
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            with fresh.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
            fresh.replace(self._path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            log.warning(
                "the training's state could not be kept in %s, and it goes on without: %s", self._path, error
            )
        now = time.monotonic()
        self._next = now + max(EVERY, (now - began) * (1 / SHARE - 1))

    def read(self) -> State | None:
        """The state that was kept; None where there is none of this training, or it is damaged."""
        try:
            with np.load(self._path, allow_pickle=False) as kept:
                about = json.loads(str(kept["about"]))
                if about["key"] != self._key:
                    return None
                return State(
                    _numbered(kept, "variable"),
                    _numbered(kept, "best"),
                    kept["said"] if "said" in kept.files else None,
                    about["points"],
                    about["seconds"],
                )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            log.warning(
                "the training's state in %s cannot be read, and it begins anew: %s", self._path, error
            )
            return None


def _numbered(kept: Any, name: str) -> list[np.ndarray]:
    count = sum(each.startswith(f"{name} ") for each in kept.files)
    return [kept[f"{name} {k}"] for k in range(count)]


def frozen_weights(model: Any) -> set[int]:
    """Identities of the weights that training does not change."""
    layers = model._flatten_layers(include_self=False)
    return {id(weight) for layer in layers if not layer.trainable for weight in layer.weights}


def variables_of(model: Any) -> list[Any]:
    """All that training changes of a compiled model: weights, states of random layers, the optimizer's variables."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    frozen = frozen_weights(model)
    return [*(v for v in model.variables if id(v) not in frozen), *model.optimizer.variables]


def values(variables: Sequence[Any]) -> list[np.ndarray]:
    """Copies of the variables' values."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def assign(variables: Sequence[Any], given: Sequence[np.ndarray]) -> None:
    """Give variables their values."""
    for variable, value in zip(variables, given, strict=True):
        variable.assign(value)
