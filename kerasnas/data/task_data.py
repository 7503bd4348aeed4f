"""The data of a task as a worker reads it: arrays on disk or in memory, part by part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import objectives
from ..errors import DataError
from ..objectives import Metric
from ..problems import Problem
from ..problems.base import Scaling
from . import room
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
        *,
        judge: Metric | None = None,
        weights: np.ndarray | None = None,
    ) -> None:
        """Make it from parts; ``TaskData.open`` and ``Task.data`` are the ways to get one.

        Args:
            facts: As ``Task.facts`` gives them.
            targets: Of all rows, part after part.
            preprocessor: The fitted preprocessing.
            source: View name to array or CSR matrix of all rows, part after part.
            judge: The metric; by its name where it is one of ours.
            weights: How much each row counts in training, part after part; all alike if not given.
        """
        self.facts = dict(facts)
        self.target = Target.from_json(self.facts["target"])
        first, second, third = (int(self.facts["parts"][part]) for part in ("train", "validation", "holdout"))
        rows = room.counted(first + second + third)
        self.splits = Splits(rows[:first], rows[first : first + second], rows[first + second :])
        self.preprocessor = preprocessor
        self.columns = [ColumnInfo.from_json(column) for column in self.facts["columns"]]
        self._targets, self._weights = targets, weights
        self.judge = judge or objectives.find(self.metric, self.problem)
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
        """Kind of problem: a name in ``kerasnas.problems``."""
        return self.target.problem

    @property
    def kind(self) -> Problem:
        """What the kind of problem answers for."""
        return self.target.kind

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
    def target_scaling(self) -> Scaling:
        """Mean and standard deviation of the training targets, for regression; (0, 1) for classes."""
        return self.kind.scaling(self._targets[self.splits.slice("train")])

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
        """The encoded targets of a part, as ``Target.encode`` gives them.

        Raises:
            DataError: If there is no such part.
        """
        return np.asarray(self._targets[self.splits.slice(part)])

    def weights(self, part: str) -> np.ndarray | None:
        """How much each row counts in training, ``(rows,)``; None where all count alike.

        Raises:
            DataError: If there is no such part.
        """
        bounds = self.splits.slice(part)
        return None if self._weights is None else np.asarray(self._weights[bounds])

    def score(self, targets: np.ndarray, predictions: np.ndarray) -> float:
        """Judge predictions by the task's metric.

        Raises:
            DataError: As ``objectives.score``.
        """
        return objectives.score(self.judge, targets, predictions)

    def baseline(self) -> float | None:
        """The metric's figure on the validation rows for predictions that look at no row; None where it cannot judge such."""
        targets = self.targets("validation")
        try:
            return self.score(targets, self.kind.constant(self.targets("train"), len(targets), self.outputs))
        except DataError:
            return None

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
        from .spool import Spooled, read_judge

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
            facts,
            np.load(path / "targets.npy", mmap_mode="r"),
            preprocessor,
            Spooled(path, preprocessor),
            judge=read_judge(path),
            weights=np.load(path / "weights.npy", mmap_mode="r") if facts.get("weighted") else None,
        )
