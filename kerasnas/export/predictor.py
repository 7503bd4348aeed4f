"""A trained model with its preprocessing: raw rows in, labels or numbers out."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import BundleError
from ..evaluators.predicting import Predict

if TYPE_CHECKING:
    import pandas as pd

    from ..data.preprocessor import Preprocessor
    from ..data.target import Target
    from ..space import Genotype, Space


class Predictor:
    """What ``kn.load`` gives.

    Attributes:
        model: The ``keras.Model``; its output is logits, or a standardised number.
        preprocessor: What turns raw rows into the model's inputs.
        genotypes: The decisions behind the model; of each network where it averages several.
        card: The model card as a dict.
        versions: What the bundle was made with.
    """

    def __init__(
        self,
        *,
        model: Any,
        preprocessor: Preprocessor,
        task: Mapping[str, Any],
        target: Target,
        genotypes: Sequence[Genotype],
        card: Mapping[str, Any],
        text: str,
        code: str | None,
        space: Mapping[str, Any],
        versions: Mapping[str, str],
        holder: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        """Made by ``load``."""
        self.model, self.preprocessor, self.genotypes = model, preprocessor, list(genotypes)
        self.card, self.versions = dict(card), dict(versions)
        self._task, self._target, self._text, self._code, self._space = dict(task), target, text, code, space
        self._predict = Predict(model, target.problem, tuple(self._task["scaling"]))
        self._holder = holder  # a frozen encoder is read from there when it is first needed

    @property
    def genotype(self) -> Genotype:
        """The decisions behind the model; where it averages several networks, those of the best of them alone."""
        return self.genotypes[0]

    @property
    def target(self) -> str:
        """What is predicted: the name of the column."""
        return self._target.name

    @property
    def problem(self) -> str:
        """Kind of problem: "binary", "multiclass" or "regression"."""
        return self._target.problem

    @property
    def classes(self) -> list[Any]:
        """The original values of the classes, in the order of ``predict_proba``'s columns; empty for regression."""
        return list(self._target.classes)

    @property
    def columns(self) -> list[str]:
        """The columns that a frame needs; others are not looked at."""
        return list(self._task["columns"])

    def predict(
        self, frame: pd.DataFrame, *, base: str | Path | None = None, unreadable: str | None = None
    ) -> np.ndarray:
        """Predict raw rows.

        Args:
            frame: Rows with the columns that the model learned from; missing cells are allowed as they were in training.
            base: The folder that relative picture paths refer to; the current one if not given.
            unreadable: What becomes of pictures and sounds that cannot be read: "missing" reads any number of them as missing cells,
                with a warning that counts and names them; "error" allows none; None is "missing" unless it is most of them.

        Returns:
            One class a row, as its original value, or one number in original units; ``(rows,)``.

        Raises:
            DataError: If a column is absent, there is no row, or more files are unreadable than allowed.
        """
        said = self._said(frame, base, unreadable)
        if self.problem == "regression":
            return said
        return np.asarray(_array(self.classes)[said.argmax(axis=1)])

    def predict_proba(
        self, frame: pd.DataFrame, *, base: str | Path | None = None, unreadable: str | None = None
    ) -> np.ndarray:
        """Probabilities of the classes.

        Args:
            frame: As for ``predict``.
            base: As for ``predict``.
            unreadable: As for ``predict``.

        Returns:
            ``(rows, classes)``; each row sums to one. The columns are in the order of ``classes``.

        Raises:
            BundleError: If the model predicts a number.
            DataError: As ``predict``.
        """
        if self.problem == "regression":
            raise BundleError(
                f"'{self.target}' is a number: it has no classes and no probabilities. Use predict(frame)."
            )
        return self._said(frame, base, unreadable)

    def source(self) -> str:
        """The model written in plain Keras.

        Raises:
            BundleError: If it could not be written when the bundle was made.
        """
        if self._code is None:
            raise BundleError(f"This bundle has no source: {self.card.get('source', 'it was left out')}")
        return self._code

    def space(self, objects: Mapping[str, Any] | None = None) -> Space:
        """The search space that the model was found in.

        Args:
            objects: Layers and functions of your own that the space uses, by name.

        Raises:
            SpaceError: If the space is of a newer release.
        """
        from ..space import Space

        return Space.from_json(self._space, objects, safe=True)

    def _said(self, frame: pd.DataFrame, base: str | Path | None, unreadable: str | None) -> np.ndarray:
        return self._predict(self.preprocessor.transform(frame, self._task["views"], base, unreadable))

    def __repr__(self) -> str:
        held = self.card.get("holdout")
        judged = (
            f", {self.card['metric']} {held:.4f} on held-out rows"
            if isinstance(held, float) and math.isfinite(held)
            else ""
        )
        return f"<Predictor of '{self.target}' ({self.problem}){judged}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self._text or repr(self))}</pre>"


def _array(classes: list[Any]) -> np.ndarray:
    """The classes as an array that keeps their types: texts stay ``str``, mixed values stay themselves."""
    kinds = {type(c) for c in classes}
    return np.array(classes, dtype=None if len(kinds) == 1 and str not in kinds else object)
