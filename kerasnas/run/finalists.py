"""The end of a search: its best are retrained on train+validation and judged once on rows that it never saw.

Their rank is that of the search, by the validation rows: choosing among them by the held-out figure would
spoil that figure.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import EvaluationError
from ..space import Genotype
from .control import LoopControl
from .executor import GO, PAUSE, STOP, Retraining, Verdict, WorkerDied

if TYPE_CHECKING:
    from meta_store import TrialRecord

    from .loop import Loop

SHORT = 200  # letters of an error that stand in the search's reason

log = logging.getLogger("kerasnas.run")


class FinalControl(LoopControl):
    """A stop that ended the trials lets the finalists be judged; one that comes now ends that too."""

    stopping = False

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
    """Judge the best of a search that has no verdict yet; returns what there is to say about it."""
    search_id, rules = loop.lease.search_id, loop.rules
    ranked = loop.history.ranked()
    known = {final.number: final for final in loop.store.finals(search_id)}
    for rank, record in enumerate(ranked, start=1):
        final = known.get(record.number)
        if final is not None and final.rank != rank:
            loop.store.put_final(loop.lease, replace(final, rank=rank))
    wanted = [r for r in ranked[: rules.finalists] if r.number not in known]
    if not wanted:
        return []
    loop.store.set_search_state(loop.lease, "finalising")
    control = FinalControl(
        loop.store, loop.lease, loop.desk, loop.watch, loop.clock, loop.history, loop.executor
    )
    control.stopping = loop.desk.wish == STOP
    notes: list[str] = []
    judged = len(known)
    for record in wanted:
        late = loop.budget.minutes is not None and loop.watch.seconds >= 60 * loop.budget.minutes
        if judged and late:
            notes.append(f"Finalist {record.number} was not retrained: the time was over.")
            continue
        control.begin(record.number, f"retrains finalist {record.number}", state="finalising")
        control.progress(f"retrains finalist {record.number}")
        try:
            verdict = _judge(loop, record, control)
        except EvaluationError as error:
            log.warning("finalist %d: %s", record.number, error)
            notes.append(f"Finalist {record.number} could not be judged: {_short(error)}")
            continue
        if verdict.stopped:
            notes.append("The finalists were not all judged: the search was stopped.")
            break
        _store(loop, record, 1 + ranked.index(record), verdict)
        judged += 1
    return notes


def _short(error: Exception) -> str:
    line = str(error).partition("\n")[0]
    return line if len(line) <= SHORT else f"{line[:SHORT]} ... (the log has it whole)"


def _judge(loop: Loop, record: TrialRecord, control: FinalControl) -> Verdict:
    work = Retraining(
        record.number, Genotype(record.genotype), record.seed, int(record.cost.get("best_epoch") or record.cost.get("epochs") or 1),
        loop.rules.bundles / f"trial-{record.number}.kn",
        {**loop.rules.card, "trial": record.number, "validation": record.value, "seed": record.seed, "origin": record.origin},
    )  # fmt: skip
    try:
        return loop.executor.judge(work, control)
    except WorkerDied as died:
        log.warning("finalist %d: %s", record.number, died)
        return loop.executor.judge(work, control)


def _store(loop: Loop, record: TrialRecord, rank: int, verdict: Verdict) -> None:
    from meta_store import FinalRecord

    holdout = verdict.holdout if verdict.holdout is not None and math.isfinite(verdict.holdout) else None
    loop.store.put_final(
        loop.lease,
        FinalRecord(
            loop.lease.search_id,
            record.number,
            rank,
            float(record.value or 0.0),
            holdout,
            dict(verdict.metrics),
            verdict.bundle,
            record.seed,
        ),
    )
    said = "no held-out rows" if holdout is None else f"held-out {holdout:.4f}"
    log.info("finalist %d: validation %.4f, %s", record.number, record.value, said)
