"""Mixed rows: a network is shown pictures that are partly one row's, partly another's, and told of both targets.

Sources: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: beyond empirical risk minimization", 2018; Yun, Han, Oh, Chun, Choe, Yoo, "CutMix:
regularization strategy to train strong classifiers with localizable features", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import EvaluationError

MIXES = {"mixup": 0.2, "cutmix": 1.0}
"""Way of mixing -> the parameter of the Beta distribution that shares are drawn from, as in its paper."""

Mixed = tuple[dict[str, np.ndarray], np.ndarray, np.ndarray | None]


class Mixing:
    """Mixes the rows of a batch, each with one other; one share is drawn for the whole batch.

    ``mixup`` averages all inputs. ``cutmix`` cuts a rectangle out of each picture (or spectrogram) and fills it with the other
    row's; inputs of other shapes, such as vectors, are averaged by the share of the area.

    The target is the mean of both by their shares. Where rows have weights, each side counts by share times weight: the mixed row
    weighs their sum, and its target is their mean. That is exactly the sum of both weighted losses for every loss that is linear in
    the target (cross-entropy), or quadratic but for a constant (the squared error, the ordered distance).

    Args:
        kind: "mixup" or "cutmix".

    Raises:
        EvaluationError: If there is no such way.
    """

    def __init__(self, kind: str) -> None:
        if kind not in MIXES:
            raise EvaluationError(
                f"Unknown training choice mix={kind!r}. Expected 'none', {', '.join(map(repr, MIXES))}.",
                "settings",
            )
        self.kind = kind

    def __call__(
        self,
        inputs: Mapping[str, np.ndarray],
        targets: np.ndarray,
        weights: np.ndarray | None,
        rng: np.random.Generator,
    ) -> Mixed:
        """Mix one batch.

        Args:
            inputs: By name, one row each; numbers that can be averaged.
            targets: ``(n, outputs)``, as ``Problem.mixable`` gives them.
            weights: One each; None where all count alike.
            rng: Of shares, partners and rectangles.

        Returns:
            Inputs of the same shapes and types, targets and weights.
        """
        share = float(rng.beta(MIXES[self.kind], MIXES[self.kind]))
        partner = rng.permutation(len(targets))
        corner = rng.random(2)
        cut = {
            n: _rectangle(rows.shape[1:3], share, corner) for n, rows in inputs.items() if self._cuts(rows)
        }
        if cut:  # what was cut in whole pixels is what counts; several pictures are cut alike
            share = float(np.mean([1.0 - _area(box, inputs[n].shape[1:3]) for n, box in cut.items()]))
        mixed = {
            n: _filled(rows, rows[partner], cut[n]) if n in cut else _averaged(rows, rows[partner], share)
            for n, rows in inputs.items()
        }
        if weights is None:
            return mixed, _between(targets, targets[partner], share), None
        own, other = share * weights, (1.0 - share) * weights[partner]
        total = own + other
        part = np.divide(own, total, out=np.full_like(own, share), where=total > 0)
        return mixed, _between(targets, targets[partner], part[:, None]), total.astype(weights.dtype)

    def _cuts(self, rows: np.ndarray) -> bool:
        return self.kind == "cutmix" and rows.ndim == 4


def mixing(settings: Mapping[str, Any], inputs: Mapping[str, Any]) -> Mixing | None:
    """What the training choice ``mix`` asks for; None for "none".

    Args:
        settings: Of the training.
        inputs: What the model reads, by name.

    Raises:
        EvaluationError: If it is unknown, or an input holds numbers that cannot be averaged (tokens, categories).
    """
    kind = str(settings["mix"])
    if kind == "none":
        return None
    made = Mixing(kind)
    names = sorted(n for n, rows in inputs.items() if rows.dtype.kind in "iu" and rows.dtype.itemsize > 1)
    if names:
        raise EvaluationError(
            f"The training choice mix={kind!r} averages rows, and the numbers of {names} are tokens or categories, of which there are no "
            "halves. Use mix='none', or a space without these inputs.",
            "settings",
        )
    return made


def _rectangle(sides: tuple[int, ...], share: float, corner: np.ndarray) -> tuple[slice, slice]:
    """A rectangle inside a picture that leaves a share of it."""
    ends = []
    for side, at in zip(sides, corner, strict=True):
        length = round(side * (1.0 - share) ** 0.5)
        start = int(at * (side - length + 1))
        ends.append(slice(start, start + length))
    return ends[0], ends[1]


def _area(box: tuple[slice, slice], sides: tuple[int, ...]) -> float:
    cut = (box[0].stop - box[0].start) * (box[1].stop - box[1].start)
    return float(cut / (sides[0] * sides[1]))


def _filled(rows: np.ndarray, others: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
    out = rows.copy()
    out[:, box[0], box[1]] = others[:, box[0], box[1]]
    return out


def _averaged(rows: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    """A mean of the rows' own type; pixels are rounded."""
    mean = _between(rows, others, share)
    return mean if rows.dtype.kind == "f" else np.rint(mean).astype(rows.dtype)


def _between(a: np.ndarray, b: np.ndarray, share: Any) -> np.ndarray:
    part = np.asarray(share, np.float32)
    return np.asarray(part * a + (1.0 - part) * b, a.dtype if a.dtype.kind == "f" else np.float32)
