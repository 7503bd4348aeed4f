"""Hints: what they take, what they never see, and what becomes of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import meta_store
from kerasnas.space import Space
from kerasnas.strategies import Strategy, Trial, make
from kerasnas.testing.strategies import StrategyContract, conditional_space
from kerasnas.warmstart import MOST_RANKS, WarmStart, explain, make_hint, note_transfers
from meta_store import SearchRecord, SpaceRecord, Store, TaskRecord, TrialRecord

FEATURES = {"task": {"log_rows": 7.0, "log_classes": 1.1}, "table": {"log_columns": 2.0}}


def task(name: str, **changes: object) -> TaskRecord:
    given = {"features": FEATURES, **changes}
    return TaskRecord(
        name, f"print-{name}", name, ("table",), "multiclass", "accuracy", "max", 1000, 3, **given
    )  # type: ignore[arg-type]


def quality(genotype) -> float:
    """More layers and the deep kind are better."""
    return float(genotype["net/depth"]) + 2.0 * (genotype["net/kind"] == "deep") - float(genotype["net/rate"])


def remember(store: Store, record: TaskRecord, space: Space, sign: float = 1.0, trials: int = 20) -> str:
    store.put_task(record)
    store.put_space(SpaceRecord(space.fingerprint, "toy", 1, space.to_json()))
    search = store.create_search(
        SearchRecord("", record.id, space.fingerprint, "random", 0, {"trials": trials})
    )
    lease = store.acquire_lease(search, "test", pid=0, host="here")
    for number in range(trials):
        genotype = space.sample(number)
        store.open_trial(lease, TrialRecord(search, number, genotype.to_json()))
        store.close_trial(lease, number, state="completed", value=sign * quality(genotype))
    store.set_search_state(lease, "finished")
    store.release_lease(lease)
    return search


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with meta_store.open(tmp_path / "store.db") as opened:
        yield opened


def run(strategy: Strategy, sign: float = 1.0, steps: int = 30) -> list[Trial]:
    trials = []
    for number in range(steps):
        (proposal,) = strategy.ask(1)
        trial = Trial(
            number,
            proposal.genotype,
            "completed",
            sign * quality(proposal.genotype),
            proposal.origin,
            proposal.parents,
        )
        strategy.tell(trial)
        trials.append(trial)
    return trials


def warm(store: Store, space: Space, seed: int = 0) -> WarmStart:
    hint = make_hint(store, task("new"), space, seed)
    assert hint is not None
    return WarmStart(make("evolution", space, seed=seed), hint, space, seed, "max")


class TestContract(StrategyContract):
    @pytest.fixture(autouse=True)
    def _store(self, store: Store) -> None:
        self.store = store
        remember(store, task("past"), conditional_space())

    def make(self, space: Space, seed: int, direction: str = "max") -> Strategy:
        hint = make_hint(self.store, task("new"), space, seed)
        assert hint is not None
        return WarmStart(
            make("evolution", space, seed=seed, direction=direction), hint, space, seed, direction
        )


def test_an_empty_store_gives_no_hint(store: Store) -> None:
    assert make_hint(store, task("new"), conditional_space(), 0) is None
    assert "started cold" in explain(None, [], []).text


def test_the_past_comes_early_and_helps(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space)
    strategy = warm(store, space)
    trials = run(strategy)
    assert trials[1].origin == "portfolio"
    assert trials[1].value in sorted((quality(space.sample(n)) for n in range(20)), reverse=True)[:3]
    assert strategy.gate_events[-1].verdict == "kept"
    assert {t.origin for t in trials} >= {"default", "portfolio", "random"}


def test_a_past_that_misleads_is_dropped(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space, sign=-1.0)
    strategy = warm(store, space)
    trials = run(strategy)
    dropped = next(e.trial_number for e in strategy.gate_events if e.verdict == "dropped")
    assert dropped <= 14
    assert all(t.origin != "portfolio" for t in trials[dropped + 1 :])


def test_the_hint_never_sees_the_tasks_own_rows(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space)
    before = make_hint(store, task("new"), space, 0)
    remember(store, task("new"), space, sign=1.0)
    assert make_hint(store, task("new"), space, 0) == before
    remember(store, task("new"), space, sign=-1.0)
    assert make_hint(store, task("new"), space, 0) == before


def test_the_same_rows_asked_otherwise_are_no_past_either(store: Store) -> None:
    space = conditional_space()
    same_rows = replace(task("new"), id="other-metric", metric="macro_f1")
    remember(store, same_rows, space)
    assert make_hint(store, task("new"), space, 0) is None


def test_a_long_past_is_remembered_from_good_to_bad(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space, trials=120)
    hint = make_hint(store, task("new"), space, 0)
    assert hint is not None
    ranks = [entry["rank"] for entry in hint["sources"][0]["ranks"]]
    assert len(ranks) == MOST_RANKS
    assert ranks == sorted(ranks)
    assert ranks[15] < 0.2
    assert ranks[-1] > 0.95


def test_a_past_without_a_common_feature_is_no_past(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space)
    assert make_hint(store, task("new", features={}), space, 0) is None


def test_a_dropped_past_leaves_no_trace(store: Store) -> None:
    """After the drop the cold arm goes on as if the bad part of the portfolio had never been tried."""
    space = conditional_space()
    remember(store, task("past"), space, sign=-1.0)
    strategy = warm(store, space)
    trials = run(strategy, steps=20)
    median = statistics.median(t.value for t in trials[:12] if t.origin != "portfolio")
    told = [t for t in strategy._cold.history if t.origin == "portfolio"]
    assert all(t.value >= median for t in told)
    assert len(told) < sum(t.origin == "portfolio" for t in trials)


def test_values_may_be_lowered(store: Store) -> None:
    space = conditional_space()
    past = replace(task("past"), direction="min", metric="log_loss")
    remember(store, past, space, sign=-1.0)
    hint = make_hint(store, replace(task("new"), direction="min", metric="log_loss"), space, 0)
    assert hint is not None
    strategy = WarmStart(make("evolution", space, seed=0, direction="min"), hint, space, 0, "min")
    trials = run(strategy, sign=-1.0)
    assert strategy.gate_events[-1].verdict == "kept"
    records = [
        TrialRecord("s", t.number, t.genotype.to_json(), state=t.state, value=t.value, origin=t.origin)
        for t in trials
    ]
    best = min(trials, key=lambda t: t.value)
    assert f"trial {best.number} with {best.value:.4g}" in explain(hint, records, strategy.gate_events).text


def test_past_decisions_are_mapped_by_path(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space)
    narrow = space.restrict({"net/depth": (1, 2), "net/kind": ["wide"]})
    hint = make_hint(store, task("new"), narrow, 0)
    assert hint is not None
    for entry in hint["portfolio"]:
        narrow.validate(entry["genotype"])
        assert 0.3 <= entry["coverage"] <= 1.0


def test_the_nearer_task_counts_more(store: Store) -> None:
    space = conditional_space()
    far = {"task": {"log_rows": 14.0, "log_classes": 4.0}, "image": {"mean": 0.5}}
    remember(store, task("far", features=far), space, sign=-1.0)
    remember(store, task("near"), space)
    hint = make_hint(store, task("new"), space, 0)
    assert hint is not None
    assert [s["name"] for s in hint["sources"]] == ["near", "far"]
    assert hint["sources"][0]["similarity"] > 3 * hint["sources"][1]["similarity"]
    assert hint["portfolio"][0]["name"] == "near"


def test_regression_is_no_past_for_classification(store: Store) -> None:
    space = conditional_space()
    record = TaskRecord("r", "print-r", "r", ("table",), "regression", "rmse", "min", 1000, 1, FEATURES)
    remember(store, record, space)
    assert make_hint(store, task("new"), space, 0) is None


def test_a_hint_survives_json(store: Store) -> None:
    import json

    space = conditional_space()
    remember(store, task("past"), space)
    hint = make_hint(store, task("new"), space, 0)
    assert json.loads(json.dumps(hint)) == hint


def test_what_was_taken_is_noted_once(store: Store) -> None:
    space = conditional_space()
    source = remember(store, task("past"), space)
    hint = make_hint(store, task("new"), space, 0)
    assert hint is not None
    search = remember(store, task("new"), space)
    lease = store.acquire_lease(search, "test", pid=0, host="here")
    for _ in range(2):
        note_transfers(store, lease, hint)
    events = store.transfer_events(search)
    assert [e.source_trial for e in events] == [e["trial"] for e in hint["portfolio"]]
    assert {(e.source_search, e.kind, e.details["task"]) for e in events} == {(source, "portfolio", "past")}


def test_the_explanation_says_what_became_of_it(store: Store) -> None:
    space = conditional_space()
    remember(store, task("past"), space)
    strategy = warm(store, space)
    trials = run(strategy, steps=12)
    records = [
        TrialRecord("s", t.number, t.genotype.to_json(), state=t.state, value=t.value, origin=t.origin)
        for t in trials
    ]
    told = explain(strategy.hint, records, strategy.gate_events)
    assert "Past task 'past', similarity 1.00" in told.text
    assert "The best candidate so far" in told.text
    assert (told.table()["state"] == "completed").sum() == sum(t.origin == "portfolio" for t in trials)
    assert "past rank" in told._repr_html_()
