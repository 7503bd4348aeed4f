"""The suite that every store passes; subclass it for one of your own.

class TestMine(StoreContract):
    def make_store(self, folder):
        return Mine(folder / "store")
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from .errors import LeaseHeld, LeaseLost, StoreError
from .records import (
    ArtifactRecord,
    EnsembleRecord,
    FinalRecord,
    GateRecord,
    Lease,
    SearchRecord,
    SpaceRecord,
    TaskRecord,
    TransferRecord,
    TrialRecord,
)
from .store import Store

TASK = TaskRecord(
    "t1",
    "f1",
    "toy",
    ("table",),
    "binary",
    "accuracy",
    "max",
    100,
    2,
    {"table": {"log_rows": 4.6, "odd": math.nan}},
)
SPACE = SpaceRecord("s1", "toy", 1, {"format": 1, "declared": []})


def search_record(**changes: Any) -> SearchRecord:
    """A search to create."""
    return replace(SearchRecord("", "t1", "s1", "random", 7, {"trials": 5}), **changes)


class StoreContract:
    """Requirements of ``Store``, as tests."""

    def make_store(self, folder: Path) -> Store:
        """A store in a folder; called twice with one folder it opens the same store."""
        raise NotImplementedError("Return your store here.")

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with self.make_store(tmp_path) as store:
            store.put_task(TASK)
            store.put_space(SPACE)
            yield store

    @pytest.fixture
    def lease(self, store: Store) -> Lease:
        return store.acquire_lease(store.create_search(search_record()), "runner-1", pid=1, host="here")

    def trial(self, lease: Lease, number: int, **changes: Any) -> TrialRecord:
        genotype = {"a/b": number, "c": 0.5, "d": None, "e": True}
        return TrialRecord(lease.search_id, number, genotype, **changes)

    def test_a_task_comes_back_as_it_went(self, store: Store) -> None:
        found = store.get_task("t1")
        assert found.features["table"]["log_rows"] == 4.6
        assert math.isnan(found.features["table"]["odd"])
        assert found.modalities == ("table",)
        store.put_task(TASK)
        assert len(store.list_tasks()) == 1

    def test_what_is_not_there_is_named(self, store: Store) -> None:
        known = store.create_search(search_record())
        with pytest.raises(StoreError, match="no task 'nope'"):
            store.get_task("nope")
        with pytest.raises(StoreError, match="no space 'nope'"):
            store.get_space("nope")
        with pytest.raises(StoreError, match=known):
            store.get_search("nope")
        with pytest.raises(StoreError, match="Put it first"):
            store.create_search(search_record(task_id="nope"))
        with pytest.raises(StoreError, match="nobody would read"):
            store.send_command("nope", "pause")
        with pytest.raises(StoreError, match="no search 'nope'"):
            store.snapshot("nope")

    def test_a_search_is_created_once(self, store: Store) -> None:
        made = store.create_search(search_record(id="x", hint={"portfolio": []}, pid=12, host="here"))
        assert (store.get_search("x").pid, store.get_search("x").host) == (12, "here")
        assert (made, store.get_search("x").state, store.get_search("x").hint) == (
            "x",
            "created",
            {"portfolio": []},
        )
        with pytest.raises(StoreError, match="already has"):
            store.create_search(search_record(id="x"))
        assert [s.id for s in store.list_searches(state="created", task_id="t1")] == ["x"]
        assert store.list_searches(state="running") == []

    def test_one_runner_owns_a_search(self, store: Store, lease: Lease) -> None:
        with pytest.raises(LeaseHeld, match="runner-1"):
            store.acquire_lease(lease.search_id, "runner-2", pid=2, host="here")
        with pytest.raises(LeaseHeld, match="Stop it first"):
            store.delete_search(lease.search_id)
        store.release_lease(lease)
        assert store.acquire_lease(lease.search_id, "runner-2", pid=2, host="here").fence > lease.fence

    def test_a_dead_runners_lease_is_taken_and_its_writes_are_refused(self, store: Store) -> None:
        search_id = store.create_search(search_record())
        old = store.acquire_lease(search_id, "old", pid=1, host="here", ttl=-1.0)
        new = store.acquire_lease(search_id, "new", pid=2, host="here")
        store.open_trial(new, self.trial(new, 0))
        writes: tuple[Callable[[], object], ...] = (
            lambda: store.renew_lease(old),
            lambda: store.open_trial(old, self.trial(old, 1)),
            lambda: store.record_epoch(old, 0, 1, {"loss": 1.0}),
            lambda: store.close_trial(old, 0, state="completed", value=1.0),
            lambda: store.set_search_state(old, "finished"),
            lambda: store.set_progress(old, {}),
            lambda: store.put_final(old, FinalRecord(search_id, 0, 1, 0.5, 0.5)),
            lambda: store.put_ensemble(old, EnsembleRecord(search_id, (0, 1), 0.5, 0.5)),
        )
        for write in writes:
            with pytest.raises(LeaseLost, match="must stop"):
                write()
        assert [t.state for t in store.trials(search_id)] == ["running"]
        store.release_lease(old)
        store.renew_lease(new)

    def test_who_has_let_go_writes_no_more(self, store: Store, lease: Lease) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        store.release_lease(lease)
        before = store.get_search(lease.search_id)
        with pytest.raises(LeaseLost, match="must stop"):
            store.close_trial(lease, 0, state="completed", value=1.0)
        assert store.get_search(lease.search_id) == before
        assert store.trials(lease.search_id)[0].state == "running"

    def test_a_trial_goes_in_and_out(self, store: Store, lease: Lease) -> None:
        store.open_trial(
            lease, self.trial(lease, 0, origin="mutation", parents=(3, 4), seed=11, cost={"parameters": 9})
        )
        for epoch in (1, 2):
            store.record_epoch(lease, 0, epoch, {"loss": 1 / epoch, "objective": epoch / 4, "odd": math.nan})
        (live,) = store.trials(lease.search_id)
        assert [p["epoch"] for p in live.curve] == [1, 2]
        store.close_trial(
            lease,
            0,
            state="completed",
            value=0.5,
            metrics={"loss": 0.5, "odd": math.inf},
            cost={"seconds": 2.0},
        )
        (done,) = store.trials(lease.search_id)
        assert done.genotype == {"a/b": 0, "c": 0.5, "d": None, "e": True}
        assert (done.state, done.value, done.parents, done.seed, done.origin) == (
            "completed",
            0.5,
            (3, 4),
            11,
            "mutation",
        )
        assert done.metrics == {"loss": 0.5, "odd": math.inf}
        assert done.cost == {"parameters": 9, "seconds": 2.0}
        assert [(p["epoch"], p["loss"], p["objective"]) for p in done.curve] == [
            (1, 1.0, 0.25),
            (2, 0.5, 0.5),
        ]
        assert store.curve(lease.search_id, 0) == done.curve or math.isnan(done.curve[0]["odd"])
        assert done.finished_at is not None
        assert done.started_at is not None
        assert done.finished_at >= done.started_at

    def test_repeating_changes_nothing(self, store: Store, lease: Lease) -> None:
        for _ in range(2):
            store.open_trial(lease, self.trial(lease, 0))
        for value in (0.5, 0.9):
            store.close_trial(lease, 0, state="completed", value=value)
        store.open_trial(lease, self.trial(lease, 0, attempt=2))
        assert [(t.value, t.state, t.attempt) for t in store.trials(lease.search_id)] == [
            (0.5, "completed", 1)
        ]

    def test_a_later_attempt_starts_over(self, store: Store, lease: Lease) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        store.record_epoch(lease, 0, 1, {"loss": 1.0})
        store.open_trial(lease, self.trial(lease, 0, attempt=2))
        (trial,) = store.trials(lease.search_id)
        assert (trial.attempt, trial.state, trial.curve) == (2, "running", ())

    def test_values_are_checked(self, store: Store, lease: Lease) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        for value in (None, math.nan):
            with pytest.raises(StoreError, match="needs a number"):
                store.close_trial(lease, 0, state="completed", value=value)
        with pytest.raises(StoreError, match="has no trial 9"):
            store.close_trial(lease, 9, state="failed")
        with pytest.raises(StoreError, match="ends as one of"):
            store.close_trial(lease, 0, state="running")
        with pytest.raises(StoreError, match="needs a number"):
            store.put_final(lease, FinalRecord(lease.search_id, 0, 1, math.nan, 0.5))
        with pytest.raises(StoreError, match="state of a search"):
            store.set_search_state(lease, "sleeping")
        store.close_trial(lease, 0, state="failed", error={"kind": "nan", "message": "loss", "trace": "..."})
        assert store.trials(lease.search_id)[0].error == {"kind": "nan", "message": "loss", "trace": "..."}

    def test_a_curve_may_lack_figures(self, store: Store, lease: Lease) -> None:
        assert store.curve(lease.search_id, 0) == ()
        store.open_trial(lease, self.trial(lease, 0))
        store.record_epoch(lease, 0, 1, {"loss": math.inf})
        store.record_epoch(lease, 0, 2, {"loss": 1.0, "objective": None})  # type: ignore[dict-item]
        store.close_trial(lease, 0, state="stopped")
        first, second = store.curve(lease.search_id, 0)
        assert (first["epoch"], first["loss"], second["epoch"], second["loss"]) == (1, math.inf, 2, 1.0)
        assert math.isnan(first["objective"])
        assert math.isnan(second["objective"])

    def test_snapshots_follow_attempts(self, store: Store, lease: Lease) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        for state, attempt in (("failed", 1), ("completed", 2)):
            store.open_trial(lease, self.trial(lease, 0, attempt=attempt))
            store.record_epoch(lease, 0, 1, {"loss": 1.0 / attempt})
            store.close_trial(lease, 0, state=state, value=0.5 if state == "completed" else None)
            snapshot = store.snapshot(lease.search_id)
            assert snapshot is not None
            assert snapshot.trials == tuple(store.trials(lease.search_id))
            assert (snapshot.trials[0].state, snapshot.trials[0].attempt) == (state, attempt)

    def test_an_infinite_value_is_kept(self, store: Store, lease: Lease) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        store.close_trial(lease, 0, state="completed", value=math.inf)
        assert store.trials(lease.search_id)[0].value == math.inf

    def test_a_snapshot_comes_only_when_something_changed(self, store: Store, lease: Lease) -> None:
        first = store.snapshot(lease.search_id)
        assert first is not None
        assert store.snapshot(lease.search_id, after=first.revision) is None
        for write in (
            lambda: store.open_trial(lease, self.trial(lease, 0)),
            lambda: store.record_epoch(lease, 0, 1, {"loss": 1.0}),
            lambda: store.close_trial(lease, 0, state="completed", value=1.0),
            lambda: store.set_progress(lease, {"trials": 1}),
            lambda: store.update_budget(lease, {"trials": 9}),
            lambda: store.send_command(lease.search_id, "pause", who="me"),
            lambda: store.record_gate(lease, GateRecord(lease.search_id, 0, 0.3, "keep", {"n": 6})),
            lambda: store.put_final(
                lease, FinalRecord(lease.search_id, 0, 1, 0.5, 0.4, {"accuracy": 0.4}, "best.kn", 3)
            ),
            lambda: store.put_ensemble(lease, EnsembleRecord(lease.search_id, (0, 1), 0.5, 0.4)),
            lambda: store.set_search_state(lease, "finished", "budget used"),
        ):
            write()
            following = store.snapshot(lease.search_id, after=first.revision)
            assert following is not None
            assert following.revision > first.revision
            first = following
        assert (first.search.state, first.search.reason, first.search.budget) == (
            "finished",
            "budget used",
            {"trials": 9},
        )
        assert first.search.finished_at is not None
        assert (len(first.trials), first.finals[0].holdout, first.gate[0].verdict) == (1, 0.4, "keep")
        assert (first.commands[0].verb, first.search.progress) == ("pause", {"trials": 1})

    def test_a_search_has_one_ensemble_or_none(self, store: Store, lease: Lease) -> None:
        def shown() -> EnsembleRecord | None:
            snapshot = store.snapshot(lease.search_id)
            assert snapshot is not None
            assert snapshot.ensemble == store.ensemble(lease.search_id)
            return snapshot.ensemble

        assert shown() is None
        first = EnsembleRecord(lease.search_id, (4, 0, 2), 0.75, 0.7, {"accuracy": 0.7}, "ensemble.kn")
        store.put_ensemble(lease, first)
        assert shown() == first
        second = EnsembleRecord(lease.search_id, (4, 7), 0.8, None)
        store.put_ensemble(lease, second)
        assert shown() == second
        store.put_ensemble(lease, None)
        assert shown() is None
        for wrong in (
            EnsembleRecord(lease.search_id, (4,), 0.75, 0.7),
            EnsembleRecord(lease.search_id, (4, 0), math.nan, 0.7),
        ):
            with pytest.raises(StoreError, match="at least two members"):
                store.put_ensemble(lease, wrong)

    def test_commands_are_settled(self, store: Store, lease: Lease) -> None:
        first = store.send_command(lease.search_id, "pause", who="a")
        second = store.send_command(lease.search_id, "limit", {"parameters": 10}, who="b")
        assert [c.id for c in store.pending_commands(lease.search_id)] == [first, second]
        store.settle_command(lease, first, "applied", "paused after trial 3", 3)
        store.settle_command(lease, second, "refused", "no such limit")
        assert store.pending_commands(lease.search_id) == []
        done = store.commands(lease.search_id)
        assert [(c.state, c.applied_at_trial, c.result) for c in done] == [
            ("applied", 3, "paused after trial 3"),
            ("refused", None, "no such limit"),
        ]
        with pytest.raises(StoreError, match="no command 999"):
            store.settle_command(lease, 999, "applied", "")

    def test_lineage_files_and_transfers_are_noted(self, store: Store, lease: Lease) -> None:
        store.put_artifact(
            ArtifactRecord("ab" * 32, "bundle", 10, "x.kn"), search_id=lease.search_id, number=0, role="best"
        )
        store.put_artifact(
            ArtifactRecord("ab" * 32, "bundle", 10, "x.kn"), search_id=lease.search_id, role="copy"
        )
        assert [a.path for a in store.artifacts(lease.search_id)] == ["x.kn", "x.kn"]
        for _ in range(2):
            store.put_lineage("trial/1", "trial/0", "mutation")
        assert list(store.parents_of("trial/1")) == [("trial/0", "mutation")]
        store.record_transfer(
            lease, TransferRecord(lease.search_id, "other", 3, "portfolio", {"coverage": 0.9})
        )
        assert store.transfer_events(lease.search_id)[0].details == {"coverage": 0.9}

    def test_a_search_is_deleted_with_all_that_belongs_to_it(self, store: Store, lease: Lease) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        store.record_epoch(lease, 0, 1, {"loss": 1.0})
        store.release_lease(lease)
        store.delete_search(lease.search_id)
        assert store.list_searches() == []
        assert store.trials(lease.search_id) == []

    def test_another_opening_sees_the_same(self, store: Store, lease: Lease, tmp_path: Path) -> None:
        store.open_trial(lease, self.trial(lease, 0))
        with self.make_store(tmp_path) as other:
            assert [t.number for t in other.trials(lease.search_id)] == [0]

    def test_threads_may_share_a_store(self, store: Store, lease: Lease) -> None:
        errors: list[Exception] = []

        def work(offset: int) -> None:
            try:
                for i in range(10):
                    number = offset * 10 + i
                    store.open_trial(lease, self.trial(lease, number))
                    store.close_trial(lease, number, state="completed", value=float(number))
                    store.snapshot(lease.search_id)
            except Exception as error:  # noqa: BLE001 (told below, in the test's own thread)
                errors.append(error)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert [t.number for t in store.trials(lease.search_id)] == list(range(40))
