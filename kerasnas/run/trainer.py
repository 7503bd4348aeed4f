"""Training candidates in this process: what the inline executor and the worker have in common.

Keras is loaded when it is first used.
"""

from __future__ import annotations

import importlib
import math
import traceback
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import EvaluationError, KerasnasError, SearchError
from ..objectives.costs import COSTS, needs_latency, refusal
from ..problems.calibration import Calibration, calibrate
from ..space import Genotype, Space
from .ensemble import NOBODY, Predictions, Team, member_name, pick
from .executor import Combination, Result, Retraining, Verdict, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..data.task_data import TaskData
    from ..evaluators import Evaluator
    from .folder import RunFolder

Report = Callable[[int, Mapping[str, float]], bool]
Pulse = Callable[[], bool]


def evaluator_json(evaluator: Evaluator) -> dict[str, Any]:
    """An evaluator as data, from which ``make_evaluator`` makes it again in another process."""
    return {"module": type(evaluator).__module__, **evaluator.to_json()}


def make_evaluator(data: Mapping[str, Any]) -> Evaluator:
    """The inverse of ``evaluator_json``.

    Raises:
        SearchError: If its module cannot be imported here.
    """
    from .. import evaluators

    try:
        importlib.import_module(data["module"])
    except ImportError as error:
        raise SearchError(
            f"The evaluator '{data['name']}' is of the module '{data['module']}', which the worker cannot import: {error}. Put it into "
            f"a module beside your script, or use executor='inline'."
        ) from error
    return evaluators.from_json(data)


@contextmanager
def explained() -> Iterator[None]:
    """Turn whatever training raises into an ``EvaluationError`` that carries its trace."""
    try:
        yield
    except EvaluationError as error:
        error.trace = traceback.format_exc()  # type: ignore[attr-defined]
        raise
    except (Exception, MemoryError) as error:
        kind = "out_of_memory" if isinstance(error, MemoryError) else "exception"
        wrapped = EvaluationError(
            str(error) if isinstance(error, KerasnasError) else f"{type(error).__name__}: {error}", kind
        )
        wrapped.trace = traceback.format_exc()  # type: ignore[attr-defined]
        raise wrapped from error


class Trainer:
    """Trains candidates of one space on one task's rows.

    Args:
        space: Where genotypes come from.
        data: The rows.
        evaluator: How candidates are judged.
        seed: The search's.
        folder: Its run folder.
        limits: Of the search; those that can only be measured are held to here.
        minimise: Costs that are objectives.
    """

    def __init__(
        self, space: Space, data: TaskData, evaluator: Evaluator, seed: int, folder: RunFolder, *,
        limits: Mapping[str, float] | None = None, minimise: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.space, self.data, self.evaluator = space, data, evaluator
        self.folder, self.predictions = folder, Predictions(folder.predictions, data.direction)
        self._limits = {n: limit for n, limit in (limits or {}).items() if COSTS[n].measured}
        self._measures = needs_latency(limits or {}, minimise)
        self._row: dict[str, Any] = {}
        evaluator.prepare(space, data, seed=seed)

    def evaluate(self, work: Work, report: Report, pulse: Pulse) -> Result:
        """See ``Executor.evaluate``; ends after ``work.most_epochs``, and is complete after ``work.epochs``.

        Raises:
            EvaluationError: If the candidate cannot be judged.
        """
        complete = False

        def tell(epoch: int, metrics: Mapping[str, float]) -> bool:
            nonlocal complete
            go_on = report(epoch, metrics)
            complete = go_on and epoch == work.epochs
            return go_on and not complete and (work.most_epochs is None or epoch < work.most_epochs)

        with explained():
            genotype = self.space.validate(work.genotype)
            measured = self._measured(genotype)
            over = refusal(self._limits, measured)
            if over is not None:
                return Result(math.nan, {}, {**measured, "epochs": 0}, 0, 0, refused=over)
            self.evaluator.checkpoint = self.folder.checkpoint(work.number)
            self.evaluator.asked_epochs = work.epochs
            outcome = self.evaluator.evaluate(genotype, seed=work.seed, report=tell, pulse=pulse)
            if outcome.predictions is not None and math.isfinite(outcome.value):
                self.predictions.keep(work.number, outcome.value, outcome.predictions)
        stopped = outcome.stopped and not complete
        return Result(
            outcome.value,
            outcome.metrics,
            {**outcome.cost, **measured},
            outcome.epochs,
            outcome.best_epoch,
            stopped,
        )

    def _measured(self, genotype: Genotype) -> dict[str, Any]:
        """What only a built model tells of a candidate; nothing where nobody asks for it."""
        if not self._measures:
            return {}
        from .. import backend
        from ..evaluators.batches import dense_where_small
        from ..evaluators.latency import latency

        names = [name for name in self.space.plan(genotype).inputs if name not in self._row]
        rows = self.data.inputs(names, "train") if names else {}
        self._row.update(dense_where_small({name: array[:1] for name, array in rows.items()}))
        model = self.space.build(genotype)
        try:
            return latency(model, {tensor.name: self._row[tensor.name] for tensor in model.inputs})
        finally:
            del model
            backend.current().release()

    def judge(self, work: Retraining, report: Report, pulse: Pulse) -> Verdict:
        """See ``Executor.judge``.

        Raises:
            EvaluationError: If it cannot be trained, or its bundle not be written.
        """
        from ..evaluators.final import judge
        from ..export import save_bundle

        with explained():
            genotype = self.space.validate(work.genotype)
            calibration = self._calibration([work.number])
            judged = judge(
                self.space, genotype, self.data, seed=work.seed, epochs=work.epochs,
                max_epochs=max(work.schedule or 0, int(getattr(self.evaluator, "longest", work.epochs))), report=report, pulse=pulse,
                checkpoint=self.folder.final_checkpoint, calibration=calibration,
            )  # fmt: skip
            if judged.stopped:
                return Verdict(None, {}, "", stopped=True)
            holdout = float(judged.holdout) if judged.holdout == judged.holdout else None
            card = {
                **work.card, "holdout": holdout, "metrics": dict(judged.metrics), "epochs": judged.epochs, "calibration": judged.calibration,
            }  # fmt: skip
            model = self.space.build(genotype)  # without the optimizer and losses of its training
            model.set_weights(judged.model.get_weights())
            path = save_bundle(
                work.bundle, model=model, space=self.space, genotypes=[genotype], data=self.data, card=card,
                temperature=1.0 if calibration is None else calibration.temperature,
            )  # fmt: skip
            del judged, model
            from .. import backend

            backend.current().release()
        return Verdict(holdout, card["metrics"], str(path))

    def _calibration(self, numbers: Sequence[int]) -> Calibration | None:
        """The temperature of some trials' average, by what their networks said of the validation rows; None where that was not kept."""
        known = self.predictions.read(numbers)
        if len(known) < len(numbers):
            return None
        kind = self.data.kind
        said = kind.average(list(known.values())) if len(known) > 1 else next(iter(known.values()))
        return calibrate(kind, self.data.targets("validation"), said)

    def pick(self, numbers: Sequence[int], most: int) -> Team:
        """See ``Executor.pick``."""
        with explained():
            targets = self.data.targets("validation")
            known = self.predictions.read(numbers)
            if numbers and numbers[0] not in known:
                return NOBODY
            members = pick(known, self.data.kind, targets, most)
            if not members:
                return NOBODY
            said = self.data.kind.average([known[number] for number in members])
            return Team(members, self.data.score(targets, said))

    def combine(self, work: Combination) -> Verdict:
        """See ``Executor.combine``.

        Raises:
            EvaluationError: If a finalist's bundle cannot be read, or theirs not be written.
        """
        from .. import backend
        from ..evaluators.final import held_out
        from ..export import averaged, load, save_bundle

        with explained():
            members = {
                n: load(path, custom_objects=self.space.named_objects()) for n, path in work.members.items()
            }
            model = averaged({member_name(n): member.model for n, member in members.items()})
            calibration = self._calibration(list(members))
            value, metrics, told = held_out(
                model, self.data, [tensor.name for tensor in model.inputs], calibration
            )
            holdout = value if math.isfinite(value) else None
            path = save_bundle(
                work.bundle,
                model=model,
                space=self.space,
                genotypes=[self.space.validate(member.genotype) for member in members.values()],
                names=[member_name(n) for n in members],
                data=self.data,
                card={**work.card, "holdout": holdout, "metrics": metrics, "calibration": told},
                temperature=1.0 if calibration is None else calibration.temperature,
            )
            del model, members
            backend.current().release()
        return Verdict(holdout, metrics, str(path))
