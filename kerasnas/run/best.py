"""The best candidate of a search, and what can be had of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SearchError
from ..space import Genotype, Space
from .ensemble import member_name

if TYPE_CHECKING:
    from meta_store import EnsembleRecord, FinalRecord, TrialRecord

    from ..export import Predictor


class Best:
    """The best candidate of a search, or the average of several that do better together.

    Attributes:
        trials: Records of its trials: one, or of an ensemble's members, the best alone first.
        members: Their numbers.
        number: The number of the first.
        genotypes: Their decisions.
        genotype: The decisions of the first.
        validation: The objective on the validation rows, which the search looked at: it flatters.
        holdout: The objective on the held-out rows, judged once after retraining; None where that has not
            been done.
        metrics: All metrics on the held-out rows.
        cost: Parameters, FLOPs, seconds, epochs of its trial; of an ensemble, their sums over the members.
    """

    def __init__(
        self,
        trials: Sequence[TrialRecord],
        judged: FinalRecord | EnsembleRecord | None,
        space: Callable[[], Space],
        metric: str,
        reason: str,
    ) -> None:
        """Made by ``Search.best``; ``reason`` is what the search said when it ended."""
        self._reason = reason
        self.trials, self._judged, self._space, self._metric = tuple(trials), judged, space, metric
        self.members = tuple(trial.number for trial in trials)
        self.genotypes = tuple(Genotype(trial.genotype) for trial in trials)
        self.number, self.genotype = self.members[0], self.genotypes[0]
        value = trials[0].value if judged is None else judged.validation
        self.validation = float(value) if value is not None else float("nan")
        self.holdout = None if judged is None else judged.holdout
        self.metrics = {} if judged is None else dict(judged.metrics)
        self.cost = dict(trials[0].cost) if len(trials) == 1 else _sums([trial.cost for trial in trials])

    @property
    def final(self) -> bool:
        """Whether it was retrained and judged; before that it is the best so far."""
        return self._judged is not None

    def source(self) -> str:
        """A readable Python module that builds the model with Keras alone."""
        if len(self.members) == 1:
            return self._space().source(self.genotype)
        from ..export import ensemble_source

        names = (member_name(number) for number in self.members)
        return ensemble_source(self._space(), dict(zip(names, self.genotypes, strict=True)))

    def draw(self, number: int | None = None) -> Any:
        """A drawing of the model, shown by any notebook.

        Args:
            number: Which member of an ensemble; its first if not given.

        Raises:
            SearchError: If it has no such member.
        """
        if number is not None and number not in self.members:
            raise SearchError(f"Its members are the trials {list(self.members)}. Received: {number!r}.")
        place = 0 if number is None else self.members.index(number)
        return self._space().draw(self.genotypes[place])

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
        shutil.copyfile(self.bundle, fresh)
        fresh.replace(goal)
        return goal

    def predictor(self) -> Predictor:
        """The trained model with its preprocessing: raw rows in, labels or numbers out.

        Raises:
            SearchError: As ``save``.
        """
        from ..export import load

        return load(self.bundle, custom_objects=self._space().named_objects())

    def export(self, path: str | Path, format: str = "saved_model", **options: Any) -> Path:
        """Write the trained model for another runtime; see ``Predictor.export`` for formats and options.

        Raises:
            SearchError: As ``save``.
            BundleError: As ``Predictor.export``.
        """
        return self.predictor().export(path, format, **options)

    @property
    def bundle(self) -> Path:
        """Where its bundle lies, in the run folder.

        Raises:
            SearchError: As ``save``.
        """
        if self._judged is None:
            raise SearchError(
                f"Trial {self.number} has no trained model: finalists are retrained when the search ends, and with "
                f"finalists=0 none ever is. {self._reason or 'It has not ended yet: wait for it, or stop it.'}"
            )
        path = Path(self._judged.bundle)
        if not path.is_file():
            raise SearchError(
                f"The bundle of {self._what()} is not there any more{f', at {path}' if self._judged.bundle else ''}: the run folder was "
                "moved or deleted, or the search was resumed and has found better ones since; its `best` is the present one."
            )
        return path

    def summary(self) -> str:
        """Which trials it is of, and its figures, in a line."""
        return f"{self._what()}, {self._figures()}"

    def _figures(self) -> str:
        held = "not judged yet" if self.holdout is None else f"{self.holdout:.4f}"
        return f"{self._metric}: validation {self.validation:.4f}, held-out {held}"

    def _what(self) -> str:
        if len(self.members) == 1:
            return f"trial {self.number}"
        return f"trials {', '.join(map(str, self.members))} averaged"

    def __repr__(self) -> str:
        return f"<Best: {self.summary()}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(path)}</td>{''.join(f'<td>{escape(str(g.get(path, str())))}</td>' for g in self.genotypes)}</tr>"
            for path in dict.fromkeys(path for genotype in self.genotypes for path in genotype)
        )
        what = self._what()
        return f"<p>{what[0].upper()}{what[1:]}. {escape(self._figures())}</p><table>{rows}</table>"


def _sums(costs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What several networks cost together; a figure that one of them lacks is left out."""
    names = ("parameters", "flops", "activations", "seconds", "epochs")
    return {
        n: sum(cost[n] for cost in costs) for n in names if all(cost.get(n) is not None for cost in costs)
    }
