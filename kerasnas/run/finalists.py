"""The end of a search: its best are retrained on train+validation and judged once on rows that it never saw.

Those whose average does better on the validation rows than the best alone come first, and their average is then the search's
result. With several objectives the finalists are spread along the front instead, the best by metric first. Rank and team are of the validation rows: choosing by the held-out figure would spoil that figure.
"""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import EvaluationError
from ..objectives.pareto import spread
from ..space import Genotype
from .attempts import MOST
from .control import LoopControl
from .ensemble import NOBODY, Team
from .executor import GO, PAUSE, STOP, Combination, Retraining, Verdict, WorkerDied
from .history import EPOCHS
from .lineage import lineage
from .views import held_out, on_front

if TYPE_CHECKING:
    from meta_store import FinalRecord, TrialRecord

    from .loop import Loop
    from .rules import Rules

ENSEMBLE = "ensemble.kn"
SHORT = 200  # letters of an error that stand in the search's reason

T = TypeVar("T")

log = logging.getLogger("kerasnas.run")


class FinalControl(LoopControl):
    """A stop that ended the trials lets the finalists be judged; one that comes now ends that too.

    Epochs of a retraining are no trial's: they are counted here and shown, and neither stored nor taken from the budget.
    """

    stopping = False
    reached = 0

    def retrains(self, number: int) -> None:
        """A finalist is about to be retrained."""
        self.begin(number, f"retrains finalist {number}", state="finalising")
        self.reached = 0
        self.progress(f"retrains finalist {number}")

    def epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """See ``executor.Control``."""
        del metrics
        self.reached = epoch
        self._doing = f"retrains finalist {self._number} (epoch {epoch})"

    def tick(self) -> str:
        """See ``executor.Control``."""
        wish = self._desk.read(self._number)
        self.note()
        if self._desk.again() or (wish == STOP and not self.stopping):
            return STOP
        if wish == PAUSE:
            return PAUSE
        if not self._held:
            self._desk.effected(GO, "It goes on.", self._number)
        return GO


def judge_finalists(loop: Loop) -> list[str]:
    """Judge the best of a search, each alone and those that go together as one; returns what there is to say about it."""
    search_id, rules = loop.lease.search_id, loop.rules
    ranked = {record.number: record for record in loop.history.ranked()}
    places = {number: place for place, number in enumerate(ranked, start=1)}
    judged = {final.number: final for final in loop.store.finals(search_id)}
    for number, final in judged.items():
        if number in places and final.rank != places[number]:
            judged[number] = replace(final, rank=places[number])
            loop.store.put_final(loop.lease, judged[number])
    loop.store.set_search_state(loop.lease, "finalising")
    control = FinalControl(
        loop.store, loop.lease, loop.desk, loop.watch, loop.clock, loop.history, loop.executor
    )
    control.stopping = loop.desk.wish == STOP
    team = _team(loop, list(ranked), control)
    wanted = list(dict.fromkeys([*team.members, *along_front(loop.history.ranked(), rules), *ranked]))[
        : rules.finalists
    ]
    notes: list[str] = []
    for number in wanted:
        if number in judged and judged[number].bundle:
            continue
        late = loop.budget.minutes is not None and loop.watch.seconds >= 60 * loop.budget.minutes
        if judged and late:
            notes.append(f"Finalist {number} was not retrained: the time was over.")
            continue
        control.retrains(number)
        try:
            verdict = _judge(loop, ranked[number], control)
        except EvaluationError as error:
            log.warning("finalist %d: %s", number, error)
            notes.append(f"Finalist {number} could not be judged: {_short(error)}")
            loop.executor.closed(number)
            continue
        if verdict.stopped:
            return [*notes, "The finalists were not all judged: the search was stopped."]
        judged[number] = _store(loop, ranked[number], places[number], verdict)
        loop.executor.closed(number)
    there = [number for number in ranked if number in judged and judged[number].bundle]
    if not set(team.members) <= set(there):
        team = _team(loop, there, control)
    notes += _combine(loop, team, judged, control)
    _prune(loop, judged)
    return notes


def along_front(ranked: Sequence[TrialRecord], rules: Rules) -> list[int]:
    """Numbers of the trials on the front from the best by metric to its other end, evenly spread where there are more than finalists.

    Args:
        ranked: Trials that have a value, the best first.
        rules: The search's; with one objective the front is nobody's.
    """
    if not rules.minimise:
        return []
    on = on_front(ranked, rules.minimise, rules.direction)
    return spread([record.number for record in ranked if record.number in on], rules.finalists)


def _team(loop: Loop, numbers: list[int], control: FinalControl) -> Team:
    """Which trials, the best first, are averaged; nobody where no ensemble is wished or none can be chosen.

    With several objectives there is none either: an average costs as much as all its members together.
    """
    most = loop.rules.finalists if loop.rules.ensemble and not loop.rules.minimise else 1
    if most < 2 or len(numbers) < 2:
        return NOBODY
    try:
        return _patiently(
            lambda: loop.executor.pick(numbers, most, control), "the choice of an ensemble", control
        )
    except EvaluationError as error:
        log.warning("no ensemble: %s", error)
        return NOBODY


def _combine(loop: Loop, team: Team, judged: Mapping[int, FinalRecord], control: FinalControl) -> list[str]:
    """Make the ensemble the search's result, or take away one that no longer is; returns what there is to say."""
    from meta_store import EnsembleRecord

    search_id = loop.lease.search_id
    known = loop.store.ensemble(search_id)
    if known is not None and known.members == team.members:
        return []
    if known is not None:
        loop.store.put_ensemble(loop.lease, None)
    if not team.members:
        return []
    control.begin(team.members[0], "averages finalists", state="finalising")
    control.progress("averages finalists")
    bundles = {number: Path(judged[number].bundle) for number in team.members}
    of = {record.number: record for record in loop.history.ranked()}
    card = {
        **loop.rules.card,
        "trials": list(team.members),
        "validation": team.validation,
        "lineage": [_lineage(loop, of[number]) for number in team.members],
    }
    work = Combination(bundles, loop.rules.bundles / ENSEMBLE, card)
    try:
        verdict = _patiently(lambda: loop.executor.combine(work, control), "the ensemble", control)
    except EvaluationError as error:
        log.warning("ensemble: %s", error)
        return [f"Finalists {list(team.members)} could not be averaged: {_short(error)}"]
    if verdict.stopped:
        return ["The finalists were not averaged: the search was stopped."]
    made = EnsembleRecord(
        search_id,
        team.members,
        team.validation,
        _finite(verdict.holdout),
        dict(verdict.metrics),
        verdict.bundle,
    )
    loop.store.put_ensemble(loop.lease, made)
    log.info(
        "ensemble of %s: validation %.4f, %s", list(team.members), team.validation, held_out(made.holdout)
    )
    return []


def _prune(loop: Loop, judged: Mapping[int, FinalRecord]) -> None:
    """Keep the bundles of the best finalists and of the ensemble with its members; those of earlier rounds go, their figures stay."""
    made = loop.store.ensemble(loop.lease.search_id)
    best = sorted(judged.values(), key=lambda final: final.rank)[: loop.rules.finalists]
    members = made.members if made else ()
    keep = {final.number for final in best} | set(members)
    for final in judged.values():
        if final.bundle and final.number not in keep:
            loop.store.put_final(loop.lease, replace(final, bundle=""))
    kept = {f"trial-{number}.kn" for number in keep} | ({ENSEMBLE} if made else set())
    for pattern in ("trial-*.kn", ENSEMBLE):
        for file in loop.rules.bundles.glob(pattern):
            if file.name not in kept:
                file.unlink()
                log.info("%s is of an earlier round of finalists and goes", file.name)
        for unfinished in loop.rules.bundles.glob(f".{pattern}.*"):  # by a worker that died
            shutil.rmtree(unfinished)


def _short(error: Exception) -> str:
    line = str(error).partition("\n")[0]
    return line if len(line) <= SHORT else f"{line[:SHORT]} ... (the log has it whole)"


def _judge(loop: Loop, record: TrialRecord, control: FinalControl) -> Verdict:
    work = Retraining(
        record.number, Genotype(record.genotype), record.seed, int(record.cost.get("best_epoch") or record.cost.get("epochs") or 1),
        loop.rules.bundles / f"trial-{record.number}.kn",
        {**loop.rules.card, "trials": [record.number], "validation": record.value, "seed": record.seed, "lineage": [_lineage(loop, record)]},
        record.cost.get(EPOCHS),
    )  # fmt: skip
    return _patiently(lambda: loop.executor.judge(work, control), f"finalist {record.number}", control)


def _lineage(loop: Loop, record: TrialRecord) -> dict[str, Any]:
    return lineage(record, getattr(loop.strategy, "hint", None))


def _patiently(call: Callable[[], T], about: str, control: FinalControl) -> T:
    """Do it, and again where the worker died over it, unless that happens in a row without a further epoch; see ``attempts``."""
    furthest, deaths = control.reached, 0
    while True:
        try:
            return call()
        except WorkerDied as died:
            log.warning("%s: %s", about, died)
            deaths = 1 if control.reached > furthest else deaths + 1
            furthest = max(furthest, control.reached)
            if deaths >= MOST["worker"]:
                raise


def _store(loop: Loop, record: TrialRecord, rank: int, verdict: Verdict) -> FinalRecord:
    from meta_store import FinalRecord

    final = FinalRecord(
        loop.lease.search_id,
        record.number,
        rank,
        float(record.value or 0.0),
        _finite(verdict.holdout),
        dict(verdict.metrics),
        verdict.bundle,
        record.seed,
    )
    loop.store.put_final(loop.lease, final)
    log.info("finalist %d: validation %.4f, %s", record.number, record.value, held_out(final.holdout))
    return final


def _finite(figure: float | None) -> float | None:
    return figure if figure is not None and math.isfinite(figure) else None
