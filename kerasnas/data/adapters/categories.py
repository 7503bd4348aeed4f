"""Categories as whole numbers for embeddings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import values
from ..columns import ColumnInfo
from ..views import View
from .base import Adapter, Rows, names, vocabulary

MOST = 20_000


class Categories(Adapter):
    """Every categorical column as one whole number, 0 for a missing value.

    Known values are numbered from 1 by how often they occur. In a column of many values those that occur once
    in the training rows share one number, "rare", which values never seen get too: so it has been trained
    when they come. In a column without rare values an unseen one counts as missing.
    """

    kind: ClassVar[str] = "categories"

    def __init__(
        self, view: View, columns: Sequence[str], vocabularies: list[list[str]], rare: list[bool]
    ) -> None:
        self.view = view
        self.columns = tuple(columns)
        self._vocabularies = vocabularies
        self._rare = rare
        self._numbers = [{label: number for number, label in enumerate(v, start=1)} for v in vocabularies]

    @classmethod
    def fit(cls, rows: Rows, columns: Sequence[ColumnInfo]) -> Categories:
        """Learn the values.

        Args:
            rows: Training rows.
            columns: The categorical columns, and those whose numbers are read as codes too.
        """
        vocabularies, rare = [], []
        for name in names(columns):
            counts = Counter(label for label in values.labels(rows.column(name)) if label)
            kept, pooled = vocabulary(counts, MOST)
            vocabularies.append(kept)
            rare.append(pooled)
        sizes = [len(kept) + 1 + pooled for kept, pooled in zip(vocabularies, rare, strict=True)]
        info = {"columns": list(names(columns)), "cardinalities": sizes, "rows": len(rows)}
        return cls(
            View("table_categories", "table", (len(sizes),), "int32", info),
            names(columns),
            vocabularies,
            rare,
        )

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, columns)`` int32, each below its column's cardinality."""
        out = np.zeros((len(rows), len(self.columns)), dtype=np.int32)
        for index, name in enumerate(self.columns):
            numbers = self._numbers[index]
            unseen = len(numbers) + 1 if self._rare[index] else 0
            out[:, index] = [
                numbers.get(label, unseen) if label else 0 for label in values.labels(rows.column(name))
            ]
        return out

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The values of every column, by number."""
        return {"vocabularies": self._vocabularies, "rare": self._rare}, {}

    @classmethod
    def restore(
        cls,
        view: View,
        columns: Sequence[str],
        data: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],  # noqa: ARG003 (there are none)
    ) -> Categories:
        """As saved."""
        return cls(view, columns, [list(v) for v in data["vocabularies"]], list(data["rare"]))
