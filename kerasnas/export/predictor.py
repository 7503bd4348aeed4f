"""A trained model with its preprocessing: raw rows in, labels or numbers out."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse

from ..errors import BundleError
from ..evaluators.predicting import Predict
from ..problems.base import Scaling

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
        name: Of the bundle's file.
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
        custom: Mapping[str, Any] | None = None,
        name: str = "",
        holder: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        """Made by ``load``."""
        self.model, self.preprocessor, self.genotypes = model, preprocessor, list(genotypes)
        self.card, self.versions = dict(card), dict(versions)
        self._task, self._target, self._text, self._code, self._space = dict(task), target, text, code, space
        self._custom, self.name = dict(custom or {}), name
        self._predict = Predict(model, target.problem, self.scaling)
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
        """Kind of problem: a name in ``kerasnas.problems``."""
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
            One class a row, as its original value, or one number in original units; ``(rows,)``. A list of labels a row where there
            may be several, and ``(rows, k)`` where several numbers, or the quantiles of one, are predicted at once.

        Raises:
            DataError: If a column is absent, there is no row, or more files are unreadable than allowed.
        """
        return self._target.kind.decided(self._said(frame, base, unreadable), self.classes)

    def predict_proba(
        self, frame: pd.DataFrame, *, base: str | Path | None = None, unreadable: str | None = None
    ) -> np.ndarray:
        """Probabilities of the classes.

        Args:
            frame: As for ``predict``.
            base: As for ``predict``.
            unreadable: As for ``predict``.

        Returns:
            ``(rows, classes)``; each row sums to one, except where a row may have several labels. The columns are in the order of
            ``classes``.

        Raises:
            BundleError: If the model predicts a number.
            DataError: As ``predict``.
        """
        if self._target.kind.numeric:
            raise BundleError(
                f"'{self.target}' is a number: it has no classes and no probabilities. Use predict(frame)."
            )
        return self._said(frame, base, unreadable)

    def inputs(self, frame: pd.DataFrame, *, base: str | Path | None = None) -> dict[str, np.ndarray]:
        """What the model reads of raw rows: all preprocessing and none of the model.

        Args:
            frame: As for ``predict``.
            base: As for ``predict``.

        Returns:
            Name of the model's input to array ``(rows, *shape)``; sparse views are made dense.

        Raises:
            DataError: As ``predict``.
        """
        views = self.preprocessor.transform(frame, self._task["views"], base)
        return {
            name: rows.toarray().astype("float32") if scipy.sparse.issparse(rows) else np.asarray(rows)
            for name, rows in views.items()
        }

    def export(
        self,
        path: str | Path,
        format: str = "saved_model",
        *,
        rows: pd.DataFrame | None = None,
        base: str | Path | None = None,
    ) -> Path:
        """Write the model for another runtime, and prove it by running what was written in a process of its own.

        The new folder holds the model, ``predict.py`` (runs it without kerasnas), ``model.json`` (inputs and output, for programs),
        ``README.md`` and the card. Preprocessing stays outside: ``inputs`` does it, and the README shows how.

        Args:
            path: The folder, which must not be there or be empty.
            format: "keras", "saved_model", "litert" or "onnx". The last two need the extra of their name; LiteRT is written on the
                backend TensorFlow alone.
            rows: Raw rows to prove it on, the first 256 of them; made-up inputs if not given, since a bundle holds no rows.
            base: The folder that relative picture paths of the rows refer to; the current one if not given.

        Returns:
            The folder.

        Raises:
            BundleError: If the folder is in use, a package is missing, Keras does not offer the format here or cannot write this model
                in it, or the file gives other outputs than the model.
            DataError: If a column is absent from the rows.
        """
        from .deploy import export

        return export(self, path, format, rows=rows, base=base)

    @property
    def scaling(self) -> Scaling:
        """Mean and spread that turn the model's output into numbers in original units, a list each for several.

        For classes 0, and the temperature that logits are divided by before they are read as probabilities; 1 where none was fitted.
        """
        mean, spread = self._task["scaling"]
        return mean, spread

    @property
    def text(self) -> str:
        """The model card for people, as Markdown."""
        return self._text

    @property
    def has_source(self) -> bool:
        """Whether ``source`` has something to give."""
        return self._code is not None

    @property
    def custom_objects(self) -> dict[str, Any]:
        """The layers and functions of your own that it was loaded with, by name."""
        return dict(self._custom)

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
