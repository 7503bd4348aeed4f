"""The search as scikit-learn estimators: ``fit``, ``predict``, ``score``, and all that works with these.

A frame may hold whatever a ``Task`` reads: pictures, texts, sounds, dates. An array is a table of numbers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from .data.target import FEWEST_ROWS
from .errors import DataError
from .problems.multilabel import SURE

if TYPE_CHECKING:
    from .export import Predictor
    from .search import Search
    from .task import Task

LOST = (
    "search_",
    "best_",
    "predictor_",
)  # of a pickle: what is rebuilt from the bundle, and handles of processes


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators have in common; see ``AutoClassifier``."""

    _problem: str | None = None

    def __init__(
        self,
        *,
        budget: Any = "10m",
        metric: Any = None,
        class_weight: str | Mapping[Any, float] | None = None,
        column_types: Mapping[str, str] | None = None,
        encoders: Mapping[str, Any] | None = None,
        base: str | Path | None = None,
        unreadable: str | None = None,
        space: Any = None,
        strategy: Any = "evolution",
        evaluator: Any = None,
        finalists: int = 5,
        ensemble: bool = True,
        validation: float = 0.2,
        warm_start: bool = True,
        store: Any = None,
        executor: str = "process",
        random_state: int = 0,
    ) -> None:
        self.budget = budget
        self.metric = metric
        self.class_weight = class_weight
        self.column_types = column_types
        self.encoders = encoders
        self.base = base
        self.unreadable = unreadable
        self.space = space
        self.strategy = strategy
        self.evaluator = evaluator
        self.finalists = finalists
        self.ensemble = ensemble
        self.validation = validation
        self.warm_start = warm_start
        self.store = store
        self.executor = executor
        self.random_state = random_state

    def save(self, path: str | Path) -> Path:
        """Write the bundle: model, preprocessing, source and card; ``kn.load`` reads it, without a pickle.

        The targets in it are class numbers, in the order of ``classes_``.

        Args:
            path: ``NAME.kn``.

        Raises:
            NotFittedError: If ``fit`` was not called.
        """
        check_is_fitted(self)
        goal = Path(path).expanduser()
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.write_bytes(Path(self.bundle_).read_bytes())
        return goal

    def _searched(self, frame: pd.DataFrame, targets: Any, weights: Any, arrays: bool) -> Self:
        """Search over a frame and its targets, and keep the best."""
        from .search import Search
        from .task import Task

        name, weigh = _free("target", frame), _free("sample_weight", frame)
        given = dict(self.column_types or {})
        kinds = {**dict.fromkeys(frame.columns, "numeric"), **given} if arrays else given
        rows = frame.assign(**{name: targets})
        if weights is not None:
            rows[weigh] = _check_sample_weight(weights, frame)
        task: Task = Task(
            rows, name, column_types=kinds, problem=self._problem, metric=self.metric, holdout=0.0,
            weights=None if weights is None else weigh, class_weights=self._class_weights(),
            validation=self.validation, seed=self._seed(), base=self.base, encoders=self.encoders,
            unreadable=self.unreadable,
        )  # fmt: skip
        search: Search = Search(
            task, self.space(task) if callable(self.space) else self.space, budget=self.budget, strategy=self.strategy,
            evaluator=self.evaluator, store=self.store, seed=self._seed(), warm_start=self.warm_start,
            finalists=max(1, int(self.finalists)), ensemble=self.ensemble, executor=self.executor,
        )  # fmt: skip
        search.start()
        search.wait()
        self.search_, self.best_ = search, search.best
        self.predictor_: Predictor = self.best_.predictor()
        self.bundle_ = str(self.best_.bundle)
        return self

    def _class_weights(self) -> Any:
        """As ``Task`` takes them; there is none for numbers."""
        return None

    def _seed(self) -> int:
        state = self.random_state
        return int(state.randint(2**31)) if isinstance(state, np.random.RandomState) else int(state or 0)

    def _learnable(self, given: Any, targets: Any) -> tuple[pd.DataFrame, Any, bool]:
        """As ``_frame``, of rows to learn from.

        Raises:
            DataError: If there are too few.
        """
        frame, targets, arrays = self._frame(given, reset=True, targets=targets)
        if len(frame) < FEWEST_ROWS:
            raise DataError(
                f"n_samples={len(frame)}: a search trains, validates and chooses, and needs at least {FEWEST_ROWS} rows."
            )
        targets = np.asarray(targets)
        several = targets.ndim == 2 and targets.shape[1] > 1
        return frame, targets if several else column_or_1d(targets, warn=True), arrays

    def _frame(
        self, given: Any, *, reset: bool, targets: Any = "no_validation"
    ) -> tuple[pd.DataFrame, Any, bool]:
        """Rows as a frame, the targets, and whether they came as an array of numbers."""
        if isinstance(given, pd.DataFrame):
            validate_data(self, given, reset=reset, skip_check_array=True)
            if not isinstance(targets, str) and targets is None:
                raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
            frame = given.reset_index(drop=True)
            if not isinstance(targets, str) and len(targets) != len(frame):
                raise DataError(
                    f"X has {len(frame):,} rows and y has {len(targets):,}. Give one target a row."
                )
            return frame.set_axis([str(c) for c in frame.columns], axis=1), targets, False
        options = {"dtype": "numeric", "ensure_all_finite": "allow-nan", "reset": reset}
        if isinstance(targets, str):
            rows = validate_data(self, given, **options)
        else:
            rows, targets = validate_data(
                self, given, targets, multi_output=True, y_numeric=self._problem == "regression", **options
            )
        return pd.DataFrame(rows, columns=[f"x{i}" for i in range(rows.shape[1])]), targets, True

    def _rows(self, given: Any) -> pd.DataFrame:
        check_is_fitted(self)
        return self._frame(given, reset=False)[0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.non_deterministic = False
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        for name in LOST:
            state.pop(name, None)
        if "bundle_" in state:
            state["bundle_"] = Path(state["bundle_"]).read_bytes()
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        state = dict(state)
        held = state.pop("bundle_", None)
        super().__setstate__(state)
        if held is not None:
            from .export import load

            self._holder = tempfile.TemporaryDirectory(
                prefix="kerasnas-estimator-", ignore_cleanup_errors=True
            )
            path = Path(self._holder.name) / "model.kn"
            path.write_bytes(held)
            self.bundle_ = str(path)
            self.predictor_ = load(path)


def _free(name: str, frame: pd.DataFrame) -> str:
    """A name that no column has."""
    while name in frame.columns:
        name += "_"
    return name


def _label(code: int) -> str:
    """A class by its number, as text that sorts as the numbers do."""
    return f"{code:09d}"


class AutoClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """Search for a classifier.

    Args:
        budget: What may be spent; see ``Search``.
        metric: What candidates are chosen by, as ``Task`` takes it; accuracy if not given.
        class_weight: "balanced", or class to weight; all alike if not given.
        column_types: Column to kind, where the guess is not wanted; see ``Task``.
        encoders: Pretrained encoders; see ``Task``.
        base: The folder that relative paths of pictures and sounds start from.
        unreadable: What becomes of pictures and sounds that cannot be read: "missing", "error", or missing unless it is most of them.
        space: A ``Space``, or a function of the task that gives one; ``spaces.multimodal`` if not given.
        strategy: How candidates are chosen; see ``Search``.
        evaluator: How a candidate is judged; ``FullTraining()`` if not given.
        finalists: How many of the best are retrained on all rows; at least 1.
        ensemble: Whether they may be averaged; see ``Search``.
        validation: Share of the rows that chooses between candidates.
        warm_start: Whether what the store knows of similar tasks is tried.
        store: Path of the store.
        executor: "process", or "inline" for small things.
        random_state: Fixes splits, proposals and trainings.

    Attributes:
        classes_: The classes, in order.
        search_: The handle of the search.
        best_: What it found: members, source, figures on the validation rows.
        predictor_: The trained model with its preprocessing.
        n_features_in_: Columns seen by ``fit``.
        feature_names_in_: Their names, where they had some.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 (the interface's own name)
        """Search on some rows.

        Args:
            X: A frame, or an array of numbers ``(rows, columns)``; NaN is a missing value.
            y: A class for every row, ``(rows,)``; or 0 and 1 for every label, ``(rows, labels)``.
            sample_weight: How much each row counts in training, ``(rows,)``, 0 or more; all alike if not given. Candidates are chosen
                on validation rows that all count alike.

        Raises:
            DataError: If there are too few rows, one class only, or nothing to learn from.
            SearchError: If the search failed.
        """
        frame, targets, arrays = self._learnable(X, y)
        check_classification_targets(targets)
        if targets.ndim == 2:
            if type_of_target(targets) != "multilabel-indicator":
                raise DataError(
                    "y has several columns: these are labels, of 0 and 1 each. For several targets of classes, search for each on its own."
                )
            self.classes_, self._problem = np.arange(targets.shape[1]), "multilabel"
            cells: Any = pd.Series([[_label(i) for i in np.flatnonzero(row).tolist()] for row in targets])
            return self._searched(frame, cells, sample_weight, arrays)
        self.classes_, codes = np.unique(targets, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(f"y has one class only, '{self.classes_[0]}': there is nothing to tell apart.")
        self._problem = "binary" if len(self.classes_) == 2 else "multiclass"
        return self._searched(frame, [_label(code) for code in codes], sample_weight, arrays)

    def _class_weights(self) -> Any:
        if self.class_weight is None or isinstance(self.class_weight, str):
            return self.class_weight
        codes = {name: _label(code) for code, name in enumerate(self.classes_.tolist())}
        return {codes.get(name, str(name)): weight for name, weight in self.class_weight.items()}

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probabilities ``(rows, classes)``, in the order of ``classes_``; of labels each on its own."""
        rows = self._rows(X)
        return self.predictor_.predict_proba(rows, base=self.base, unreadable=self.unreadable)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The most probable class of each row, ``(rows,)``; of labels 0 or 1, ``(rows, labels)``."""
        said = self.predict_proba(X)
        if self._problem == "multilabel":
            return np.asarray(said >= SURE, dtype=np.int64)
        return np.asarray(self.classes_[said.argmax(axis=1)])


class AutoRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """Search for a model of a number.

    Arguments and attributes are those of ``AutoClassifier``, without ``classes_``; ``metric`` is rmse if not given.
    """

    _problem = "regression"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Search on some rows; as ``AutoClassifier.fit``, with a number for every row, or several ``(rows, k)``."""
        frame, targets, arrays = self._learnable(X, y)
        numbers = np.asarray(targets, dtype="float64")
        cells = pd.Series(numbers.tolist()) if numbers.ndim == 2 else numbers
        return self._searched(frame, cells, sample_weight, arrays)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """A number for each row, ``(rows,)``, or several ``(rows, k)``."""
        rows = self._rows(X)
        return self.predictor_.predict(rows, base=self.base, unreadable=self.unreadable)
