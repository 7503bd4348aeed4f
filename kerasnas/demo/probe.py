"""A linear probe over all modalities: what a search has to beat to be worth its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..data.task_data import TaskData

SIDE, COMPONENTS = 16, 64
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True)
class Probe:
    """A fitted linear model.

    Attributes:
        validation: Accuracy by which its regularisation was chosen.
        holdout: Accuracy on the held-out rows, fitted on train+validation.
        strength: The inverse regularisation chosen.
    """

    validation: float
    holdout: float
    strength: float


def linear_probe(data: TaskData) -> Probe:
    """Logistic regression over TF-IDF, scaled numbers, one-hot categories and principal components of small pictures.

    Its regularisation is chosen on the validation rows, then it is fitted on train+validation, as the finalists of a search are.

    Args:
        data: A classification task's rows.
    """
    from sklearn.linear_model import LogisticRegression

    rows = {part: _features(data, part) for part in ("train", "validation", "holdout")}
    train, validation, holdout = _reduced(rows)
    y = {part: data.targets(part) for part in rows}

    def fitted(x: Any, targets: np.ndarray, strength: float) -> Any:
        return LogisticRegression(C=strength, max_iter=2000).fit(x, targets)

    scores = {c: float(fitted(train, y["train"], c).score(validation, y["validation"])) for c in STRENGTHS}
    best = max(scores, key=lambda c: (scores[c], -c))
    import scipy.sparse

    both = scipy.sparse.vstack([train, validation]).tocsr()
    final = fitted(both, np.concatenate([y["train"], y["validation"]]), best)
    return Probe(scores[best], float(final.score(holdout, y["holdout"])), best)


def _features(data: TaskData, part: str) -> dict[str, Any]:
    """Everything but pictures as it is, pictures shrunk."""
    out: dict[str, Any] = {}
    for name, view in data.views.items():
        rows = data.inputs([name], part)[name]
        if name.endswith("_pixels"):
            h, w = view.shape[0] // SIDE, view.shape[1] // SIDE
            cut = np.asarray(rows, "float32")[:, : h * SIDE, : w * SIDE]
            small = cut.reshape(len(cut), SIDE, h, SIDE, w, view.shape[2]).mean(axis=(2, 4))
            out[name] = small.reshape(len(cut), -1) / 255.0
        elif name != "text_tokens":
            out[name] = rows
    return out


def _reduced(rows: dict[str, dict[str, Any]]) -> list[Any]:
    """One sparse matrix a part; what is fitted is fitted on training rows.

    Each view's rows are brought to length 1: a view with large numbers would drown the others and make the probe unfairly weak.
    """
    import scipy.sparse
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import OneHotEncoder, normalize

    blocks: dict[str, list[Any]] = {part: [] for part in rows}
    for name in rows["train"]:
        first = rows["train"][name]
        if name.endswith("_pixels"):
            reduce = PCA(min(COMPONENTS, *first.shape), random_state=0).fit(first)
            made = {p: scipy.sparse.csr_matrix(reduce.transform(r[name])) for p, r in rows.items()}
        elif name == "table_categories":
            encoder = OneHotEncoder(handle_unknown="ignore").fit(first)
            made = {p: encoder.transform(r[name]) for p, r in rows.items()}
        else:
            made = {p: scipy.sparse.csr_matrix(r[name]) for p, r in rows.items()}
        for part, block in made.items():
            blocks[part].append(normalize(block))
    return [scipy.sparse.hstack(blocks[part]).tocsr() for part in ("train", "validation", "holdout")]
