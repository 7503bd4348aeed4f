"""The data of a task as a worker reads it: arrays on disk or in memory, part by part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .columns import ColumnInfo
from .preprocessor import Preprocessor
from .splits import Splits
from .target import Target
from .views import View

FORMAT = 1
PARTS = ("train", "validation", "train+validation", "holdout")


class TaskData:
    """Views and targets of a task's rows.

    The rows lie part after part, so that a part is a slice: arrays that lie on disk are mapped, not read.
    Features of a frozen encoder are computed when they are first asked for, and cached by (encoder, data).

    Attributes:
        facts: What the task says of itself, JSON.
        target: Name, problem and classes of the target.
        splits: Which rows are where.
        preprocessor: The fitted preprocessing.
        columns: All columns with their kinds.
    """

    def __init__(
        self,
        facts: Mapping[str, Any],
        targets: np.ndarray,
        preprocessor: Preprocessor,
        source: Callable[[str], Any],
    ) -> None:
        """Make it from parts; ``TaskData.open`` and ``Task.data`` are the ways to get one.

        Args:
            facts: As ``Task.facts`` gives them.
            targets: Of all rows, part after part.
            preprocessor: The fitted preprocessing.
            source: View name to array or CSR matrix of all rows, part after part.
        """
        self.facts = dict(facts)
        self.target = Target.from_json(self.facts["target"])
        first, second, third = (int(self.facts["parts"][part]) for part in ("train", "validation", "holdout"))
        rows = np.arange(first + second + third)
        self.splits = Splits(rows[:first], rows[first : first + second], rows[first + second :])
        self.preprocessor = preprocessor
        self.columns = [ColumnInfo.from_json(column) for column in self.facts["columns"]]
        self._targets = targets
        self._source = source
        self._arrays: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The task's name."""
        return str(self.facts["name"])

    @property
    def fingerprint(self) -> str:
        """The task's content, as sha256."""
        return str(self.facts["fingerprint"])

    @property
    def modalities(self) -> list[str]:
        """Of "image", "text", "table", "audio" and "series" those that the task has."""
        return list(self.facts["modalities"])

    @property
    def seed(self) -> int:
        """What decided the splits."""
        return int(self.facts["seed"])

    @property
    def problem(self) -> str:
        """Kind of problem: "binary", "multiclass" or "regression"."""
        return self.target.problem

    @property
    def classes(self) -> list[Any]:
        """The original values of the classes, in the order of the class numbers."""
        return list(self.target.classes)

    @property
    def class_names(self) -> list[str]:
        """The classes as text."""
        return self.target.class_names

    @property
    def outputs(self) -> int:
        """Units of the model's last layer."""
        return self.target.outputs

    @property
    def metric(self) -> str:
        """What judges."""
        return str(self.facts["metric"])

    @property
    def direction(self) -> str:
        """Where better lies: "max" or "min"."""
        return str(self.facts["direction"])

    @property
    def target_scaling(self) -> tuple[float, float]:
        """Mean and standard deviation of the training targets, for regression; (0, 1) for classes."""
        if self.problem != "regression":
            return 0.0, 1.0
        train = self._targets[self.splits.slice("train")].astype(np.float64)
        return float(train.mean()), float(train.std()) or 1.0

    @property
    def views(self) -> dict[str, View]:
        """The views by name."""
        return self.preprocessor.views

    def rows(self, part: str) -> int:
        """How many rows a part has.

        Raises:
            DataError: If there is no such part.
        """
        bounds = self.splits.slice(part)
        return int(bounds.stop - bounds.start)

    def targets(self, part: str) -> np.ndarray:
        """Class numbers (int32), or for regression values in original units (float32), ``(rows,)``.

        Raises:
            DataError: If there is no such part.
        """
        return np.asarray(self._targets[self.splits.slice(part)])

    def inputs(self, views: Iterable[str], part: str) -> dict[str, Any]:
        """The views of a part.

        Args:
            views: Their names.
            part: "train", "validation", "train+validation" or "holdout".

        Returns:
            View to array ``(rows, *shape)`` (mapped from disk where it lies there), or to a CSR matrix where
            the view is sparse.

        Raises:
            DataError: If a view or part does not exist.
        """
        bounds = self.splits.slice(part)
        return {name: self.array(name)[bounds] for name in views}

    def array(self, view: str) -> Any:
        """A view of all rows, part after part.

        Raises:
            DataError: If there is no such view.
        """
        if view not in self._arrays:
            self.preprocessor.adapter(view)
            self._arrays[view] = self._source(view)
        return self._arrays[view]

    @classmethod
    def open(cls, folder: str | Path) -> TaskData:
        """Read what ``Task.spool`` wrote.

        Raises:
            DataError: If the folder holds no task, or that of a newer release.
        """
        from .spool import Spooled

        path = Path(folder)
        try:
            facts = json.loads((path / "task.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:
            raise DataError(f"No spooled task can be read from {path}: {error}.") from error
        if facts.get("format") != FORMAT:
            raise DataError(
                f"The task in {path} has format {facts.get('format')}; this release reads {FORMAT}. Spool "
                "it anew."
            )
        preprocessor = Preprocessor.load(path / "preprocessing", references=True)
        return cls(
            facts, np.load(path / "targets.npy", mmap_mode="r"), preprocessor, Spooled(path, preprocessor)
        )
