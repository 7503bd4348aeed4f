"""Kinds of problem: what a target is, how a network learns it, and how its outputs are read; one kind a file."""

from __future__ import annotations

from ..errors import DataError
from .base import Problem
from .classification import Binary, Multiclass
from .log_regression import LogRegression
from .multilabel import Multilabel
from .ordinal import Ordinal
from .quantile import Quantile
from .regression import Regression

PROBLEMS: dict[str, Problem] = {
    kind.name: kind
    for kind in (Binary(), Multiclass(), Ordinal(), Multilabel(), Regression(), LogRegression(), Quantile())
}


def get(name: str) -> Problem:
    """A kind of problem by its name.

    Raises:
        DataError: If there is none of that name.
    """
    if name not in PROBLEMS:
        raise DataError(
            f"Invalid value for argument `problem`. Expected one of {tuple(PROBLEMS)}. Received: {name!r}."
        )
    return PROBLEMS[name]


__all__ = ["PROBLEMS", "Problem", "get"]
