"""Task: a table, what is to be predicted from it, and how that is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import objectives
from .data import columns as typing_of_columns
from .data import factories, leaks, reading, room, tables, values, words
from .data.adapters.base import Rows
from .data.adapters.frozen import Frozen
from .data.adapters.frozen import fingerprint as raw_fingerprint
from .data.all_targets import learned
from .data.columns import ColumnInfo
from .data.dividing import divide, divide_by_time
from .data.encoders import Encoder
from .data.encoders import resolve as resolve_encoders
from .data.files import check_unreadable
from .data.filling import fill
from .data.fingerprint import fingerprint, row_numbers
from .data.preprocessor import Preprocessor
from .data.spool import Called, features_of, write_spool
from .data.task_data import TaskData
from .data.views import MODALITIES, View
from .data.weights import row_weights
from .errors import DataError
from .problems import Problem
from .problems.log_regression import worth_trying

MODALITY_OF_KIND = {
    "image": "image", "text": "text", "numeric": "table", "categorical": "table", "audio": "audio",
    "tags": "table", "series": "series",
}  # fmt: skip


class Task:
    """A table, its target, and the rows that train, validate and judge.

    Every column is typed, with a reason (``task.columns``). Rows without a target are left out. The splits
    depend on the seed alone: stratified by class (by tenths of the target for regression), or by whole
    groups. Preprocessing is fitted on the training rows only, when ``views`` or ``preprocessor`` is first
    used.

    Args:
        data: A DataFrame; a dict of arrays; the path of a CSV or Parquet file, a pattern of several, or a folder with one subfolder
            a class, whose target is "label"; a ``tf.data.Dataset`` or ``keras.utils.PyDataset``; or a function without arguments, or
            its name ``"package.module:function"``, that gives one of these. See ``kerasnas.data.reading.read``. What a function gives
            is not copied: each process that needs the rows calls it by its name, and it must give the same rows each time. Parquet files that
            would take more than 256 MiB in memory stay on disk, where they must remain as they are, see ``kerasnas.data.parquet``.
        target: The column to predict, which also names the second part of a dataset's pairs; or a list of columns, all of numbers or
            all of yes and no.
        column_types: Column to "image", "audio", "text", "numeric", "categorical", "tags" (several in a cell), "series" (numbers in a
            row) or "dropped", where the guess is not wanted.
        problem: "binary", "multiclass", "ordinal", "multilabel", "regression", "log_regression" (a positive number by its logarithm)
            or "quantile" (a number by five of its quantiles: how sure it is); None looks at the target.
        order: The classes of an ordinal target, from the lowest.
        metric: What judges: a name in ``kerasnas.objectives.METRICS``, the name of a scikit-learn scorer, a Keras metric, a
            ``kerasnas.Metric``, or a function of (truth, said) of which more is better; None is the problem's own: accuracy,
            quadratic_kappa (ordinal), micro_f1 (multilabel), rmse, pinball (quantile).
        weights: A column that says how much each row counts in training (0 or more); it is no input.
        class_weights: "balanced", or class to weight: how much the rows of each class (or label) count in training.
        drop: Columns that no model may read.
        group: A column; rows of one group stay on one side of every split.
        time: A column of dates or numbers: older rows train, newer ones choose, the newest judge, as it will be when the model is used.
        holdout: Share of the rows that judge once at the end; or their positions; or a column that says
            "test", "holdout" or true in those rows (and perhaps "validation" in others).
        validation: Share of the other rows that chooses between candidates.
        seed: Decides the splits.
        base: The folder that relative picture paths start from; None is the CSV file's folder, else the
            current one.
        encoders: Pretrained encoders: ``{"image": "encoder.keras", "text": "folder"}``; see
            ``kerasnas.data.encoders``.
        image_size: (height, width) or (height, width, channels) of pictures; None looks at the pictures.
        unreadable: What becomes of pictures and sounds that cannot be read: "missing" reads them as missing cells and notes how many
            and some of their names; "error" refuses the first; None is "missing" unless it is most of a column's, which is an error.
            It shows when the files are read: by ``data``, ``spool`` or a search.
        name: For people; None is the file's name or the target's.

    Attributes:
        name: For people.
        target: The column that is predicted.
        columns: All columns but the target, each with kind and reason.
        notes: What was noticed and done about it, for people.
        metric: What judges.
        seed: What decided the splits.
        splits: Row numbers of the parts.

    Raises:
        DataError: If the file, a column, the target, a share, a metric or an encoder is not what it should
            be.
    """

    def __init__(
        self,
        data: reading.Data,
        target: str | list[str],
        *,
        column_types: Mapping[str, str] | None = None,
        problem: str | None = None,
        order: Sequence[Any] | None = None,
        metric: objectives.Asked = None,
        weights: str | None = None,
        class_weights: str | Mapping[Any, float] | None = None,
        drop: Sequence[str] = (),
        group: str | None = None,
        time: str | None = None,
        holdout: float | Sequence[int] | str = 0.2,
        validation: float = 0.2,
        seed: int = 0,
        base: str | Path | None = None,
        encoders: Mapping[str, str | Path] | None = None,
        image_size: Sequence[int] | None = None,
        unreadable: str | None = None,
        name: str | None = None,
    ) -> None:
        self.factory = factories.name_of(data)
        names = [reading.column_name(n) for n in (target if isinstance(target, list) else [target])]
        table = tables.read(data, names[0] if names else "target")
        table, self.target, numbers = table.joined(names)
        self.base = Path(base).expanduser() if base is not None else table.base
        if self.base is not None and not self.base.is_dir():
            raise DataError(
                f"Invalid value for argument `base`. Expected a folder that exists. Received: {self.base}."
            )
        self.seed = int(seed)
        self.notes: list[str] = list(table.notes)
        self.unreadable = check_unreadable(unreadable)
        self.image_size = tuple(image_size) if image_size is not None else None
        self._check_columns(table.columns, drop, group, time, holdout, weights)

        self._target, present, self._targets = learned(
            table, self.target, problem, order=order, numbers=numbers
        )
        self._table = table.kept(present)
        if len(self._table) < len(table):
            lost = len(table) - len(self._table)
            self.notes.append(f"{lost:,} of {len(table):,} rows have no target and are left out")
        # where a function gives the rows, whoever calls it again has to know which of them count
        self._called = Called(self.factory, self.target, np.flatnonzero(present)) if self.factory else None
        self.judge = objectives.resolve(metric, self.problem, self._target.classes)
        self.metric = self.judge.name
        self.name = name or _named(self.factory or data) or self.target

        self._encoders: dict[str, Encoder] = resolve_encoders(encoders or {})
        if self._encoders and table.on_disk:
            raise DataError(
                f"encoders= reads all rows into memory, and this table stays on disk: {len(table):,} rows. Leave the encoders out, or give "
                "a frame of fewer rows."
            )
        self.columns = self._type_columns(column_types, drop, group, holdout, weights)
        strata = self.kind.strata(self._targets)
        if time is None:
            self.splits, said = divide(
                self._table,
                strata,
                group=group,
                holdout=holdout,
                validation=validation,
                seed=self.seed,
                present=present,
            )
        else:
            self.splits, said = divide_by_time(
                self._table, time, group=group, holdout=holdout, validation=validation, seed=self.seed
            )
        self.notes.extend(said)
        self._weights = self._row_weights(weights, class_weights)
        self._note_classes()
        self._row_numbers = self._look_through()
        self._note_leaks()

    def _check_columns(
        self,
        names: list[str],
        drop: Sequence[str],
        group: str | None,
        time: str | None,
        holdout: Any,
        weights: str | None,
    ) -> None:
        if isinstance(drop, str):
            raise DataError(
                f"Invalid value for argument `drop`. Expected a list of columns. Received the text {drop!r}."
            )
        wanted = [("target", self.target), *(("drop", str(name)) for name in drop)]
        wanted += [("group", group)] if group is not None else []
        wanted += [("time", time)] if time is not None else []
        wanted += [("weights", weights)] if weights is not None else []
        wanted += [("holdout", holdout)] if isinstance(holdout, str) else []
        for argument, name in wanted:
            if name not in names:
                shown = ", ".join(repr(n) for n in names[:20]) + (" ..." if len(names) > 20 else "")
                raise DataError(
                    f"Argument `{argument}` names a column that is not there. Received: {name!r}. Columns: "
                    f"{shown}."
                )
        for argument, name in wanted[1:]:
            if name == self.target:
                raise DataError(
                    f"Argument `{argument}` names the target, {name!r}. The target is never an input."
                )

    def _row_weights(
        self, weights: str | None, class_weights: str | Mapping[Any, float] | None
    ) -> np.ndarray | None:
        if weights is None and class_weights is None:
            return None
        return row_weights(
            self._table, weights, class_weights, self._target, self._targets, self.splits.train
        )

    def _type_columns(
        self,
        given: Mapping[str, str] | None,
        drop: Sequence[str],
        group: str | None,
        holdout: Any,
        weights: str | None,
    ) -> list[ColumnInfo]:
        reasons = dict.fromkeys(map(str, drop), "you said so")
        if weights is not None:
            reasons[weights] = "says how much each row counts"
        if isinstance(holdout, str):
            reasons[holdout] = "says which rows are held out"
        inputs = [name for name in self._table.columns if name != self.target]
        if self.target in (given or {}):
            raise DataError(
                f"`column_types` names the target, {self.target!r}. For the target choose problem=..."
            )
        found = typing_of_columns.describe_table(
            self._table, inputs, given=given, dropped=reasons, base=self.base
        )
        if group is not None and group not in (given or {}):
            # a new group's number or name tells nothing; its text or picture does
            found = [
                ColumnInfo(c.name, "dropped", "keeps the rows of a group together", c.missing, c.distinct,
                c.examples) if c.name == group and c.kind not in ("text", "image", "audio") else c for c in found
            ]  # fmt: skip
        if all(column.kind == "dropped" for column in found):
            said = "; ".join(f"'{c.name}': {c.reason}" for c in found[:10]) or "there is no other column"
            raise DataError(
                f"No column is left to predict '{self.target}' from. {said}. Decide with "
                f"column_types={{'column': kind}}."
            )
        for modality in self._encoders:
            if modality not in {MODALITY_OF_KIND.get(column.kind) for column in found}:
                self.notes.append(
                    f"the {modality} encoder is not used: no column holds "
                    f"{'pictures' if modality == 'image' else 'text'}"
                )
        return found

    def _note_classes(self) -> None:
        if self.kind.numeric:
            if self.problem == "regression" and worth_trying(room.taken(self._targets, self.splits.train)):
                self.notes.append(
                    f"'{self.target}' is positive and skewed: problem='log_regression' may do better, above all by mae"
                )
            return
        names = np.array(self._target.class_names, dtype=object)
        counts = self.kind.counts(self._targets, self.outputs)
        trained = self.kind.counts(room.taken(self._targets, self.splits.train), self.outputs)
        single, untaught = names[counts == 1], names[trained == 0]
        if len(single):
            self.notes.append(f"{_classes(single)} one row only: it can be learned from or judged, not both")
        if len(untaught):
            self.notes.append(f"{_classes(untaught)} no training row and cannot be learned")

    def _look_through(self) -> np.ndarray:
        """What each row is known by; where a sample typed the columns, their empty cells are counted on the way."""
        read = [column.name for column in self.columns if column.kind != "dropped"]
        names = [column.name for column in self.columns] if self._table.on_disk else read
        empty = dict.fromkeys(names, 0)

        def look(piece: pd.DataFrame) -> np.ndarray:
            if self._table.on_disk:
                for name in names:
                    empty[name] += int(values.missing(piece[name]).sum())
            return row_numbers(piece, read, self.base)

        found = self._table.each(look, names)
        if self._table.on_disk:
            self.columns = [replace(column, missing=empty[column.name]) for column in self.columns]
        return found

    def _note_leaks(self) -> None:
        said = leaks.repeated(self._row_numbers, self.splits)
        told = leaks.telling(
            self._table, self.columns, self.kind.codes(self._targets), self.splits.train, self.kind.numeric
        )
        self.notes.extend([*([said] if said else []), *told])

    @property
    def problem(self) -> str:
        """Kind of problem: a name in ``kerasnas.problems``."""
        return self._target.problem

    @property
    def kind(self) -> Problem:
        """What the kind of problem answers for."""
        return self._target.kind

    @property
    def classes(self) -> list[Any]:
        """The original values of the classes in the order of the class numbers, or the labels.

        For regression the names of the numbers where several are predicted at once, else empty.
        """
        return list(self._target.classes)

    def class_counts(self) -> list[tuple[str, int]]:
        """Classes (or labels) as text with how many rows have them, the commonest first; empty for regression."""
        if self.kind.numeric:
            return []
        counts = self.kind.counts(self._targets, self.outputs).tolist()
        return sorted(zip(self._target.class_names, counts, strict=True), key=lambda pair: -pair[1])

    @property
    def problem_reason(self) -> str:
        """Why the target is taken for this kind of problem."""
        return self._target.reason

    @property
    def outputs(self) -> int:
        """Units of the model's last layer: the number of classes (two for binary), labels or numbers."""
        return self._target.outputs

    @property
    def direction(self) -> str:
        """Where better lies: "max" or "min"."""
        return self.judge.direction

    @property
    def modalities(self) -> list[str]:
        """Of "image", "text", "table", "audio" and "series" those that the columns hold."""
        found = {MODALITY_OF_KIND.get(column.kind) for column in self.columns}
        return [modality for modality in MODALITIES if modality in found]

    @property
    def rows(self) -> int:
        """Rows that have a target."""
        return len(self._table)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that have a target; of a table that stays on disk a sample of them, read anew each time."""
        return self._table.sample(self._table.columns)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the content: rows, used columns and target, in whatever order, split and metric."""
        whole = self._table.each(lambda piece: row_numbers(piece, [self.target], self.base), [self.target])
        with np.errstate(over="ignore"):
            whole += self._row_numbers
        return fingerprint(whole, self.target)

    @cached_property
    def preprocessor(self) -> Preprocessor:
        """The preprocessing, fitted on the training rows when it is first asked for."""
        train = self._table.to_fit(self.splits.train)
        return Preprocessor.fit(
            self._dressed(self._table.take(train, [c.name for c in self.columns])),
            self.columns,
            self._target,
            self.kind.codes(self._targets[train]),
            image_size=self.image_size,
            encoders=self._encoders,
        )

    @property
    def views(self) -> dict[str, View]:
        """What a model may read, by name."""
        return self.preprocessor.views

    def _dressed(self, frame: pd.DataFrame) -> Rows:
        """Rows as adapters read them."""
        return Rows(frame, self.base, self.unreadable, self.notes)

    @property
    def facts(self) -> dict[str, Any]:
        """What the task says of itself, JSON."""
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "target": self._target.to_json(),
            "metric": self.metric,
            "weighted": self._weights is not None,
            "direction": self.direction,
            "modalities": self.modalities,
            "seed": self.seed,
            "rows": self.rows,
            "parts": {
                "train": len(self.splits.train),
                "validation": len(self.splits.validation),
                "holdout": len(self.splits.holdout),
            },
            "columns": [column.to_json() for column in self.columns],
            "notes": list(self.notes),
        }

    def data(self) -> TaskData:
        """The views and targets in memory, each view made when it is first asked for."""
        order = self.splits.order

        def make(view: str) -> Any:
            adapter = self.preprocessor.adapter(view)
            if not isinstance(adapter, Frozen):
                return fill({view: adapter}, self._table, order, self._dressed, self._room)[view]
            raw = adapter.raw(self._dressed(self.frame))
            return features_of(adapter, lambda: raw, raw_fingerprint(raw))[order]

        weights = None if self._weights is None else room.taken(self._weights, order)
        return TaskData(
            self.facts,
            room.taken(self._targets, order),
            self.preprocessor,
            make,
            judge=self.judge,
            weights=weights,
        )

    def _room(self, view: View) -> np.ndarray:
        """The array that a view of all rows is written into: in memory, if the table is."""
        make = room.empty if self._table.on_disk else np.zeros
        return make((self.rows, *view.shape), np.dtype(view.dtype))

    def spool(self, folder: str | Path) -> None:
        """Write views and targets for ``TaskData.open``, into a folder that only this user may read.

        Features of frozen encoders are not computed here but where they are first asked for, unless they are
        cached. Where a function gave the data, its name is written and no view: whoever opens the folder calls it.

        Args:
            folder: Made where it is not there.

        Raises:
            DataError: If a task is there already, or most pictures cannot be read.
        """
        order = self.splits.order
        write_spool(
            Path(folder),
            lambda: self.facts,
            targets=room.taken(self._targets, order),
            weights=None if self._weights is None else room.taken(self._weights, order),
            judge=self.judge,
            order=order,
            preprocessor=self.preprocessor,
            table=self._table,
            dress=self._dressed,
            called=self._called,
        )

    def describe(self) -> str:
        """The task in words: target, parts, notes and columns with their reasons."""
        return words.in_words(self)

    def __repr__(self) -> str:
        read = "+".join(self.modalities)
        return f"<Task {self.name!r}: {self.target!r} ({self.problem}) from {self.rows:,} rows, {read}>"

    def _repr_html_(self) -> str:
        return words.in_html(self)


def _named(data: Any) -> str | None:
    """What a file or a function is called."""
    return Path(data).name.rpartition(":")[2].split(".")[0] if isinstance(data, str | Path) else None


def _classes(names: np.ndarray) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"class {shown} has" if len(names) == 1 else f"classes {shown}{more} have"
