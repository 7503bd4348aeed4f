"""The loop with a fake executor and a real store: order, limits, commands, and ends of every kind."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kerasnas.errors import SearchError
from kerasnas.run.budget import Budget
from kerasnas.run.executor import WorkerDied
from kerasnas.run.history import History
from kerasnas.strategies import Proposal, Strategy
from meta_store import LeaseLost, Store, TrialRecord

from .fakes import (
    FakeClock,
    FakeExecutor,
    Killed,
    board,
    failing,
    loop_over,
    open_search,
    open_store,
    toy_space,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def undisturbed(folder: Path, budget: dict[str, Any], **rules: Any) -> list[tuple[Any, ...]]:
    with open_store(folder, "undisturbed.db") as store:
        search_id = open_search(store, budget=budget)
        clock = FakeClock()
        loop_over(store, search_id, FakeExecutor(clock), clock, **rules)[0].run()
        return board(store, search_id)


def test_a_budget_in_trials_ends_the_search_and_the_best_are_judged(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 6})
    executor = FakeExecutor(clock)
    loop, _ = loop_over(store, search_id, executor, clock)
    assert loop.run() == "finished"
    record, trials, finals = store.get_search(search_id), store.trials(search_id), store.finals(search_id)
    assert (record.state, record.reason) == ("finished", "The budget of 6 trials is spent.")
    assert [t.state for t in trials] == ["completed"] * 6
    assert trials[0].origin == "default"
    assert all([e["epoch"] for e in t.curve] == [1, 2, 3] for t in trials)
    assert trials[0].cost["parameters"] > 0
    by_value = sorted(trials, key=lambda t: -float(t.value or 0))
    assert [f.number for f in finals] == [t.number for t in by_value[:2]]
    assert [f.rank for f in finals] == [1, 2]
    assert finals[0].validation == by_value[0].value
    assert finals[0].bundle.endswith(f"trial-{by_value[0].number}.kn")
    assert record.progress["trials"] == 6
    assert record.progress["epochs"] == 18


def test_the_same_seed_gives_the_same_search(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    assert undisturbed(one, {"trials": 7}) == undisturbed(two, {"trials": 7})


@pytest.mark.parametrize(("number", "epoch"), [(0, 1), (2, 2), (5, 3), (6, 1)])
def test_a_killed_runner_loses_no_finished_trial(tmp_path: Path, number: int, epoch: int) -> None:
    """The runner dies in the middle of a trial; another goes on to the same end."""
    expected = undisturbed(tmp_path, {"trials": 7})

    def kill(at: int, in_epoch: int) -> None:
        if (at, in_epoch) == (number, epoch):
            raise Killed

    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 7})
        clock = FakeClock()
        first = FakeExecutor(clock, kill)
        with pytest.raises(Killed):
            loop_over(store, search_id, first, clock)[0].run()
        finished = [t.number for t in store.trials(search_id) if t.state == "completed"]
        assert finished == list(range(number))
        second = FakeExecutor(clock)
        assert loop_over(store, search_id, second, clock)[0].run() == "finished"
        assert second.trained == list(range(number, 7))
        assert board(store, search_id) == expected
        assert store.trials(search_id)[number].attempt == 2


@pytest.mark.parametrize("method", ["open_trial", "close_trial", "set_progress", "put_final"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_runner_killed_at_any_write_ends_with_the_same_leaderboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, when: str
) -> None:
    expected = undisturbed(tmp_path, {"trials": 5})
    with open_store(tmp_path) as store:
        search_id = open_search(store, budget={"trials": 5})
        clock = FakeClock()
        calls = 0
        original = getattr(store, method)

        def dying(*arguments: Any, **keywords: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2 and when == "before":
                raise Killed
            result = original(*arguments, **keywords)
            if calls == 2:
                raise Killed
            return result

        with monkeypatch.context() as patch:
            patch.setattr(store, method, dying)
            with pytest.raises(Killed):
                loop_over(store, search_id, FakeExecutor(clock), clock)[0].run()
        assert loop_over(store, search_id, FakeExecutor(clock), clock)[0].run() == "finished"
        assert board(store, search_id) == expected


class Rising(Strategy):
    """The same two genotypes, again and again for more epochs."""

    name = "rising"

    def _propose(self, rng: random.Random, number: int) -> Proposal:
        del rng
        return Proposal(self.space.sample(number % 2), "rising", epochs=1 + number // 2)


def test_a_genotype_is_trained_again_where_it_is_asked_for_more_epochs(
    store: Store, clock: FakeClock
) -> None:
    search_id = open_search(store, budget={"trials": 7})
    executor = FakeExecutor(clock)
    loop, _ = loop_over(store, search_id, executor, clock, finalists=5)
    loop.strategy = Rising(toy_space(), seed=0)
    loop.run()
    trials = store.trials(search_id)
    assert executor.trained == list(range(7))  # none was answered from the history
    assert executor.asked == [None, *(1 + number // 2 for number in range(1, 7))]
    assert [t.cost.get("most_epochs") for t in trials] == executor.asked
    finals = store.finals(
        search_id
    )  # of each genotype the trial with the most epochs; the first one had no limit
    assert {f.number for f in finals} == {0, 5, 6}
    again = FakeExecutor(clock)
    loop, _ = loop_over(store, search_id, again, clock)
    loop.strategy = told = Rising(toy_space(), seed=0)
    loop.budget = Budget(trials=8)
    loop.run()
    assert again.asked == [4]
    assert [t.epochs for t in told.history] == [*executor.asked, 4]


def test_a_genotype_that_was_trained_for_longer_is_answered_from_the_history(
    store: Store, clock: FakeClock
) -> None:
    known = History([], "max")
    genotype = toy_space().default()
    known.add(TrialRecord("s", 0, dict(genotype), state="completed", value=0.5, cost={"most_epochs": 3}))
    assert known.answer(genotype, 3) is known.answer(genotype, 1) is known.records[0]
    assert known.answer(genotype, 4) is None
    assert known.answer(genotype) is None
    known.add(TrialRecord("s", 1, dict(genotype), state="completed", value=0.4))
    assert known.answer(genotype) is known.answer(genotype, 9) is known.records[1]
    known.add(TrialRecord("s", 2, dict(genotype), state="stopped", value=0.6))
    assert [r.number for r in known.ranked()] == [2, 1]


def test_a_finalist_that_was_judged_is_not_judged_again(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 4})
    seen: list[int] = []

    def kill(number: int, epoch: int) -> None:
        if epoch == 0:
            seen.append(number)
            if len(seen) == 2:
                raise Killed

    with pytest.raises(Killed):
        loop_over(store, search_id, FakeExecutor(clock, kill), clock)[0].run()
    assert store.get_search(search_id).state == "finalising"
    second = FakeExecutor(clock)
    loop_over(store, search_id, second, clock)[0].run()
    assert second.judged == seen[1:]
    assert second.trained == []


def test_a_candidate_that_takes_its_runner_with_it_is_given_up(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 3})

    def kill(number: int, epoch: int) -> None:
        if number == 1:
            raise Killed

    for _ in range(5):
        with pytest.raises(Killed):
            loop_over(store, search_id, FakeExecutor(clock, kill), clock)[0].run()
    assert loop_over(store, search_id, FakeExecutor(clock, kill), clock)[0].run() == "finished"
    assert store.trials(search_id)[1].error == {
        "kind": "runner_died",
        "message": "It was tried 5 times, and time and again its runner died without it getting further; it is not tried again.",
    }


def test_a_candidate_that_gets_further_each_time_is_not_given_up(store: Store, clock: FakeClock) -> None:
    """Deaths count in a row, and the row ends where the candidate got further than ever before."""
    search_id = open_search(store, budget={"trials": 3})
    deaths = iter([(1, 1), (1, 1), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2), (1, 3), (1, 3), (1, 3), (1, 3)])

    def kill_at(place: tuple[int, int]) -> Callable[[int, int], None]:
        def happens(number: int, epoch: int) -> None:
            if (number, epoch) == place:
                raise Killed

        return happens

    died = 0
    for place in deaths:
        with pytest.raises(Killed):
            loop_over(store, search_id, FakeExecutor(clock, kill_at(place)), clock)[0].run()
        died += 1
    assert loop_over(store, search_id, FakeExecutor(clock), clock)[0].run() == "finished"
    trials = store.trials(search_id)
    assert [t.state for t in trials] == ["completed"] * 3
    assert trials[1].attempt == died + 1
    assert trials[1].cost["interrupted"] == {"runner": 4, "epochs": 2}


def test_a_closed_trial_or_judged_finalist_needs_nothing_of_its_training(
    store: Store, clock: FakeClock
) -> None:
    search_id = open_search(store, budget={"trials": 3})
    executor = FakeExecutor(clock, failing("nan", "no number", 1))
    loop_over(store, search_id, executor, clock)[0].run()
    assert executor.let_go == [0, 1, 2, *(f.number for f in store.finals(search_id))]


def test_a_runner_that_lost_its_lease_stops(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 5})

    def steal(number: int, epoch: int) -> None:
        if (number, epoch) == (2, 2):
            store.acquire_lease(search_id, "test", pid=2, host="here")

    with pytest.raises(LeaseLost):
        loop_over(store, search_id, FakeExecutor(clock, steal), clock)[0].run()
    assert [t.state for t in store.trials(search_id)] == ["completed", "completed", "running"]


def test_a_worker_that_died_is_replaced_once(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 3})
    deaths: list[int] = []

    def die(number: int, epoch: int) -> None:
        if number == 1 and epoch == 2 and not deaths:
            deaths.append(number)
            raise WorkerDied("The worker (process 7) was ended by SIGKILL.")

    executor = FakeExecutor(clock, die)
    loop_over(store, search_id, executor, clock)[0].run()
    assert executor.trained == [0, 1, 1, 2]
    assert [(t.state, t.attempt) for t in store.trials(search_id)] == [
        ("completed", 1),
        ("completed", 2),
        ("completed", 1),
    ]
    assert [len(t.curve) for t in store.trials(search_id)] == [3, 3, 3]


def test_a_worker_that_died_twice_fails_the_trial_and_the_search_goes_on(
    store: Store, clock: FakeClock
) -> None:
    search_id = open_search(store, budget={"trials": 3})

    def die(number: int, epoch: int) -> None:
        if number == 1:
            raise WorkerDied("The worker (process 7) was ended by SIGKILL.")

    loop_over(store, search_id, FakeExecutor(clock, die), clock)[0].run()
    trials = store.trials(search_id)
    assert [t.state for t in trials] == ["completed", "failed", "completed"]
    assert trials[1].error is not None
    assert trials[1].error["kind"] == "worker_died"
    assert "SIGKILL" in trials[1].error["message"]


def test_a_failed_trial_says_why_and_counts(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 4})
    loop_over(
        store, search_id, FakeExecutor(clock, failing("nan", "The loss became nan in epoch 1.", 1)), clock
    )[0].run()
    trials = store.trials(search_id)
    assert [t.state for t in trials] == ["completed", "failed", "completed", "completed"]
    assert trials[1].error is not None
    assert (trials[1].error["kind"], trials[1].error["message"]) == ("nan", "The loss became nan in epoch 1.")


def test_candidates_that_all_fail_alike_pause_the_search_until_it_is_resumed(
    store: Store, clock: FakeClock
) -> None:
    search_id = open_search(store, budget={"trials": 30})
    seen: list[tuple[str, str | None, int]] = []
    sleep, mended = clock.sleep, False

    def watched(seconds: float) -> None:
        nonlocal mended
        record = store.get_search(search_id)
        if record.state == "paused":
            seen.append((record.state, record.reason, len(store.trials(search_id))))
            if len(seen) == 100:
                mended = True
                store.send_command(search_id, "resume")
        sleep(seconds)

    clock.sleep = watched  # type: ignore[method-assign]

    def happens(number: int, epoch: int) -> None:
        if not mended:
            failing("exception", "no such layer")(number, epoch)

    assert loop_over(store, search_id, FakeExecutor(clock, happens), clock)[0].run() == "finished"
    why = "8 candidates in a row failed with the same error: no such layer"
    assert set(seen) == {("paused", why, 8)}
    record, trials = store.get_search(search_id), store.trials(search_id)
    assert record.reason == "The budget of 30 trials is spent."
    assert [t.state for t in trials] == ["failed"] * 8 + ["completed"] * 22
    assert [(c.verb, c.state, c.result) for c in store.commands(search_id)] == [
        ("resume", "applied", "It goes on.")
    ]


def test_a_search_that_paused_itself_ends_where_nobody_cares(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kerasnas.run.loop.MOST_WAITED", 20.0)
    search_id = open_search(store, budget={"trials": 30})
    executor = FakeExecutor(clock, failing("exception", "no such layer", *range(1, 20)))
    assert loop_over(store, search_id, executor, clock)[0].run() == "stopped"
    assert store.get_search(search_id).reason == (
        "It paused itself, and nobody resumed it. 8 candidates in a row failed with the same error: no such layer"
    )
    assert [f.number for f in store.finals(search_id)] == [0]
    store.send_command(search_id, "resume")
    assert loop_over(store, search_id, FakeExecutor(clock), clock)[0].run() == "finished"


def test_a_search_that_paused_itself_is_stopped_like_any_other(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 30})
    sleep = clock.sleep

    def watched(seconds: float) -> None:
        if store.get_search(search_id).state == "paused":
            store.send_command(search_id, "stop", who="ada")
        sleep(seconds)

    clock.sleep = watched  # type: ignore[method-assign]
    loop, _ = loop_over(store, search_id, FakeExecutor(clock, failing("exception", "no such layer")), clock)
    assert loop.run() == "stopped"
    assert store.get_search(search_id).reason == "Stopped by ada."


def test_a_search_without_any_result_says_what_went_wrong(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 2})
    loop, _ = loop_over(store, search_id, FakeExecutor(clock, failing("exception", "no such layer")), clock)
    with pytest.raises(SearchError, match="No candidate could be trained. The last error: no such layer"):
        loop.run()


def test_a_candidate_over_a_limit_is_refused_untrained_and_costs_nothing(
    store: Store, clock: FakeClock
) -> None:
    search_id = open_search(store, budget={"trials": 5})
    executor = FakeExecutor(clock)
    loop_over(store, search_id, executor, clock, limits={"parameters": 100}, strategy="random")[0].run()
    trials = store.trials(search_id)
    refused = [t for t in trials if t.state == "refused"]
    assert len(trials) - len(refused) == 5
    assert refused
    assert not {t.number for t in refused} & set(executor.trained)
    assert all(t.cost["parameters"] > 100 and t.error and t.error["kind"] == "limit" for t in refused)
    assert str(refused[0].error and refused[0].error["message"]).endswith(
        "parameters: the search allows at most 100."
    )
    assert all(t.cost["parameters"] <= 100 for t in trials if t.state == "completed")


def test_limits_that_nothing_fits_end_the_search(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kerasnas.run.loop.MOST_IDLE", 20)
    search_id = open_search(store, budget={"trials": 5})
    loop_over(store, search_id, FakeExecutor(clock), clock, limits={"flops": 1})[0].run()
    assert "20 proposals in a row were refused or known" in str(store.get_search(search_id).reason)


def test_a_known_candidate_is_answered_from_history(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 3})
    executor = FakeExecutor(clock)
    loop, _ = loop_over(store, search_id, executor, clock)
    ask, asked = loop.strategy.ask, 0

    def again(n: int = 1) -> Any:
        nonlocal asked
        asked += 1
        proposals = ask(n)
        if asked == 2:
            first = store.trials(search_id)[0].genotype
            return [type(proposals[0])(type(proposals[0].genotype)(first), "injected")]
        return proposals

    loop.strategy.ask = again  # type: ignore[method-assign]
    loop.run()
    trials = store.trials(search_id)
    assert executor.trained == [0, 2, 3]
    assert trials[1].cost["same_as"] == 0
    assert trials[1].value == trials[0].value
    assert 1 not in [f.number for f in store.finals(search_id)]


def test_an_exhausted_space_ends_the_search(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 10_000}, strategy="random")
    loop_over(store, search_id, FakeExecutor(clock), clock, strategy="random")[0].run()
    trials = store.trials(search_id)
    assert len({tuple(sorted(t.genotype.items())) for t in trials}) == len(trials) == 108
    assert "exhausted" in str(store.get_search(search_id).reason)


def test_a_budget_in_epochs_cuts_the_last_trial_and_is_not_overrun(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"epochs": 8})
    loop_over(store, search_id, FakeExecutor(clock), clock)[0].run()
    trials = store.trials(search_id)
    assert [t.cost["epochs"] for t in trials] == [3, 3, 2]
    assert [t.state for t in trials] == ["completed", "completed", "stopped"]
    assert trials[2].value is not None


def test_a_budget_in_minutes_holds_the_finalists_retraining_too(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"minutes": 1})
    loop_over(store, search_id, FakeExecutor(clock), clock)[0].run()
    assert len(store.finals(search_id)) == 2
    assert 50 <= clock.time <= 62
    assert store.get_search(search_id).progress["seconds"] == pytest.approx(clock.time, abs=1.5)


def at(place: tuple[int, int], act: Callable[[], Any]) -> Callable[[int, int], None]:
    """Do something once, when trial and epoch are reached."""
    done: list[bool] = []

    def happens(number: int, epoch: int) -> None:
        if (number, epoch) == place and not done:
            done.append(True)
            act()

    return happens


def test_pause_stands_still_and_resume_goes_on(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 3})
    seen: dict[str, Any] = {}
    executor = FakeExecutor(clock, at((1, 2), lambda: store.send_command(search_id, "pause")))
    loop, _ = loop_over(store, search_id, executor, clock)
    sleep = clock.sleep

    def watched(seconds: float) -> None:
        record = store.get_search(search_id)
        if record.state == "paused" and "at" not in seen:
            seen["at"], seen["worked"] = clock.time, loop.watch.seconds
            seen["curve"] = len(store.trials(search_id)[1].curve)
        if "at" in seen and "resumed" not in seen and clock.time > seen["at"] + 100:
            seen["resumed"] = True
            assert len(store.trials(search_id)[1].curve) == seen["curve"]
            assert loop.watch.seconds == seen["worked"]
            store.send_command(search_id, "resume")
        sleep(seconds)

    clock.sleep = watched  # type: ignore[method-assign]
    assert loop.run() == "finished"
    assert seen["curve"] == 1
    assert [t.state for t in store.trials(search_id)] == ["completed"] * 3
    assert store.get_search(search_id).progress["seconds"] < 20
    commands = store.commands(search_id)
    assert [(c.verb, c.state, c.applied_at_trial) for c in commands] == [
        ("pause", "applied", 1),
        ("resume", "applied", 1),
    ]


def test_stop_keeps_the_running_trial_as_stopped_and_judges_the_best(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 50})
    executor = FakeExecutor(clock, at((3, 2), lambda: store.send_command(search_id, "stop", who="ada")))
    loop, _ = loop_over(store, search_id, executor, clock)
    assert loop.run() == "stopped"
    record, trials = store.get_search(search_id), store.trials(search_id)
    assert (record.state, record.reason) == ("stopped", "Stopped by ada.")
    assert [t.state for t in trials] == ["completed"] * 3 + ["stopped"]
    assert len(store.finals(search_id)) == 2
    assert [(c.verb, c.state) for c in store.commands(search_id)] == [("stop", "applied")]


def test_stop_without_finalists_judges_none(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 50})
    executor = FakeExecutor(
        clock, at((1, 1), lambda: store.send_command(search_id, "stop", {"finalists": False}))
    )
    loop_over(store, search_id, executor, clock)[0].run()
    assert store.finals(search_id) == []


@pytest.mark.parametrize("earlier", [True, False], ids=["after a first stop", "after the budget was spent"])
def test_a_stop_while_the_finalists_are_judged_ends_that(
    store: Store, clock: FakeClock, earlier: bool
) -> None:
    search_id = open_search(store, budget={"trials": 3})
    judging: list[int] = []

    def happens(number: int, epoch: int) -> None:
        if earlier and (number, epoch) == (1, 2):
            store.send_command(search_id, "stop")
        if epoch == 0:
            judging.append(number)
            if len(judging) == 2:
                store.send_command(search_id, "stop")
                clock.sleep(1)

    loop, _ = loop_over(store, search_id, FakeExecutor(clock, happens), clock)
    assert loop.run() == "stopped"
    assert len(store.finals(search_id)) == 1
    assert "not all judged" in str(store.get_search(search_id).reason)
    assert all(c.state == "applied" for c in store.commands(search_id))


def test_a_stopped_search_goes_on_with_resume(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 5})
    executor = FakeExecutor(clock, at((2, 2), lambda: store.send_command(search_id, "stop")))
    loop_over(store, search_id, executor, clock)[0].run()
    store.send_command(search_id, "resume", {"budget": {"trials": 6}})
    assert loop_over(store, search_id, FakeExecutor(clock), clock)[0].run() == "finished"
    trials = store.trials(search_id)
    assert [t.state for t in trials] == [
        "completed",
        "completed",
        "stopped",
        "completed",
        "completed",
        "completed",
    ]
    assert store.get_search(search_id).budget == {"trials": 6}
    ranks = {f.number: f.rank for f in store.finals(search_id)}
    by_value = sorted((t for t in trials if t.value is not None), key=lambda t: -float(t.value or 0))
    assert min(ranks, key=lambda number: ranks[number]) == by_value[0].number


def test_what_was_asked_of_a_dead_runner_is_not_done_by_the_next(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 3})
    store.send_command(search_id, "stop")
    store.send_command(search_id, "resume")
    assert loop_over(store, search_id, FakeExecutor(clock), clock)[0].run() == "finished"
    assert [(c.verb, c.state) for c in store.commands(search_id)] == [
        ("stop", "refused"),
        ("resume", "applied"),
    ]


def test_a_value_that_is_no_number_fails_the_trial(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id = open_search(store, budget={"trials": 2})
    monkeypatch.setattr("tests.kerasnas.run.fakes.worth", lambda genotype, seed: float("nan"))
    with pytest.raises(SearchError, match="The evaluator gave no number"):
        loop_over(store, search_id, FakeExecutor(clock), clock)[0].run()
    assert [(t.state, t.error and t.error["kind"]) for t in store.trials(search_id)] == [
        ("failed", "nan")
    ] * 2


def test_commands_that_make_no_sense_are_refused_with_a_reason(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"trials": 2})

    def ask() -> None:
        store.send_command(search_id, "dance")
        store.send_command(search_id, "resume")

    loop_over(store, search_id, FakeExecutor(clock, at((0, 2), ask)), clock)[0].run()
    dance, resume = store.commands(search_id)
    assert (dance.state, dance.result) == (
        "refused",
        "This runner knows pause, resume, stop. Received: 'dance'.",
    )
    assert (resume.state, resume.result) == ("applied", "It was not paused.")


def test_a_finalist_whose_worker_dies_goes_on_while_it_gets_further(store: Store, clock: FakeClock) -> None:
    """A death in each new epoch is mended; two in the same one are not."""
    search_id = open_search(store, budget={"trials": 3})
    died: list[tuple[int, int]] = []
    hopeless: list[int] = []

    def happens(number: int, epoch: int) -> None:
        if number <= -10 and (number in hopeless or (number, epoch) not in died) and epoch > 1:
            hopeless[:] = hopeless or [number]
            died.append((number, epoch))
            raise WorkerDied("The worker (process 7) was ended by SIGKILL.")

    executor = FakeExecutor(clock, happens)
    loop_over(store, search_id, executor, clock, finalists=2)[0].run()
    first, second = (
        t.number for t in sorted(store.trials(search_id), key=lambda t: -float(t.value or 0))[:2]
    )
    assert died == [(-10 - first, 2), (-10 - first, 2), (-10 - second, 2), (-10 - second, 3)]
    assert [f.number for f in store.finals(search_id)] == [second]
    assert f"Finalist {first} could not be judged: The worker" in str(store.get_search(search_id).reason)
    assert store.get_search(search_id).progress["epochs"] == 9  # the trials' alone


def test_a_finalist_that_cannot_be_judged_is_named_and_the_others_are(store: Store, clock: FakeClock) -> None:
    from kerasnas.errors import EvaluationError

    search_id = open_search(store, budget={"trials": 4})
    failed: list[int] = []

    def happens(number: int, epoch: int) -> None:
        if epoch == 0 and (not failed or number in failed):
            failed.append(number)
            raise EvaluationError("memory ran out", "out_of_memory")

    loop_over(store, search_id, FakeExecutor(clock, happens), clock)[0].run()
    record = store.get_search(search_id)
    assert record.state == "finished"
    assert f"Finalist {failed[0]} could not be judged: memory ran out" in str(record.reason)
    assert len(store.finals(search_id)) == 1


def test_the_past_is_tried_tested_and_recorded_also_when_the_runner_dies(tmp_path: Path) -> None:
    """A warm start: gate and transfers are stored once, and a killed search ends as an undisturbed one."""
    from kerasnas.strategies import make
    from kerasnas.warmstart import WarmStart

    space = toy_space()
    past = [space.sample(seed) for seed in range(6)]
    ranks = [
        {"genotype": dict(g), "rank": k / 5, "coverage": 1.0, "search": "old", "trial": k, "value": 1 - k / 5}
        for k, g in enumerate(past)
    ]
    hint = {
        "direction": "max",
        "sources": [
            {"task": "p", "name": "past", "similarity": 0.9, "trials": 6, "ranks": ranks, "differs": []}
        ],
        "portfolio": [{**entry, "task": "p", "name": "past", "expected": 0.1} for entry in ranks[:3]],
    }

    def run(store: Store, search_id: str, executor: FakeExecutor) -> None:
        loop, _ = loop_over(store, search_id, executor, executor.clock, strategy="random")
        loop.strategy = WarmStart(make("random", space, seed=0, direction="max"), hint, space, 0, "max")
        loop.run()

    def kill(number: int, epoch: int) -> None:
        if (number, epoch) == (9, 2):
            raise Killed

    with open_store(tmp_path, "one.db") as store:
        search_id = open_search(store, budget={"trials": 14})
        run(store, search_id, FakeExecutor(FakeClock()))
        expected = board(store, search_id)
        gate = [(g.trial_number, g.verdict) for g in store.gate_history(search_id)]
        transfers = [
            (t.source_search, t.source_trial, t.details["trial"]) for t in store.transfer_events(search_id)
        ]
    assert gate
    assert transfers == [("old", k, 2 * k + 1) for k in range(3)]
    with open_store(tmp_path, "two.db") as store:
        search_id = open_search(store, budget={"trials": 14})
        with pytest.raises(Killed):
            run(store, search_id, FakeExecutor(FakeClock(), kill))
        run(store, search_id, FakeExecutor(FakeClock()))
        assert board(store, search_id) == expected
        assert [(g.trial_number, g.verdict) for g in store.gate_history(search_id)] == gate
        assert [
            (t.source_search, t.source_trial, t.details["trial"]) for t in store.transfer_events(search_id)
        ] == transfers


def test_a_candidate_that_would_take_too_large_a_share_of_the_minutes_is_ended(
    store: Store, clock: FakeClock
) -> None:
    search_id = open_search(store, budget={"minutes": 2})
    executor = FakeExecutor(clock)
    executor.pace = {1: 11.0, 2: 5.0}  # 33 s and 15 s: 15 % of two minutes are 18 s
    loop_over(store, search_id, executor, clock, finalists=0)[0].run()
    trials = store.trials(search_id)
    assert [(t.state, len(t.curve)) for t in trials[:3]] == [
        ("completed", 3),
        ("stopped", 2),
        ("completed", 3),
    ]
    assert trials[1].error is not None
    assert (
        trials[1]
        .error["message"]
        .startswith(
            "Ended after 2 epochs: its training would have taken 33 s, and one candidate may take 18 s of 2 minutes."
        )
    )
    assert trials[1].value is not None  # what it had until then counts


def test_a_candidate_that_is_slower_and_worse_than_most_is_ended(store: Store, clock: FakeClock) -> None:
    search_id = open_search(store, budget={"minutes": 2})
    executor = FakeExecutor(clock)
    executor.pace = {4: 2.0, 5: 2.0}
    executor.worth = {4: 1e-6, 5: 2.0}  # the worst of all, and the best
    loop_over(store, search_id, executor, clock, finalists=0)[0].run()
    trials = store.trials(search_id)
    assert [(t.state, len(t.curve)) for t in trials[:6]] == [
        *[("completed", 3)] * 4,
        ("stopped", 2),
        ("completed", 3),
    ]
    assert trials[4].error is not None
    assert trials[4].error["kind"] == "behind"
    assert trials[4].error["message"].startswith("Ended after 2 epochs: it took longer than most (4 s)")


def test_whether_a_candidate_is_behind_is_known_after_a_restart(store: Store, clock: FakeClock) -> None:
    def run(killed_at: int | None) -> list[tuple[Any, ...]]:
        def happens(number: int, epoch: int) -> None:
            if number == killed_at and epoch == 1:
                raise Killed

        search_id = open_search(store, budget={"minutes": 0.5})
        for dies in (happens, lambda *_: None):
            executor = FakeExecutor(clock, dies)
            executor.pace, executor.worth = {4: 2.0}, {4: 1e-6}
            with contextlib.suppress(Killed):
                loop_over(store, search_id, executor, clock, finalists=0)[0].run()
        return [(t.number, t.state, len(t.curve)) for t in store.trials(search_id)]

    assert run(killed_at=4) == run(killed_at=None)


@pytest.mark.parametrize(
    ("budget", "pace"),
    [({"minutes": 2}, {0: 20.0}), ({"minutes": 2}, {0: 15.0, 1: 29.0}), ({"trials": 3}, {1: 900.0})],
    ids=["the first", "everything is slow", "no minutes"],
)
def test_a_slow_candidate_is_trained_where_none_quicker_is_known(
    store: Store, clock: FakeClock, budget: dict[str, Any], pace: dict[int, float]
) -> None:
    search_id = open_search(store, budget=budget)
    executor = FakeExecutor(clock)
    executor.pace = pace
    loop_over(store, search_id, executor, clock, finalists=0)[0].run()
    slow = store.trials(search_id)[max(pace)]
    assert slow.error is None
    assert len(slow.curve) >= 2
