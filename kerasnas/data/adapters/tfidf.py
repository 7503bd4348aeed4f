"""Texts as TF-IDF weights of words, word pairs and letter groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..columns import ColumnInfo
from ..views import View
from .base import Adapter, Rows, joined_texts, names

# features in all; one that occurs in fewer training rows is left out
MOST_TERMS = 8192
FEWEST_ROWS = 2
# longer texts are cut: what matters for a class is said by then, and letter groups of a book fill the memory
MOST_CHARACTERS = 20_000
TOKEN = r"(?u)\w+|[^\w\s]"  # noqa: S105 (a word pattern, no secret)


class Tfidf(Adapter):
    """Sublinear TF-IDF of single words and pairs, and of groups of 2 to 5 letters inside words.

    Of the terms in at least two training rows the ``MOST_TERMS`` are kept that tell the classes apart best,
    half of them by how often they occur and half by the chi-squared statistic (Yang and Pedersen, "A
    Comparative Study on Feature Selection in Text Categorization", 1997; for regression: by correlation).
    Words and letter groups are scaled to length 1 each.
    """

    kind: ClassVar[str] = "tfidf"

    def __init__(
        self, view: View, columns: Sequence[str], words: list[str], letters: list[str], weights: np.ndarray
    ) -> None:
        self.view = view
        self.columns = tuple(columns)
        self._terms = {"words": words, "letters": letters}
        self._weights = weights
        self._readers: list[Any] | None = None

    @classmethod
    def fit(cls, rows: Rows, columns: Sequence[ColumnInfo], targets: np.ndarray, regression: bool) -> Tfidf:
        """Learn terms and their weights.

        Args:
            rows: Training rows.
            columns: The text columns.
            targets: Class numbers or values of those rows, for the choice of terms.
            regression: Which of both.
        """
        import scipy.sparse
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = _cut(joined_texts(rows, names(columns)))
        matrices, terms, weights = [], [], []
        for options in _readers():
            reader = TfidfVectorizer(**options, min_df=FEWEST_ROWS if len(texts) > 50 else 1)
            try:
                matrices.append(reader.fit_transform(texts))
            except ValueError:  # no term is left: all texts are empty or all differ
                matrices.append(scipy.sparse.csr_matrix((len(texts), 0)))
                terms.append(np.zeros(0, dtype=object))
                weights.append(np.zeros(0))
                continue
            terms.append(reader.get_feature_names_out())
            weights.append(reader.idf_)
        chosen = _best(scipy.sparse.hstack(matrices).tocsr(), targets, regression)
        border = matrices[0].shape[1]
        words = [str(term) for term in terms[0][chosen[chosen < border]]]
        letters = [str(term) for term in terms[1][chosen[chosen >= border] - border]]
        kept = np.concatenate(weights)[chosen].astype(np.float64)
        info = {"columns": list(names(columns)), "words": len(words), "letter_groups": len(letters)}
        width = max(len(chosen), 1)
        return cls(
            View("text_tfidf", "text", (width,), "float32", info, sparse=True),
            names(columns),
            words,
            letters,
            kept,
        )

    def transform(self, rows: Rows) -> Any:
        """``(rows, terms)`` CSR float32."""
        import scipy.sparse

        texts = _cut(joined_texts(rows, self.columns))
        parts = []
        starts = {"words": 0, "letters": len(self._terms["words"])}
        for options, (kind, terms) in zip(_readers(), self._terms.items(), strict=True):
            if terms:
                start = starts[kind]
                parts.append(_weighted(texts, options, terms, self._weights[start : start + len(terms)]))
        if not parts:
            return scipy.sparse.csr_matrix((len(texts), 1), dtype=np.float32)
        return scipy.sparse.hstack(parts, format="csr", dtype=np.float32)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The terms as JSON, their inverse document frequencies as an array."""
        return dict(self._terms), {"weights": self._weights}

    @classmethod
    def restore(
        cls, view: View, columns: Sequence[str], data: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Tfidf:
        """As saved."""
        return cls(view, columns, list(data["words"]), list(data["letters"]), np.asarray(arrays["weights"]))


def _readers() -> list[dict[str, Any]]:
    shared = {"sublinear_tf": True, "lowercase": True, "dtype": np.float64}
    return [
        {**shared, "ngram_range": (1, 2), "token_pattern": TOKEN},
        {**shared, "ngram_range": (2, 5), "analyzer": "char_wb"},
    ]


def _cut(texts: list[str]) -> list[str]:
    return [text[:MOST_CHARACTERS] for text in texts]


def _weighted(texts: list[str], options: dict[str, Any], terms: list[str], weights: np.ndarray) -> Any:
    """TF-IDF over the chosen terms only, each row of length 1."""
    import scipy.sparse
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    counting = {key: value for key, value in options.items() if key != "sublinear_tf"}
    counts = CountVectorizer(**counting, vocabulary=terms).transform(texts).tocsr().astype(np.float64)
    counts.data = 1.0 + np.log(counts.data)
    return normalize(counts @ scipy.sparse.diags(weights), copy=False)


def _best(matrix: Any, targets: np.ndarray, regression: bool) -> np.ndarray:
    """Columns to keep, ascending: half by how many rows hold them, half by what they say of the target."""
    if matrix.shape[1] <= MOST_TERMS:
        return np.arange(matrix.shape[1])
    from sklearn.feature_selection import chi2, f_regression

    common = np.asarray((matrix > 0).sum(axis=0)).ravel()
    statistic, _ = f_regression(matrix, targets) if regression else chi2(matrix, targets)
    statistic = np.nan_to_num(np.asarray(statistic, dtype=np.float64), nan=0.0, posinf=0.0)
    by_rows = np.argsort(-common, kind="stable")[: MOST_TERMS // 2]
    statistic[by_rows] = -1.0
    telling = np.argsort(-statistic, kind="stable")[: MOST_TERMS - len(by_rows)]
    return np.sort(np.concatenate([by_rows, telling]))
