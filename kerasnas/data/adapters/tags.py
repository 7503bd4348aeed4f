"""Lists of tags as zeros and ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import scipy.sparse

from .. import lists, values
from ..columns import ColumnInfo
from ..views import View
from .base import Adapter, Rows, names, vocabulary

MOST = 512  # tags of a column that have a place of their own


class Tags(Adapter):
    """All columns of tags as one vector: 1 for each tag that a cell holds; all 0 for an empty cell.

    The most frequent tags of the training rows have a place each. A column where some have none, for they occur once among many
    or there are too many, has one more place that says whether a cell holds such a tag, or one never seen.
    """

    kind: ClassVar[str] = "tags"

    def __init__(
        self,
        view: View,
        columns: Sequence[str],
        separators: list[str],
        vocabularies: list[list[str]],
        rare: list[bool],
    ) -> None:
        self.view = view
        self.columns = tuple(columns)
        self._separators = separators
        self._vocabularies = vocabularies
        self._rare = rare

    @classmethod
    def fit(cls, rows: Rows, columns: Sequence[ColumnInfo]) -> Tags:
        """Learn the tags.

        Args:
            rows: Training rows.
            columns: The columns of tags.
        """
        vocabularies, rare = [], []
        separators = [str(column.settings.get("separator", ";")) for column in columns]
        for column, separator in zip(columns, separators, strict=True):
            cells = values.cells(rows.column(column.name))
            counts = Counter(tag for cell in cells for tag in lists.tags(cell, separator))
            kept, pooled = vocabulary(counts, MOST)
            vocabularies.append(kept)
            rare.append(pooled)
        width = sum(map(len, vocabularies)) + sum(rare)
        info = {"columns": list(names(columns)), "tags": [len(kept) for kept in vocabularies]}
        return cls(
            View("table_tags", "table", (width,), "float32", info, sparse=True),
            names(columns),
            separators,
            vocabularies,
            rare,
        )

    def transform(self, rows: Rows) -> scipy.sparse.csr_matrix:
        """CSR ``(rows, tags)`` float32."""
        places: list[np.ndarray] = []
        start = 0
        for name, separator, known, rare in zip(
            self.columns, self._separators, self._vocabularies, self._rare, strict=True
        ):
            index = {tag: start + number for number, tag in enumerate(known)}
            other = start + len(known) if rare else -1
            for row, cell in enumerate(values.cells(rows.column(name))):
                found = {index.get(tag, other) for tag in lists.tags(cell, separator)} - {-1}
                places.append(
                    np.array([(row, place) for place in sorted(found)], dtype=np.int64).reshape(-1, 2)
                )
            start += len(known) + rare
        where = np.concatenate([np.zeros((0, 2), np.int64), *places])
        ones = np.ones(len(where), np.float32)
        return scipy.sparse.csr_matrix(
            (ones, (where[:, 0], where[:, 1])), shape=(len(rows), *self.view.shape)
        )

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The tags of every column, by place."""
        return {"separators": self._separators, "vocabularies": self._vocabularies, "rare": self._rare}, {}

    @classmethod
    def restore(
        cls,
        view: View,
        columns: Sequence[str],
        data: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],  # noqa: ARG003 (there are none)
    ) -> Tags:
        """As saved."""
        return cls(
            view,
            columns,
            list(data["separators"]),
            [list(v) for v in data["vocabularies"]],
            [bool(r) for r in data["rare"]],
        )
