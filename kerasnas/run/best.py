"""The best candidate of a search, and what can be had of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SearchError
from ..space import Genotype, Space

if TYPE_CHECKING:
    from meta_store import FinalRecord, TrialRecord

    from ..export import Predictor


class Best:
    """The best candidate of a search.

    Attributes:
        trial: Its trial's record.
        number: Its trial's number.
        genotype: Its decisions.
        validation: The objective on the validation rows, which the search looked at: it flatters.
        holdout: The objective on the held-out rows, judged once after retraining; None where that has not
            been done.
        metrics: All metrics on the held-out rows.
        cost: Parameters, FLOPs, seconds, epochs of its trial.
    """

    def __init__(
        self,
        trial: TrialRecord,
        final: FinalRecord | None,
        space: Callable[[], Space],
        metric: str,
        reason: str,
    ) -> None:
        """Made by ``Search.best``; ``reason`` is what the search said when it ended."""
        self._reason = reason
        self.trial, self._final, self._space, self._metric = trial, final, space, metric
        self.number = trial.number
        self.genotype = Genotype(trial.genotype)
        self.validation = float(trial.value) if trial.value is not None else float("nan")
        self.holdout = None if final is None else final.holdout
        self.metrics = {} if final is None else dict(final.metrics)
        self.cost = dict(trial.cost)

    @property
    def final(self) -> bool:
        """Whether it was retrained and judged; before that it is the best so far."""
        return self._final is not None

    def source(self) -> str:
        """A readable Python module that builds the model with Keras alone."""
        return self._space().source(self.genotype)

    def draw(self) -> Any:
        """A drawing of the model, shown by any notebook."""
        return self._space().draw(self.genotype)

    def save(self, path: str | Path) -> Path:
        """Write the bundle: model, preprocessing, card and source in one file.

        Args:
            path: ``NAME.kn``; what lies there is replaced.

        Raises:
            SearchError: If the candidate was not retrained, or its bundle is gone.
        """
        goal = Path(path).expanduser()
        if goal.is_dir():
            raise SearchError(
                f"A bundle is a file, but {goal} is a folder. Give a path such as {goal / 'best.kn'}."
            )
        goal.parent.mkdir(parents=True, exist_ok=True)
        fresh = goal.with_name(f".{goal.name}.new")
        shutil.copyfile(self._bundle(), fresh)
        fresh.replace(goal)
        return goal

    def predictor(self) -> Predictor:
        """The trained model with its preprocessing: raw rows in, labels or numbers out.

        Raises:
            SearchError: As ``save``.
        """
        from ..export import load

        own = {getattr(thing, "__name__", name): thing for name, thing in self._space().objects().items()}
        return load(self._bundle(), custom_objects=own)

    def _bundle(self) -> Path:
        if self._final is None:
            raise SearchError(
                f"Trial {self.number} has no trained model: finalists are retrained when the search ends, and with "
                f"finalists=0 none ever is. {self._reason or 'It has not ended yet: wait for it, or stop it.'}"
            )
        path = Path(self._final.bundle)
        if not path.is_file():
            raise SearchError(
                f"The bundle of trial {self.number} is not at {path} any more: the run folder was moved or deleted."
            )
        return path

    def _figures(self) -> str:
        held = "not judged yet" if self.holdout is None else f"{self.holdout:.4f}"
        return f"{self._metric}: validation {self.validation:.4f}, held-out {held}"

    def __repr__(self) -> str:
        return f"<Best: trial {self.number}, {self._figures()}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(k)}</td><td>{escape(str(v))}</td></tr>" for k, v in self.genotype.items()
        )
        return f"<p>Trial {self.number}. {escape(self._figures())}</p><table>{rows}</table>"
