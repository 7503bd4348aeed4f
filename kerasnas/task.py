"""Task: a table, what is to be predicted from it, and how that is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import objectives
from .data import columns as typing_of_columns
from .data import factories, leaks, reading, splits, values, words
from .data import target as targets
from .data.adapters.base import Rows
from .data.adapters.frozen import Frozen
from .data.adapters.frozen import fingerprint as raw_fingerprint
from .data.adapters.numbers import date_parts
from .data.columns import ColumnInfo
from .data.encoders import Encoder
from .data.encoders import resolve as resolve_encoders
from .data.files import check_unreadable
from .data.fingerprint import fingerprint, row_numbers
from .data.guess import reading_of_numbers
from .data.preprocessor import Preprocessor
from .data.spool import Called, features_of, write_spool
from .data.task_data import TaskData
from .data.views import MODALITIES, View
from .errors import DataError

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
            is not copied: each process that needs the rows calls it by its name, and it must give the same rows each time.
        target: The column to predict; names the second part of a dataset's pairs.
        column_types: Column to "image", "audio", "text", "numeric", "categorical", "tags" (several in a cell), "series" (numbers in a
            row) or "dropped", where the guess is not wanted.
        problem: "binary", "multiclass" or "regression"; None looks at the target.
        metric: One of ``kerasnas.objectives.METRICS`` that fits the problem; None is accuracy, or rmse for
            regression.
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
        target: str,
        *,
        column_types: Mapping[str, str] | None = None,
        problem: str | None = None,
        metric: str | None = None,
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
        self.target = reading.column_name(target)
        frame, folder = reading.read(data, self.target)
        self.base = Path(base).expanduser() if base is not None else folder
        if self.base is not None and not self.base.is_dir():
            raise DataError(
                f"Invalid value for argument `base`. Expected a folder that exists. Received: {self.base}."
            )
        self.seed = int(seed)
        self.notes: list[str] = []
        self.unreadable = check_unreadable(unreadable)
        self.image_size = tuple(image_size) if image_size is not None else None
        self._check_columns(frame, drop, group, time, holdout)

        self._target = targets.read(frame[self.target], problem)
        present = self._target.present(frame[self.target])
        if not present.all():
            lost = int((~present).sum())
            self.notes.append(f"{lost:,} of {len(frame):,} rows have no target and are left out")
        kept = self._kept = np.flatnonzero(present)
        self.frame = frame.iloc[kept].reset_index(drop=True)
        self.metric = objectives.check(metric or objectives.DEFAULTS[self.problem], self.problem)
        self.name = name or _named(self.factory or data) or self.target

        self._encoders: dict[str, Encoder] = resolve_encoders(encoders or {})
        self.columns = self._type_columns(column_types, drop, group, holdout)
        self._targets = self._target.encode(self.frame[self.target])
        if time is None:
            self.splits = self._split(group, holdout, validation, kept, len(frame))
        else:
            self.splits = self._split_by_time(time, group, holdout, validation)
        self._note_classes()
        self._note_leaks()

    def _check_columns(
        self, frame: pd.DataFrame, drop: Sequence[str], group: str | None, time: str | None, holdout: Any
    ) -> None:
        names = list(frame.columns)
        if isinstance(drop, str):
            raise DataError(
                f"Invalid value for argument `drop`. Expected a list of columns. Received the text {drop!r}."
            )
        wanted = [("target", self.target), *(("drop", str(name)) for name in drop)]
        wanted += [("group", group)] if group is not None else []
        wanted += [("time", time)] if time is not None else []
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

    def _type_columns(
        self, given: Mapping[str, str] | None, drop: Sequence[str], group: str | None, holdout: Any
    ) -> list[ColumnInfo]:
        reasons = dict.fromkeys(map(str, drop), "you said so")
        if isinstance(holdout, str):
            reasons[holdout] = "says which rows are held out"
        inputs = self.frame.drop(columns=[self.target])
        if self.target in (given or {}):
            raise DataError(
                f"`column_types` names the target, {self.target!r}. For the target choose problem=..."
            )
        found = typing_of_columns.describe(inputs, given=given, dropped=reasons, base=self.base)
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

    def _split(
        self, group: str | None, holdout: Any, validation: float, kept: np.ndarray, rows: int
    ) -> splits.Splits:
        if not 0 < validation < 1:
            raise DataError(
                f"Invalid value for argument `validation`. Expected a share between 0 and 1. Received: "
                f"{validation!r}."
            )
        chosen: float | np.ndarray
        validating: float | np.ndarray = float(validation)
        if isinstance(holdout, str):
            chosen, official = splits.by_words(values.labels(self.frame[holdout]))
            if not len(chosen):
                found = sorted(set(values.labels(self.frame[holdout])))[:10]
                raise DataError(
                    f"No row of column '{holdout}' says which rows are held out. Expected 'test', "
                    "'holdout' or true in some. "
                    f"Received: {found}."
                )
            if len(official):
                validating = official
                self.notes.append(
                    f"column '{holdout}' names {len(official):,} validation rows, which are used as such"
                )
        elif not isinstance(holdout, int | float | np.number):
            positions = (
                np.unique(np.asarray(holdout, dtype=np.int64)) if len(holdout) else np.zeros(0, np.int64)
            )
            if len(positions) and not 0 <= positions[0] <= positions[-1] < rows:
                raise DataError(
                    f"Invalid value for argument `holdout`. Expected row positions from 0 to {rows - 1}. "
                    f"Received: {positions[-1]}."
                )
            chosen = np.flatnonzero(np.isin(kept, positions))
        elif not 0 <= holdout < 1:
            raise DataError(
                f"Invalid value for argument `holdout`. Expected a share from 0 to below 1. Received: "
                f"{holdout!r}."
            )
        else:
            chosen = float(holdout)
        groups = None
        if group is not None:
            names = values.labels(self.frame[group])
            alone = np.array([f"\0{index}" for index in range(len(names))], dtype=object)
            groups = np.unique(np.where(names == "", alone, names).astype(str), return_inverse=True)[1]
        return splits.split(
            self._strata(), holdout=chosen, validation=validating, seed=self.seed, groups=groups
        )

    def _split_by_time(self, time: str, group: str | None, holdout: Any, validation: float) -> splits.Splits:
        shares = (holdout, validation)
        if (
            group is not None
            or not all(isinstance(s, int | float) and 0 <= s < 1 for s in shares)
            or not validation
        ):
            raise DataError(
                f"With time={time!r} the newest rows judge: holdout and validation are shares from 0 to below 1, and there is no group. "
                f"Received: holdout={holdout!r}, validation={validation!r}, group={group!r}."
            )
        column = self.frame[time]
        reading = reading_of_numbers(column[~values.missing(column)])
        if reading is None:
            raise DataError(
                f"Column '{time}' was named as time=, but its cells are neither dates nor numbers. Received: "
                f"{values.text(column.iloc[0])!r}. Write dates as 2026-11-24."
            )
        if "date" in reading:
            moments = date_parts(values.dates(column, reading["date"]["day_first"]))["days"]
        else:
            moments = values.numbers(column, reading.get("decimal", "."))
        lost = int((~np.isfinite(moments)).sum())
        if lost:
            self.notes.append(f"{lost:,} rows have no {time!r} and are taken for the oldest")
        return splits.by_time(moments, holdout=float(holdout), validation=float(validation), seed=self.seed)

    def _strata(self) -> np.ndarray:
        if self.problem != "regression":
            return self._targets
        edges = np.unique(np.quantile(self._targets, np.linspace(0, 1, 11)[1:-1]))
        return np.searchsorted(edges, self._targets, side="right")

    def _note_classes(self) -> None:
        if self.problem == "regression":
            return
        names = np.array(self._target.class_names, dtype=object)
        counts = np.bincount(self._targets, minlength=self.outputs)
        trained = np.bincount(self._targets[self.splits.train], minlength=self.outputs)
        single, untaught = names[counts == 1], names[trained == 0]
        if len(single):
            self.notes.append(f"{_classes(single)} one row only: it can be learned from or judged, not both")
        if len(untaught):
            self.notes.append(f"{_classes(untaught)} no training row and cannot be learned")

    def _note_leaks(self) -> None:
        said = leaks.repeated(self._row_numbers, self.splits)
        told = leaks.telling(
            self.frame, self.columns, self._targets, self.splits.train, self.problem == "regression"
        )
        self.notes.extend([*([said] if said else []), *told])

    @property
    def problem(self) -> str:
        """Kind of problem: "binary", "multiclass" or "regression"."""
        return self._target.problem

    @property
    def classes(self) -> list[Any]:
        """The original values of the classes, in the order of the class numbers; empty for regression."""
        return list(self._target.classes)

    @property
    def problem_reason(self) -> str:
        """Why the target is taken for this kind of problem."""
        return self._target.reason

    @property
    def outputs(self) -> int:
        """Units of the model's last layer: the number of classes (two for binary); 1 for regression."""
        return self._target.outputs

    @property
    def direction(self) -> str:
        """Where better lies: "max" or "min"."""
        return objectives.direction(self.metric)

    @property
    def modalities(self) -> list[str]:
        """Of "image", "text", "table", "audio" and "series" those that the columns hold."""
        found = {MODALITY_OF_KIND.get(column.kind) for column in self.columns}
        return [modality for modality in MODALITIES if modality in found]

    @property
    def rows(self) -> int:
        """Rows that have a target."""
        return len(self.frame)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the content: rows, used columns and target, in whatever order, split and metric."""
        with np.errstate(over="ignore"):
            whole = self._row_numbers + row_numbers(self.frame, [self.target], self.base)
        return fingerprint(whole, self.target)

    @cached_property
    def _row_numbers(self) -> np.ndarray:
        read = [column.name for column in self.columns if column.kind != "dropped"]
        return row_numbers(self.frame, read, self.base)

    @cached_property
    def preprocessor(self) -> Preprocessor:
        """The preprocessing, fitted on the training rows when it is first asked for."""
        train = np.sort(self.splits.train)
        return Preprocessor.fit(
            self._rows.take(train),
            self.columns,
            self._target,
            self._targets[train],
            image_size=self.image_size,
            encoders=self._encoders,
        )

    @property
    def views(self) -> dict[str, View]:
        """What a model may read, by name."""
        return self.preprocessor.views

    @property
    def _rows(self) -> Rows:
        return Rows(self.frame, self.base, self.unreadable, self.notes)

    @property
    def facts(self) -> dict[str, Any]:
        """What the task says of itself, JSON."""
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "target": self._target.to_json(),
            "metric": self.metric,
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
                return adapter.transform(self._rows.take(order))
            raw = adapter.raw(self._rows)
            return features_of(adapter, lambda: raw, raw_fingerprint(raw))[order]

        return TaskData(self.facts, self._targets[order], self.preprocessor, make)

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
            targets=self._targets[order],
            order=order,
            preprocessor=self.preprocessor,
            rows=self._rows,
            called=Called(self.factory, self.target, self._kept) if self.factory else None,
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
