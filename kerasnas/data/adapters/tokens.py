"""Texts as rows of token numbers, for embeddings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..columns import ColumnInfo
from ..views import View
from .base import Adapter, Rows, by_frequency, joined_texts, names

MOST_WORDS = 20_000
LONGEST, SHORTEST = 256, 4
PADDING, UNKNOWN = 0, 1
# a word, one sign (emoji are signs), or one letter of a script without spaces between words
_TOKEN = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s]"
)


def tokens(text: str) -> list[str]:
    """A text as words and signs, in lower case."""
    return _TOKEN.findall(text.lower())


class Tokens(Adapter):
    """Every text as ``length`` token numbers.

    0 pads at the end, 1 is an unknown word, 2 and up are words by frequency.

    The vocabulary is bounded by the data: words in at least two training rows, at most 20,000. The length
        holds 98 of
    100 training texts, at most 256 tokens; longer texts are cut.
    """

    kind: ClassVar[str] = "tokens"

    def __init__(self, view: View, columns: Sequence[str], vocabulary: list[str]) -> None:
        self.view = view
        self.columns = tuple(columns)
        self._vocabulary = vocabulary
        self._numbers = {word: number for number, word in enumerate(vocabulary, start=UNKNOWN + 1)}

    @classmethod
    def fit(cls, rows: Rows, columns: Sequence[ColumnInfo]) -> Tokens:
        """Learn the vocabulary and the length.

        Args:
            rows: Training rows.
            columns: The text columns.
        """
        split = [tokens(text) for text in joined_texts(rows, names(columns))]
        counts = Counter(word for words in split for word in set(words))
        fewest = 2 if len(split) > 50 else 1
        vocabulary = [word for word in by_frequency(counts) if counts[word] >= fewest][:MOST_WORDS]
        lengths = [len(words) for words in split] or [0]
        length = int(np.clip(np.ceil(np.quantile(lengths, 0.98)), SHORTEST, LONGEST))
        info = {"columns": list(names(columns)), "vocabulary": len(vocabulary) + 2, "length": length}
        return cls(View("text_tokens", "text", (length,), "int32", info), names(columns), vocabulary)

    def transform(self, rows: Rows) -> np.ndarray:
        """``(rows, length)`` int32, each below ``info["vocabulary"]``."""
        length = self.view.shape[0]
        out = np.full((len(rows), length), PADDING, dtype=np.int32)
        for index, text in enumerate(joined_texts(rows, self.columns)):
            numbers = [self._numbers.get(word, UNKNOWN) for word in tokens(text)[:length]]
            out[index, : len(numbers)] = numbers
        return out

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The words by number."""
        return {"vocabulary": self._vocabulary}, {}

    @classmethod
    def restore(
        cls,
        view: View,
        columns: Sequence[str],
        data: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],  # noqa: ARG003 (there are none)
    ) -> Tokens:
        """As saved."""
        return cls(view, columns, list(data["vocabulary"]))
