"""The past as a hint: what to try first, and when to stop listening.

The one door to ``meta_store``'s transfer parts. Past decisions are mapped onto the space at hand by path.
"""

from __future__ import annotations

import copy
import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from meta_store import GateRecord, Lease, Store, TaskRecord, TransferRecord, TrialRecord
from meta_store.features import (
    describe_pictures,
    describe_sounds,
    describe_table,
    describe_target,
    describe_texts,
)
from meta_store.gate import DOUBTED, DROPPED, KEPT, LEAST_POINTS, YOUNG, Gate
from meta_store.portfolio import portfolio
from meta_store.similarity import distance, scales
from meta_store.surrogate import Source, predict, ranked

from . import problems
from .space import Genotype, Space
from .strategies.base import PORTFOLIO, Proposal, Strategy, Trial

if TYPE_CHECKING:
    from .data.task_data import TaskData
    from .task import Task

NEAREST = 5
SIZE = 8
LEAST_TRIALS = 3
LEAST_COVERAGE = 0.3
MOST_RANKS = 48


def task_features(data: Task | TaskData) -> dict[str, dict[str, float]]:
    """A task in numbers, by modality: training rows only, a second or two at most.

    Args:
        data: The task, or its rows.
    """
    rows: Any = data.data() if hasattr(data, "data") else data
    targets = rows.kind.codes(rows.targets("train"))
    problem = "regression" if rows.kind.numeric else rows.problem
    total = sum(rows.rows(part) for part in ("train", "validation", "holdout"))
    out = {"task": describe_target(targets, problem, total)}
    views = rows.views

    def view(name: str) -> Any:
        return rows.inputs([name], "train")[name] if name in views else None

    if "text_tfidf" in views or "text_tokens" in views:
        out["text"] = describe_texts(view("text_tokens"), view("text_tfidf"), targets, problem)
    if "table_numbers" in views or "table_categories" in views:
        out["table"] = describe_table(view("table_numbers"), view("table_categories"), targets, problem)
    pictures = [n for n, v in views.items() if v.modality == "image" and n.endswith("_pixels")]
    if pictures:
        out["image"] = describe_pictures(view(pictures[0]), targets, problem)
    sounds = [n for n, v in views.items() if v.modality == "audio" and n.endswith("_mel")]
    if sounds:
        out["audio"] = describe_sounds(view(sounds[0]), targets, problem)
    return out


def make_hint(store: Store, task: TaskRecord, space: Space, seed: int) -> dict[str, Any] | None:
    """What the store knows for a task that it may never have seen.

    Rows of the task itself (of its fingerprint) are left out: a hint that had seen the answers would prove
    nothing.

    Args:
        store: Past searches.
        task: The task at hand, with its features.
        space: Onto which past decisions are mapped.
        seed: Of the search; the hint itself takes no chances.

    Returns:
        Plain data: ``sources``, ``portfolio`` and ``ranks``; None where the store has nothing to say.
    """
    del seed
    others = [t for t in store.list_tasks() if t.fingerprint != task.fingerprint and t.features]
    scale = scales([t.features for t in [*others, task]])
    near = []
    for other in others:
        if problems.get(other.problem).numeric != problems.get(task.problem).numeric:
            continue
        d, parts = distance(task.features, other.features, scale)
        near.append((d, other, parts))
    near.sort(key=lambda x: (x[0], x[1].id))
    sources: list[Source] = []
    told: list[dict[str, Any]] = []
    for d, other, parts in near:
        mapped = _ranks(store, other, space) if math.isfinite(d) and len(told) < NEAREST else []
        if len(mapped) < LEAST_TRIALS:
            continue
        weight = math.exp(-d)
        sources.append(Source(other.name, weight, tuple((m["genotype"], m["rank"]) for m in mapped)))
        told.append(
            {
                "task": other.id,
                "name": other.name,
                "similarity": weight,
                "trials": len(mapped),
                "ranks": mapped,
                "differs": [[name, round(value, 3)] for name, value in parts[:3]],
            }
        )
    candidates: dict[str, dict[str, Any]] = {}
    for source in told:
        for entry in source["ranks"]:
            if entry["coverage"] >= LEAST_COVERAGE:
                key = Genotype(entry["genotype"]).key
                if key not in candidates or entry["rank"] < candidates[key]["rank"]:
                    candidates[key] = {**entry, "task": source["task"], "name": source["name"]}
    offered = sorted(candidates.values(), key=lambda e: (e["rank"], e["search"], e["trial"]))[:MOST_RANKS]
    picked = portfolio([e["genotype"] for e in offered], sources, SIZE)
    if not picked:
        return None
    return {
        "direction": task.direction,
        "sources": told,
        "portfolio": [{**offered[i], "expected": round(mean, 4)} for i, mean in picked],
    }


def _ranks(store: Store, task: TaskRecord, space: Space) -> list[dict[str, Any]]:
    """Candidates of a past task, mapped onto this space, with their ranks in their search."""
    best: dict[str, dict[str, Any]] = {}
    for search in store.list_searches(task_id=task.id):
        done = [t for t in store.trials(search.id) if t.state == "completed" and t.value is not None]
        if len(done) < LEAST_TRIALS:
            continue
        for trial, rank in zip(
            done, ranked([float(t.value or 0.0) for t in done], task.direction), strict=True
        ):
            genotype, coverage = space.adapt(trial.genotype)
            entry = {
                "genotype": genotype.to_json(),
                "rank": round(rank, 6),
                "coverage": round(coverage, 4),
                "search": search.id,
                "trial": trial.number,
                "value": trial.value,
            }
            known = best.get(genotype.key)
            if known is None or coverage > known["coverage"]:
                best[genotype.key] = entry
    return _spread(sorted(best.values(), key=lambda e: (e["rank"], e["search"], e["trial"])))


def _spread(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most ``MOST_RANKS`` entries: the best third of that many, and the rest evenly from good to bad.

    Only the best would not do: a past that has forgotten what failed cannot say what to expect of a
    candidate.
    """
    if len(entries) <= MOST_RANKS:
        return entries
    top = MOST_RANKS // 3
    rest = entries[top:]
    step = (len(rest) - 1) / (MOST_RANKS - top - 1)
    return entries[:top] + [rest[round(i * step)] for i in range(MOST_RANKS - top)]


def note_transfers(store: Store, lease: Lease, hint: Mapping[str, Any]) -> None:
    """Note in the store what a search takes from others, once.

    Args:
        store: Where the search is.
        lease: Of the search.
        hint: As ``make_hint`` gave it.
    """
    if store.transfer_events(lease.search_id):
        return
    for entry in hint["portfolio"]:
        details = {"task": entry["task"], "rank": entry["rank"], "coverage": entry["coverage"]}
        store.record_transfer(
            lease, TransferRecord(lease.search_id, entry["search"], entry["trial"], PORTFOLIO, details)
        )


class WarmStart(Strategy):
    """A strategy with a past: portfolio and cold proposals in turn, and a gate that may drop the past.

    The past gets every second slot while it is young, three of four when the gate keeps it, one of three in
    doubt and none once it is dropped. It is judged on the cold proposals alone. There are two copies of the
    given strategy: one is told of everything and proposes while the past is kept; the other is told of cold
    trials only, proposes while the past has to prove itself, and goes on alone when it is dropped, together
    with those portfolio trials that were no worse than the cold ones. So a past that misleads costs the
    slots that it had, and nothing after.

    Args:
        strategy: The cold arm, fresh.
        hint: As ``make_hint`` gave it.
        space: Where to search.
        seed: With the told history it fixes every proposal.
        direction: "max" or "min".

    Attributes:
        gate_events: One record for each test of the past, in order.
    """

    name = "warm_start"

    def __init__(
        self, strategy: Strategy, hint: Mapping[str, Any], space: Space, seed: int, direction: str
    ) -> None:
        super().__init__(space, seed=seed, direction=direction)
        self.hint = hint
        self.gate_events: list[GateRecord] = []
        self._informed = strategy
        self._cold = copy.deepcopy(strategy, {id(strategy.space): strategy.space})
        self._portfolio = [Genotype(e["genotype"]) for e in hint["portfolio"]]
        self._sources = [
            Source(s["name"], s["similarity"], tuple((e["genotype"], e["rank"]) for e in s["ranks"]))
            for s in hint["sources"]
        ]
        self._gate = Gate(direction)

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        if self._past_has(number):
            for genotype in self._portfolio:
                if genotype.key not in self._seen:
                    return Proposal(genotype, PORTFOLIO)
        arm = self._informed if self._gate.verdict.state == KEPT else self._cold
        return arm._propose(rng, number)

    def _past_has(self, number: int) -> bool:
        state = self._gate.verdict.state
        if state == KEPT:
            return number % 4 != 0
        return number % 2 == 1 if state == YOUNG else state == DOUBTED and number % 3 == 1

    def _told(self, trial: Trial) -> None:
        self._informed.tell(trial)
        if trial.origin == PORTFOLIO:
            return
        self._cold.tell(trial)
        if trial.value is None or self._gate.verdict.state == DROPPED:
            return
        verdict = self._gate.add(predict(trial.genotype, self._sources), float(trial.value))
        details = {"points": verdict.points, "suspicion": round(verdict.suspicion, 4)}
        self.gate_events.append(GateRecord("", trial.number, verdict.tau, verdict.state, details))
        if verdict.state == DROPPED:
            self._go_on_alone()

    def _go_on_alone(self) -> None:
        """Tell the cold arm of those portfolio trials that the past need not be ashamed of."""
        done = self.completed()
        cold = [float(t.value or 0.0) for t in done if t.origin != PORTFOLIO]
        for trial in done:
            if trial.origin == PORTFOLIO and not self.better(
                statistics.median(cold), float(trial.value or 0.0)
            ):
                self._cold.tell(trial)


@dataclass(frozen=True)
class Explanation:
    """What was taken from the past, from which task, and what became of it.

    Attributes:
        text: In sentences.
        rows: One a portfolio candidate: past task, its rank there, coverage, and its trial and value here.
    """

    text: str
    rows: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def table(self) -> Any:
        """The rows as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def _repr_html_(self) -> str:
        shown = self.table().to_html(index=False) if self.rows else ""
        return f"<p>{escape(self.text).replace(chr(10), '<br>')}</p>{shown}"


def explain(
    hint: Mapping[str, Any] | None, trials: Sequence[TrialRecord], gate: Sequence[GateRecord]
) -> Explanation:
    """Say what a warm start took and what became of it.

    Args:
        hint: As stored with the search.
        trials: Of the search.
        gate: The tests of the past.
    """
    if not hint:
        return Explanation(
            "This search started cold: the store held no search of another task that fits this space.",
            (),
        )
    lines = []
    for source in hint["sources"]:
        differs = ", ".join(f"{name} ({value:.1f})" for name, value in source["differs"])
        lines.append(
            f"Past task '{source['name']}', similarity {source['similarity']:.2f}, "
            f"{source['trials']} candidates; differs most in {differs}."
        )
    done = {Genotype(t.genotype).key: t for t in trials}
    rows = []
    for entry in hint["portfolio"]:
        trial = done.get(Genotype(entry["genotype"]).key)
        rows.append(
            {
                "past task": entry["name"],
                "past trial": entry["trial"],
                "past rank": entry["rank"],
                "coverage": entry["coverage"],
                "trial": None if trial is None else trial.number,
                "state": "not tried" if trial is None else trial.state,
                "value": None if trial is None else trial.value,
            }
        )
    tried = [r for r in rows if r["trial"] is not None]
    lines.append(f"{len(rows)} past candidates were put first in line; {len(tried)} were tried.")
    completed = [t for t in trials if t.value is not None]
    if completed:
        sign = 1.0 if hint["direction"] == "max" else -1.0
        best = max(completed, key=lambda t: sign * float(t.value or 0.0))
        source = "came from the past" if best.origin == PORTFOLIO else f"was found here ({best.origin})"
        lines.append(f"The best candidate so far, trial {best.number} with {best.value:.4g}, {source}.")
    lines.append(_gate_story(gate))
    return Explanation("\n".join(lines), tuple(rows))


def _gate_story(gate: Sequence[GateRecord]) -> str:
    if not gate:
        return f"The past is on trial: {LEAST_POINTS} candidates chosen without it will judge it."
    last = gate[-1]
    points, tau = last.details.get("points"), "none" if last.statistic is None else f"{last.statistic:.2f}"
    if last.verdict == DROPPED:
        return (
            f"The past was dropped after trial {last.trial_number}: on {points} candidates chosen without "
            f"it, its order agreed too little with what was observed (tau {tau})."
        )
    if last.verdict == KEPT:
        return f"The past is kept: on {points} candidates chosen without it, its order agreed (tau {tau})."
    if last.verdict == DOUBTED:
        return f"The past is in doubt: on {points} candidates chosen without it, tau is only {tau}."
    return f"The past is on trial: {points} of the {LEAST_POINTS} candidates needed to judge it are done."
