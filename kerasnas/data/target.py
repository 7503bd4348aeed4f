"""What is to be predicted: the kind of problem, the classes, and the target as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .. import problems
from ..errors import DataError
from ..problems import Problem
from . import several, values

# whole numbers with at most so many values are taken as classes
MOST_NUMBER_CLASSES = 20
FEWEST_ROWS = 5
SAME_LENGTH = 0.9  # share of lists of numbers that are as long as the first: others are labels by number
MOST_LABELS_A_ROW = 1  # different labels for each row: more are names of the rows


@dataclass(frozen=True)
class Target:
    """The target of a task.

    Attributes:
        name: The column.
        problem: A name in ``kerasnas.problems``.
        classes: The original values, in the order of the class numbers, or the labels; for regression the names of the numbers where
            several are predicted at once, else empty.
        reason: Why this problem, in one line.
        decimal: How numbers are written, for regression.
        separator: What stands between the labels of a text.
    """

    name: str
    problem: str
    classes: tuple[Any, ...]
    reason: str
    decimal: str = "."
    separator: str = ""

    @property
    def kind(self) -> Problem:
        """What the kind of problem answers for."""
        return problems.get(self.problem)

    @property
    def outputs(self) -> int:
        """Units of the model's last layer: the number of classes, labels, numbers or quantiles."""
        return self.kind.units or max(1, len(self.classes))

    @property
    def class_names(self) -> list[str]:
        """The classes as text."""
        return [values.text(value).strip() for value in self.classes]

    def to_json(self) -> dict[str, Any]:
        """The target as JSON."""
        return {
            "name": self.name, "problem": self.problem, "classes": list(self.classes), "reason": self.reason,
            "decimal": self.decimal, "separator": self.separator,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Target:
        """The target that ``to_json`` wrote."""
        return cls(**{**data, "classes": tuple(data["classes"])})

    def present(self, column: pd.Series) -> np.ndarray:
        """Which rows have a target. ``(rows,)`` of bool."""
        if not self.kind.numeric:
            return _filled(column)
        if self.classes:
            return np.asarray(np.isfinite(several.number_lists(column, self.outputs)).all(axis=1))
        return np.asarray(np.isfinite(values.numbers(column, self.decimal)))

    def encode(self, column: pd.Series) -> np.ndarray:
        """The target as numbers.

        Returns:
            Class numbers as int32 ``(rows,)``, labels as uint8 ``(rows, labels)``, or float32 in original units ``(rows,)``, or
            ``(rows, k)`` where several numbers are predicted.

        Raises:
            DataError: If a cell is empty or no known class.
        """
        if self.kind.numeric:
            if self.classes:
                return several.number_lists(column, self.outputs).astype(np.float32)
            return values.numbers(column, self.decimal).astype(np.float32)
        if self.problem == "multilabel":
            return self._labels(column)
        index = {name: number for number, name in enumerate(self.class_names)}
        found = [index.get(label, -1) for label in values.labels(column)]
        if -1 in found:
            raise DataError(
                f"Target '{self.name}' has a value that is no known class. Expected one of "
                f"{self.class_names[:20]}. "
                f"Received: {values.labels(column)[found.index(-1)]!r}."
            )
        return np.array(found, dtype=np.int32)

    def unknown(self, column: pd.Series) -> pd.Series:
        """Of the cells that hold a class (or label) that is not known, one of each kind."""
        if self.kind.numeric:
            return column.iloc[:0]
        if self.problem == "multilabel":
            cells = several.label_lists(column, self.separator)
        else:
            cells = [[label] for label in values.labels(column)]
        first: dict[str, int] = {}
        for place, labels in enumerate(cells):
            for label in labels:
                first.setdefault(label, place)
        odd = {place for label, place in first.items() if label and label not in self._known}
        return column.iloc[sorted(odd)]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.class_names)

    def _labels(self, column: pd.Series) -> np.ndarray:
        index = {name: number for number, name in enumerate(self.class_names)}
        out = np.zeros((len(column), len(index)), dtype=np.uint8)
        for place, labels in enumerate(several.label_lists(column, self.separator)):
            unknown = [label for label in labels if label not in index]
            if unknown:
                raise DataError(
                    f"Target '{self.name}' has a label that is not known. Expected some of {self.class_names[:20]}. Received: "
                    f"{unknown[0]!r}."
                )
            out[place, [index[label] for label in labels]] = 1
        return out


def read(
    column: pd.Series,
    problem: str | None = None,
    *,
    order: Sequence[Any] | None = None,
    numbers: Sequence[str] = (),
) -> Target:
    """Find out what kind of target a column is.

    Args:
        column: The target, empty cells included.
        problem: A name in ``kerasnas.problems`` where the person has decided.
        order: The classes in their order, from the lowest, for "ordinal".
        numbers: Names of the numbers, where the cells are lists of them.

    Raises:
        DataError: If there are too few filled cells, only one class or value, every row is a class of its
            own, or the problem does not fit.
    """
    name = str(column.name)
    if problem is not None:
        problems.get(problem)
    filled = column[_filled(column)]
    if len(filled) < FEWEST_ROWS:
        raise DataError(
            f"Target '{name}' is filled in {len(filled)} of {len(column)} rows; at least {FEWEST_ROWS} are "
            "needed to learn from."
        )
    if any(isinstance(cell, dict) for cell in values.cells(filled.head(50))):
        raise DataError(
            f"Target '{name}' holds dicts. A class, a number, or a list of labels or numbers is expected."
        )
    if problem == "multilabel" or several.holds_lists(filled):
        return _several(filled, problem, tuple(numbers))
    ordered = isinstance(filled.dtype, pd.CategoricalDtype) and bool(filled.dtype.ordered)
    if problem == "ordinal" or order is not None or (problem is None and ordered):
        return _ordinal(filled, problem, order)
    decimal, amounts = _numbers(filled)
    guessed, reason = _guess(filled, amounts)
    chosen = problem or guessed
    reason = reason if problem is None else f"you said {problem}"
    if problems.get(chosen).numeric:
        if amounts is None:
            raise DataError(
                f"Target '{name}' was said to be a {chosen}, but its cells are not numbers. Received: "
                f"{values.text(filled.iloc[0])!r}. Choose problem='multiclass'."
            )
        if float(np.nanstd(amounts)) == 0:
            raise DataError(
                f"Target '{name}' has one value only, {amounts[0]:g}: there is nothing to predict."
            )
        if chosen == "log_regression" and float(amounts.min()) <= 0:
            raise DataError(
                f"Target '{name}' was said to be a log_regression, and a logarithm is of positive numbers alone. Received: "
                f"{amounts.min():g} among its cells. Choose problem='regression', or leave these rows out."
            )
        return Target(name, chosen, (), reason, decimal)
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


def _several(filled: pd.Series, problem: str | None, numbers: tuple[str, ...]) -> Target:
    """A target of lists: labels, or as many numbers in each row."""
    name = str(filled.name)
    count = len(numbers) or several.length(filled)
    if problem == "regression" or numbers or (problem is None and count > 1 and several.all_numbers(filled)):
        found = several.number_lists(filled, count)
        if numbers or problem == "regression" or np.isfinite(found).all(axis=1).mean() >= SAME_LENGTH:
            flat = [i for i in range(count) if not float(np.nanstd(found[:, i])) > 0]
            if flat or not np.isfinite(found).any():
                raise DataError(
                    f"Target '{name}' has one value only at place {flat[0] if flat else 0}: there is nothing to predict there."
                )
            names = numbers or tuple(f"{name}_{i}" for i in range(count))
            return Target(name, "regression", names, f"{count} numbers a row")
    if problem not in (None, "multilabel"):
        raise DataError(
            f"Target '{name}' holds lists, and was said to be {problem}. Lists are labels (problem='multilabel') or as many numbers in "
            "each row (problem='regression')."
        )
    separator = "" if several.holds_lists(filled) else several.separator_of(filled)
    lists = several.label_lists(filled, separator)
    labels = sorted({label for labels in lists for label in labels})
    everywhere = [label for label in labels if all(label in set(one) for one in lists)]
    if len(labels) < 2 or len(everywhere) == len(labels):
        raise DataError(
            f"Target '{name}' has the labels {labels[:10]}, and no two that differ from row to row: there is nothing to tell apart."
        )
    if len(labels) >= MOST_LABELS_A_ROW * len(filled):
        raise DataError(
            f"Target '{name}' has {len(labels):,} different labels in {len(filled):,} rows, so none can be learned. Are they identifiers?"
        )
    between = f", separated by {separator!r}" if separator else ""
    reason = f"{len(labels):,} labels, {np.mean([len(set(one)) for one in lists]):.1f} a row{between}"
    return Target(name, "multilabel", tuple(labels), reason, separator=separator)


def _ordinal(filled: pd.Series, problem: str | None, order: Sequence[Any] | None) -> Target:
    """Classes in their order: the one given, that of the column's type, or that of numbers."""
    name = str(filled.name)
    if problem not in (None, "ordinal"):
        raise DataError(f"An order of classes is for problem='ordinal'. Received: problem={problem!r}.")
    found = _classes(filled)
    if order is not None:
        chosen, why = tuple(_plain(c) for c in order), "classes in the order that you gave"
    elif isinstance(filled.dtype, pd.CategoricalDtype) and filled.dtype.ordered:
        present = {values.text(c).strip() for c in found}
        chosen = tuple(_plain(c) for c in filled.dtype.categories if values.text(c).strip() in present)
        why = "classes in the order of the column's type"
    elif {type(c) for c in found} <= {int, float} or np.isfinite(
        [values.number(str(c)) for c in found]
    ).all():
        chosen, why = found, "numbers in their order"
    else:
        raise DataError(
            f"Target '{name}' was said to be ordinal, and its classes are not numbers: give them in their order, from the lowest, as "
            f"order=[...]. Received: {list(found[:10])}."
        )
    said = [values.text(c).strip() for c in chosen]
    missing = [c for c in found if values.text(c).strip() not in said]
    if missing or len(set(said)) != len(said) or len(said) < 2:
        raise DataError(
            f"The order of target '{name}' must name each of its classes once, at least two. Received: {list(chosen)}; in the column: "
            f"{list(found[:20])}."
        )
    return Target(name, "ordinal", chosen, f"{len(chosen)} {why}")


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
        count = len(set(values.labels(filled)))
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
