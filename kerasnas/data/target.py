"""What is to be predicted: the kind of problem, the classes, and the target as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .. import objectives
from ..errors import DataError
from . import values

# whole numbers with at most so many values are taken as classes
MOST_NUMBER_CLASSES = 20
FEWEST_ROWS = 5


@dataclass(frozen=True)
class Target:
    """The target of a task.

    Attributes:
        name: The column.
        problem: "binary", "multiclass" or "regression".
        classes: The original values, in the order of the class numbers; empty for regression.
        reason: Why this problem, in one line.
        decimal: How numbers are written, for regression.
    """

    name: str
    problem: str
    classes: tuple[Any, ...]
    reason: str
    decimal: str = "."

    @property
    def outputs(self) -> int:
        """Units of the model's last layer: the number of classes; 1 for regression."""
        return 1 if self.problem == "regression" else len(self.classes)

    @property
    def class_names(self) -> list[str]:
        """The classes as text."""
        return [values.text(value).strip() for value in self.classes]

    def to_json(self) -> dict[str, Any]:
        """The target as JSON."""
        return {
            "name": self.name, "problem": self.problem, "classes": list(self.classes), "reason": self.reason,
            "decimal": self.decimal,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Target:
        """The target that ``to_json`` wrote."""
        return cls(**{**data, "classes": tuple(data["classes"])})

    def present(self, column: pd.Series) -> np.ndarray:
        """Which rows have a target. ``(rows,)`` of bool."""
        if self.problem == "regression":
            return np.asarray(np.isfinite(values.numbers(column, self.decimal)))
        return _filled(column)

    def encode(self, column: pd.Series) -> np.ndarray:
        """Class numbers as int32, or for regression float32 in original units, ``(rows,)``.

        Raises:
            DataError: If a cell is empty or no known class.
        """
        if self.problem == "regression":
            return values.numbers(column, self.decimal).astype(np.float32)
        index = {name: number for number, name in enumerate(self.class_names)}
        found = [index.get(label, -1) for label in values.labels(column)]
        if -1 in found:
            raise DataError(
                f"Target '{self.name}' has a value that is no known class. Expected one of "
                f"{self.class_names[:20]}. "
                f"Received: {values.labels(column)[found.index(-1)]!r}."
            )
        return np.array(found, dtype=np.int32)


def read(column: pd.Series, problem: str | None = None) -> Target:
    """Find out what kind of target a column is.

    Args:
        column: The target, empty cells included.
        problem: "binary", "multiclass" or "regression" where the person has decided.

    Raises:
        DataError: If there are too few filled cells, only one class or value, every row is a class of its
            own, or the problem does not fit.
    """
    name = str(column.name)
    if problem is not None and problem not in objectives.PROBLEMS:
        raise DataError(
            f"Invalid value for argument `problem`. Expected one of {objectives.PROBLEMS}. Received: "
            f"{problem!r}."
        )
    filled = column[_filled(column)]
    if len(filled) < FEWEST_ROWS:
        raise DataError(
            f"Target '{name}' is filled in {len(filled)} of {len(column)} rows; at least {FEWEST_ROWS} are "
            "needed to learn from."
        )
    if any(
        isinstance(cell, list | tuple | dict | set | np.ndarray) for cell in values.cells(filled.head(50))
    ):
        raise DataError(f"Target '{name}' holds lists. One value a row is expected: a class or a number.")
    decimal, numbers = _numbers(filled)
    guessed, reason = _guess(filled, numbers)
    chosen = problem or guessed
    reason = reason if problem is None else f"you said {problem}"
    if chosen == "regression":
        if numbers is None:
            raise DataError(
                f"Target '{name}' was said to be a regression, but its cells are not numbers. Received: "
                f"{values.text(filled.iloc[0])!r}. Choose problem='multiclass'."
            )
        if float(np.nanstd(numbers)) == 0:
            raise DataError(
                f"Target '{name}' has one value only, {numbers[0]:g}: there is nothing to predict."
            )
        return Target(name, "regression", (), reason, decimal)
    classes = _classes(filled)
    if len(classes) < 2:
        raise DataError(
            f"Target '{name}' has one class only, {classes[0]!r}: there is nothing to tell apart."
        )
    if problem == "binary" and len(classes) != 2:
        raise DataError(
            f"Target '{name}' was said to be binary, but has {len(classes)} classes: {list(classes[:10])}."
        )
    if len(classes) == len(filled):
        raise DataError(
            f"Target '{name}' has another value in each of its {len(filled)} rows, so no class can be "
            "learned. "
            f"Is it an identifier? For numbers choose problem='regression'."
        )
    return Target(name, "binary" if len(classes) == 2 else "multiclass", classes, reason)


def _filled(column: pd.Series) -> np.ndarray:
    """Which cells say something; no infinity does."""
    filled = ~values.missing(column)
    if getattr(column.dtype, "kind", "O") == "f":
        filled &= np.isfinite(values.numbers(column))
    return filled


def _numbers(filled: pd.Series) -> tuple[str, np.ndarray | None]:
    """The cells as numbers and how they are written; None where they are not numbers."""
    if filled.dtype == bool or isinstance(filled.dtype, pd.CategoricalDtype):
        return ".", None
    for decimal in (".", ","):
        numbers = values.numbers(filled, decimal)
        if np.isfinite(numbers).sum() >= 0.95 * len(numbers):
            return decimal, numbers[np.isfinite(numbers)]
    return ".", None


def _guess(filled: pd.Series, numbers: np.ndarray | None) -> tuple[str, str]:
    if numbers is None:
        count = filled.nunique()
        return ("binary" if count == 2 else "multiclass"), f"{count:,} classes by name"
    found, counts = np.unique(numbers, return_counts=True)
    if len(found) == 2:
        return "binary", "two values"
    whole = bool((found == np.floor(found)).all())
    if whole and len(found) <= MOST_NUMBER_CLASSES:
        return (
            "multiclass",
            f"whole numbers with {len(found)} values are taken as classes; for an amount say "
            "problem='regression'",
        )
    as_text = not pd.api.types.is_numeric_dtype(filled.dtype) and isinstance(filled.iloc[0], str)
    if whole and as_text and len(numbers) == len(filled) and 2 * len(found) <= len(filled):
        return "multiclass", f"whole numbers given as text, {len(found):,} of them: classes"
    unbroken = whole and found[0] in (0, 1) and found[-1] - found[0] + 1 == len(found)
    if unbroken and len(found) <= 1000 and counts.min() >= 5 and counts.max() <= 10 * counts.min():
        return (
            "multiclass",
            f"the numbers {found[0]:g} to {found[-1]:g}, about equally often: classes; for an amount say "
            "problem='regression'",
        )
    return "regression", f"numbers with {len(found):,} values"


def _classes(filled: pd.Series) -> tuple[Any, ...]:
    """The different values as plain Python values, numbers in order and texts by alphabet."""
    first: dict[str, Any] = {}
    names = values.labels(filled)
    for name, cell in zip(names, values.cells(filled), strict=True):
        if name not in first:
            first[name] = _plain(cell)
    kinds = {type(value) for value in first.values()}
    if kinds <= {int, float, bool}:
        return tuple(sorted(first.values()))
    if kinds == {str}:
        as_numbers = {name: values.number(name) for name in first}
        if np.isfinite(list(as_numbers.values())).all():
            return tuple(first[name] for name in sorted(first, key=as_numbers.__getitem__))
        return tuple(first[name] for name in sorted(first))
    return tuple(sorted(first))  # mixed types: all as text


def _plain(cell: Any) -> Any:
    """A cell as str, int, float or bool."""
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    if isinstance(cell, int | np.integer):
        return int(cell)
    if isinstance(cell, float | np.floating):
        return int(cell) if float(cell).is_integer() else float(cell)
    return values.text(cell).strip()
