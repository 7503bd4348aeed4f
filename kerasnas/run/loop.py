"""The search's loop: ask, refuse, open, train, close, tell. It knows neither processes nor Keras.

Order of one trial: the store has it as running before it is trained, and as closed before the strategy hears
of it. So whatever dies at whatever moment, a new loop over the same store replays the closed trials into a
fresh strategy, trains what was running to its end, under the same number and seed, and goes on to the same end.

Where candidate after candidate fails alike, the loop pauses and says why: something is amiss that a person can mend. It goes on when it
is resumed, and ends as stopped where nobody cares for an hour.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EvaluationError, GenotypeError, SearchError, SpaceError
from ..space import Genotype, Space
from ..strategies import Proposal, Strategy
from .attempts import interrupted
from .budget import Budget
from .clock import Clock, Stopwatch, SystemClock
from .commands import Desk
from .control import LoopControl
from .executor import PAUSE, STOP, Executor, Result, Work, WorkerDied
from .finalists import judge_finalists
from .history import EPOCHS, History, told, trial_seed
from .lineage import past
from .rules import Rules, costs
from .share import Cause, ended

if TYPE_CHECKING:
    from meta_store import Lease, Store, TrialRecord

log = logging.getLogger("kerasnas.run")

MOST_IDLE = 500  # proposals in a row that trained nothing: the space holds no more, or no candidate is within the limits
MOST_FAILED = 8  # candidates in a row that failed in the same words: it is not the candidate
MOST_WAITED = 3600.0  # seconds that a search that paused itself waits for somebody before it ends
RESERVE = 0.4  # at most this share of the minutes is kept back for the finalists


class Loop:
    """One search, from wherever its store says it is to its end.

    Args:
        store: The history.
        lease: Of the search; every write carries it.
        space: Where to search.
        strategy: Fresh; it is told the history here.
        executor: Where candidates are trained.
        rules: What is asked.
        clock: Where time comes from.
    """

    def __init__(
        self,
        store: Store,
        lease: Lease,
        space: Space,
        strategy: Strategy,
        executor: Executor,
        rules: Rules,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.store, self.lease, self.space, self.strategy, self.executor, self.rules = (
            store,
            lease,
            space,
            strategy,
            executor,
            rules,
        )
        self.clock = clock or SystemClock()
        record = store.get_search(lease.search_id)
        self.budget = Budget.of(record.budget)
        stored = store.trials(lease.search_id)
        self.history = History((r for r in stored if r.state != "running"), rules.direction)
        self.interrupted = [r for r in stored if r.state == "running"]
        self.next = 1 + max((r.number for r in stored), default=-1)
        self.watch = Stopwatch(self.clock, float(record.progress.get("seconds") or 0.0))
        self.desk = Desk(store, lease, self.clock)
        self.control = LoopControl(
            store,
            lease,
            self.desk,
            self.watch,
            self.clock,
            self.history,
            executor,
            self._over,
            self._ended,
        )
        self._tests = len(store.gate_history(lease.search_id))

    def run(self) -> str:
        """Search until a limit, a stop or the end of the space; judge the finalists; returns the final state.

        Raises:
            SearchError: If the search cannot go on; its state is then ``failed``, with the reason.
            LeaseLost: If another runner took over.
        """
        self.store.set_search_state(self.lease, "running")
        self.desk.begin()
        self._take_budget()
        self.strategy.replay(self.history.told(), asked=self.next)
        log.info(
            "search %s: %d trials known, budget %s",
            self.lease.search_id,
            len(self.history.records),
            self.budget,
        )
        reason = self._search()
        stopped = self.desk.wish == STOP
        if stopped:
            self.store.set_search_state(self.lease, "stopping", reason)
            self.desk.effected(STOP, "The search ends.", self.next - 1)
        if not self.history.ranked():
            errors = [r.error for r in self.history.records.values() if r.state == "failed" and r.error]
            if errors and not stopped:
                raise SearchError(
                    f"No candidate could be trained. The last error: {errors[-1].get('message', errors[-1])}"
                )
        elif self.rules.finalists and not self.desk.again():
            reason = " ".join([reason, *judge_finalists(self)])
        if self.desk.wish == STOP:
            self.desk.effected(STOP, "The search ends.", self.next - 1)
        state = "stopped" if self.desk.wish == STOP else "finished"
        self.control.progress("")
        self.desk.end()
        self.store.set_search_state(self.lease, state, reason)
        log.info("search %s: %s. %s", self.lease.search_id, state, reason)
        return state

    # -- the parts

    def _search(self) -> str:
        """Trial after trial; returns why it ended."""
        for record in self.interrupted:
            if self._wished() == STOP:
                self._close(record, state="stopped")
            elif (again := interrupted(record, "runner", len(record.curve))) is not None:
                self._train(again)
            else:
                message = (
                    f"It was tried {record.attempt} times, and time and again its runner died without it getting further; "
                    "it is not tried again."
                )
                self._close(record, state="failed", error={"kind": "runner_died", "message": message})
        idle = failed = 0
        words = ""
        while True:
            if self._wished() == STOP:
                return self.desk.why or (f"Stopped by {self.desk.who}." if self.desk.who else "Stopped.")
            spent = self.budget.spent(
                trials=self.history.trained,
                seconds=self.watch.seconds + self._reserve(),
                epochs=self.history.epochs,
            )
            if spent is not None:
                return spent
            if idle >= MOST_IDLE:
                return f"{MOST_IDLE} proposals in a row were refused or known: widen the limits or the space to go on."
            proposals = self.strategy.ask(1)
            if not proposals:
                return "The space is exhausted: every candidate has been tried."
            ended = self._trial(proposals[0])
            idle = 0 if ended.trained else idle + 1
            error = ended.error or {}
            said = (
                str(error.get("message", ""))
                if ended.state == "failed" and error.get("kind") != "nan"
                else ""
            )
            failed, words = (failed + 1 if said == words else 1, said) if said else (0, "")
            if failed >= MOST_FAILED:
                failed, words = 0, ""
                self.desk.pause(f"{MOST_FAILED} candidates in a row failed with the same error: {said}")

    def _wished(self) -> str:
        """What is wished between two trials; stands still here while that is a pause."""
        self.executor.ready(self.control)
        wish, since = self.control.tick(), self.clock.now()
        while wish == PAUSE:
            self.control.held(True)
            self.clock.sleep(0.05)
            if self.desk.why and self.clock.now() - since > MOST_WAITED:
                self.desk.give_up()
            wish = self.control.tick()
        self.control.held(False)
        self._take_budget()
        return self.desk.wish

    def _take_budget(self) -> None:
        if self.desk.budget is not None:
            self.budget, self.desk.budget = self.desk.budget, None
            self.store.update_budget(self.lease, self.budget.to_json())

    def _reserve(self) -> float:
        """Seconds kept back for the finalists."""
        if self.budget.minutes is None or not self.rules.finalists:
            return 0.0
        return min(
            RESERVE * 60 * self.budget.minutes,
            self.history.retraining_seconds(self.rules.finalists, self.rules.growth),
        )

    def _over(self) -> bool:
        """Whether the minutes are over while a candidate trains."""
        return (
            self.budget.minutes is not None
            and self.watch.seconds + self._reserve() >= 60 * self.budget.minutes
        )

    def _ended(self, curve: Sequence[Mapping[str, float]], first: float, now: float) -> Cause | None:
        """Why a candidate is ended in the midst of its training; see ``share``."""
        return ended(self.history, self.budget.minutes, curve, first=first, now=now)

    def _trial(self, proposal: Proposal) -> TrialRecord:
        from meta_store import TrialRecord

        genotype = proposal.genotype
        asked = {} if proposal.epochs is None else {EPOCHS: proposal.epochs}
        number, self.next = self.next, self.next + 1
        seed = trial_seed(self.rules.seed, number)
        record = TrialRecord(
            self.lease.search_id, number, dict(genotype), origin=proposal.origin, parents=tuple(proposal.parents), seed=seed, cost=asked,
        )  # fmt: skip
        self._record_transfer(record)
        known = self.history.answer(genotype, proposal.epochs)
        if known is not None:
            self.store.open_trial(self.lease, record)
            cost = {**known.cost, **asked, "same_as": known.number, "seconds": 0.0, "epochs": 0}
            return self._close(record, state="completed", value=known.value, metrics=known.metrics, cost=cost)
        try:
            told_cost = costs(self.space, genotype)
        except (GenotypeError, SpaceError) as error:
            self.store.open_trial(self.lease, record)
            return self._close(record, state="failed", error={"kind": "space", "message": str(error)})
        refusal = self.rules.refusal(told_cost)
        if refusal is not None:
            self.store.open_trial(self.lease, record)
            return self._close(
                record, state="refused", cost=told_cost, error={"kind": "limit", "message": refusal}
            )
        return self._train(replace(record, cost={**told_cost, **asked}))

    def _train(self, record: TrialRecord) -> TrialRecord:
        """Train an opened or interrupted trial; where its worker died, again, as ``attempts`` says."""
        left = None if self.budget.epochs is None else max(1, self.budget.epochs - self.history.epochs)
        work = Work(record.number, Genotype(record.genotype), record.seed, left, record.cost.get(EPOCHS))
        while True:
            self.store.open_trial(self.lease, record)
            self.control.begin(record.number, f"trial {record.number}")
            try:
                return self._judged(record, self.executor.evaluate(work, self.control))
            except WorkerDied as died:
                log.warning("trial %d, attempt %d: %s", record.number, record.attempt, died)
                again = interrupted(record, "worker", self.control.epochs)
                if again is None or self.desk.wish == STOP:
                    return self._close(record, state="failed", error=_error(died), cost=self._spent())
                record = again
            except EvaluationError as error:
                log.warning("trial %d failed: %s", record.number, error)
                return self._close(record, state="failed", error=_error(error), cost=self._spent())

    def _judged(self, record: TrialRecord, result: Result) -> TrialRecord:
        """Close a trial by what its training gave."""
        if result.refused:
            limit = {"kind": "limit", "message": result.refused}
            return self._close(record, state="refused", cost=result.cost, error=limit)
        cost = {**result.cost, "epochs": result.epochs, "best_epoch": result.best_epoch}
        value = None if math.isnan(result.value) else result.value
        if value is None and not result.stopped:
            raise EvaluationError("The evaluator gave no number as the candidate's value.", "nan")
        state = "stopped" if result.stopped else "completed"
        record = replace(record, curve=tuple(self.control.curve))
        error = self.control.cause if result.stopped else None
        return self._close(record, state=state, value=value, metrics=result.metrics, cost=cost, error=error)

    def _spent(self) -> dict[str, Any]:
        return {"epochs": self.control.epochs}

    def _close(
        self, record: TrialRecord, *, state: str, value: float | None = None, metrics: Mapping[str, Any] | None = None,
        cost: Mapping[str, Any] | None = None, error: Mapping[str, Any] | None = None,
    ) -> TrialRecord:  # fmt: skip
        """Store, then tell, then announce."""
        closed = replace(
            record,
            state=state,
            value=value,
            metrics=metrics or {},
            cost={**record.cost, **(cost or {})},
            error=error,
        )
        self.store.close_trial(
            self.lease,
            record.number,
            state=state,
            value=value,
            metrics=closed.metrics,
            cost=closed.cost,
            error=error,
        )
        self.executor.closed(record.number)
        self.history.add(closed)
        self.strategy.tell(told(closed))
        self._record_gate()
        self.control.end()
        log.info("trial %d %s%s", record.number, state, f": {value:.4f}" if value is not None else "")
        return closed

    def _record_transfer(self, record: TrialRecord) -> None:
        """Store from which past trial a candidate of the portfolio comes."""
        from meta_store import TransferRecord

        source = past(record, getattr(self.strategy, "hint", None))
        if source is None:
            return
        known = self.store.transfer_events(self.lease.search_id)
        if any(event.details.get("trial") == record.number for event in known):
            return
        details = {
            "trial": record.number,
            "task": source["task"],
            "rank": source["rank"],
            "coverage": source["coverage"],
        }
        self.store.record_transfer(
            self.lease,
            TransferRecord(self.lease.search_id, source["search"], source["trial"], "portfolio", details),
        )

    def _record_gate(self) -> None:
        """Store the tests of the past that a warm start has made since."""
        events = getattr(self.strategy, "gate_events", [])
        for event in events[self._tests :]:
            self.store.record_gate(self.lease, replace(event, search_id=self.lease.search_id))
        self._tests = max(self._tests, len(events))


def _error(error: EvaluationError) -> dict[str, Any]:
    return {"kind": error.kind, "message": str(error), "trace": getattr(error, "trace", "")}
