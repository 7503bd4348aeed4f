"""How much each row counts in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DataError
from . import values
from .tables import Table
from .target import Target

BALANCED = "balanced"


def row_weights(
    table: Table,
    column: str | None,
    class_weights: str | Mapping[Any, float] | None,
    target: Target,
    targets: np.ndarray,
    train: np.ndarray,
) -> np.ndarray:
    """A weight for every row, 1 on average over the training rows.

    Args:
        table: The rows.
        column: In which a person says how much each row counts.
        class_weights: "balanced" (each class counts as much as any other), or class to weight. A row of several labels counts by the
            mean of theirs; classes that are not named count 1.
        target: What is predicted.
        targets: Encoded, of every row.
        train: Numbers of the training rows.

    Returns:
        ``(rows,)`` float32.

    Raises:
        DataError: If a weight is no number of 0 or more, a class is not known, all training rows count nothing, or a number is
            predicted and classes are weighed.
    """
    weights = np.ones(len(targets))
    if column is not None:
        weights = table.each(lambda piece: values.numbers(piece[column]), [column])
        bad = ~(np.isfinite(weights) & (weights >= 0))
        if bad.any():
            cell = values.text(table.take(np.flatnonzero(bad)[:1], [column])[column].iloc[0])
            raise DataError(
                f"Column '{column}' was named as weights=: each of its cells is a number of 0 or more. Received: {cell!r} in row "
                f"{int(np.flatnonzero(bad)[0])}; {int(bad.sum()):,} rows in all."
            )
    if class_weights is not None:
        weights = weights * _of_classes(class_weights, target, targets, train)
    total = float(weights[train].mean())
    if total <= 0:
        raise DataError("All training rows have weight 0: nothing can be learned. Give some of them more.")
    return np.asarray(weights / total, dtype=np.float32)


def _of_classes(
    given: str | Mapping[Any, float], target: Target, targets: np.ndarray, train: np.ndarray
) -> np.ndarray:
    if target.kind.numeric:
        raise DataError(
            f"class_weights= is for classes, and '{target.name}' is a number. Use weights= with a column."
        )
    if isinstance(given, str):
        if given != BALANCED:
            raise DataError(f"class_weights is 'balanced' or a dict of class to weight. Received: {given!r}.")
        counts = target.kind.counts(targets[train], target.outputs)
        each = len(train) / (target.outputs * np.maximum(counts, 1))
    else:
        each = np.ones(target.outputs)
        for name, weight in given.items():
            label = values.text(name).strip()
            if label not in target.class_names:
                raise DataError(
                    f"class_weights names a class that is not there. Expected some of {target.class_names[:20]}. Received: {name!r}."
                )
            if not (isinstance(weight, int | float) and np.isfinite(weight) and weight >= 0):
                raise DataError(f"A class weight is a number of 0 or more. Received: {name!r}: {weight!r}.")
            each[target.class_names.index(label)] = weight
    if targets.ndim == 1:
        return np.asarray(each[targets])
    held = targets.sum(axis=1)
    return np.where(held > 0, targets @ each / np.maximum(held, 1), 1.0)
