"""Which networks are averaged, and what the loop makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasnas import problems
from kerasnas.errors import EvaluationError
from kerasnas.objectives import score
from kerasnas.run.budget import Budget
from kerasnas.run.ensemble import POOL, Predictions, pick
from kerasnas.run.executor import Combination, Control, Retraining, Verdict
from meta_store import Store

from .fakes import FakeClock, FakeExecutor, Killed, loop_over, open_search, open_store

CLASSES, NUMBERS = problems.get("multiclass"), problems.get("regression")
TARGETS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


def says(*classes: int, surely: float = 0.8) -> np.ndarray:
    """Probabilities of a network that takes each row for one class."""
    rows = np.full((len(classes), 3), (1 - surely) / 2)
    rows[np.arange(len(classes)), list(classes)] = surely
    return rows


def loss(said: np.ndarray) -> float:
    return score("log_loss", TARGETS, said)


def test_the_average_of_probabilities_is_that_of_averaged_logits() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 5, 3))
    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    mean = np.exp(logits.mean(axis=0))
    np.testing.assert_allclose(
        CLASSES.average(list(shares)), mean / mean.sum(axis=1, keepdims=True), rtol=1e-5
    )


def test_the_average_of_numbers_is_their_mean() -> None:
    np.testing.assert_allclose(NUMBERS.average([np.array([1.0, 2.0]), np.array([3.0, 2.0])]), [2.0, 2.0])


def test_a_class_that_one_network_rules_out_is_still_possible() -> None:
    said = CLASSES.average([np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])])
    np.testing.assert_allclose(said, [[0.5, 0.5]])


def test_those_join_who_err_elsewhere() -> None:
    best = says(0, 1, 2, 0, 1, 2, 1, 0, surely=0.7)  # wrong in the last two rows
    other = says(1, 0, 1, 0, 1, 2, 0, 1, surely=0.7)  # wrong in the first three
    assert pick({7: best, 3: best, 5: other}, CLASSES, TARGETS, 2) == (7, 5)


def test_the_larger_of_about_equal_teams_is_taken() -> None:
    wrong_once = [*TARGETS[:-1], 2]
    good, nearly = says(*wrong_once, surely=0.795), says(*wrong_once, surely=0.8)
    assert CLASSES.team_loss(TARGETS, nearly) > CLASSES.team_loss(TARGETS, good)
    assert pick({7: good, 3: nearly, 5: nearly}, CLASSES, TARGETS, 5) == (7, 3, 5)


def test_nobody_joins_who_only_does_harm() -> None:
    assert pick({4: says(*TARGETS), 2: says(*((TARGETS + 1) % 3))}, CLASSES, TARGETS, 3) == ()


def test_a_network_that_is_sure_of_nothing_makes_no_better_loss() -> None:
    best = says(0, 1, 2, 0, 1, 2, 1, 0, surely=0.98)  # sure, and wrong in the last two rows
    nothing = np.full((8, 3), 1 / 3)
    together = CLASSES.average([best, nothing])
    assert loss(together) < loss(best)
    assert CLASSES.team_loss(TARGETS, together) == pytest.approx(CLASSES.team_loss(TARGETS, best), rel=0.01)
    other = says(1, 0, 2, 0, 1, 2, 0, 1, surely=0.7)
    teams = {0: best, 1: nothing, 2: other}
    assert pick(teams, CLASSES, TARGETS, 2) == (0, 2)


def test_numbers_are_averaged_by_their_squared_error() -> None:
    targets = np.array([1.0, 2.0, 3.0])
    said = {0: targets + 0.5, 1: targets + 0.9, 2: targets - 0.6}
    assert pick(said, NUMBERS, targets, 2) == (0, 2)


@pytest.mark.parametrize("most", [0, 1])
def test_one_finalist_makes_no_team(most: int) -> None:
    assert pick({0: says(*TARGETS), 1: says(*TARGETS)}, CLASSES, TARGETS, most) == ()


def test_one_candidate_makes_no_team() -> None:
    assert pick({0: says(*TARGETS)}, CLASSES, TARGETS, 3) == ()


@pytest.mark.parametrize(("direction", "kept"), [("max", range(5, 5 + POOL)), ("min", range(POOL))])
def test_the_best_predictions_are_kept(tmp_path: Path, direction: str, kept: range) -> None:
    predictions = Predictions(tmp_path / "predictions", direction)
    for number in range(POOL + 5):
        predictions.keep(number, float(number), says(0, 1) + number)
    again = Predictions(tmp_path / "predictions", direction).read([24, 3, 10, 99])
    assert list(again) == [n for n in (24, 3, 10) if n in kept]
    np.testing.assert_allclose(again[10], says(0, 1) + 10, rtol=1e-6)


# -- the loop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def ranked(store: Store, search_id: str) -> list[int]:
    return [t.number for t in sorted(store.trials(search_id), key=lambda t: -float(t.value or 0))]


def searched(
    store: Store,
    clock: FakeClock,
    *places: int,
    happens: Callable[[int, int], None] = lambda *_: None,
    **rules: object,
) -> tuple[str, FakeExecutor, list[int]]:
    """A search of six trials whose executor names those of certain ranks as a team."""
    search_id = open_search(store, budget={"trials": 6})
    loop_over(store, search_id, FakeExecutor(clock), clock, finalists=0)[0].run()
    order = ranked(store, search_id)
    executor = FakeExecutor(clock, happens)
    executor.team = {order[place] for place in places}
    loop_over(store, search_id, executor, clock, **{"finalists": 3, **rules})[0].run()
    return search_id, executor, order


def test_the_members_are_retrained_and_then_averaged(store: Store, clock: FakeClock) -> None:
    search_id, executor, order = searched(store, clock, 0, 3)
    assert executor.judged == [order[0], order[3], order[1]]
    assert [(f.number, f.rank) for f in store.finals(search_id)] == [
        (order[0], 1),
        (order[1], 2),
        (order[3], 4),
    ]
    made = store.ensemble(search_id)
    assert made is not None
    assert made.members == (order[0], order[3]) == executor.combined[0]
    assert (made.validation, made.holdout) == (0.99, 0.9)
    assert made.bundle.endswith("ensemble.kn")
    snapshot = store.snapshot(search_id)
    assert snapshot is not None
    assert snapshot.result == made


@pytest.mark.parametrize("rules", [{"ensemble": False}, {"finalists": 1}])
def test_there_is_none_where_none_is_wished(store: Store, clock: FakeClock, rules: dict[str, object]) -> None:
    search_id, executor, order = searched(store, clock, 0, 1, **rules)
    assert store.ensemble(search_id) is None
    assert executor.combined == []
    assert executor.judged == order[: len(executor.judged)]
    snapshot = store.snapshot(search_id)
    assert snapshot is not None
    assert snapshot.result == store.finals(search_id)[0]


def test_the_others_are_averaged_where_one_cannot_be_judged(store: Store, clock: FakeClock) -> None:
    order: list[int] = []

    def happens(number: int, epoch: int) -> None:
        if epoch == 0 and number == ranked(store, store.list_searches()[0].id)[1]:
            raise EvaluationError("no room", "out_of_memory")

    search_id, executor, order = searched(store, clock, 0, 1, 2, happens=happens)
    assert executor.combined == [(order[0], order[2])]
    assert f"Finalist {order[1]} could not be judged: no room" in str(store.get_search(search_id).reason)


def test_a_failure_to_average_leaves_the_finalists(store: Store, clock: FakeClock) -> None:
    def happens(number: int, epoch: int) -> None:
        if number == -1:
            raise EvaluationError("the disk is full")

    search_id, _, order = searched(store, clock, 0, 1, happens=happens)
    assert store.ensemble(search_id) is None
    assert len(store.finals(search_id)) == 3
    assert f"Finalists {order[:2]} could not be averaged: the disk is full" in str(
        store.get_search(search_id).reason
    )


def test_a_choice_that_fails_leaves_the_finalists(store: Store, clock: FakeClock) -> None:
    def happens(number: int, epoch: int) -> None:
        if number == -2:
            raise EvaluationError("predictions cannot be read")

    search_id, executor, order = searched(store, clock, 0, 1, happens=happens)
    assert executor.judged == order[:3]
    assert store.ensemble(search_id) is None
    assert store.get_search(search_id).state == "finished"


def test_an_ensemble_is_made_again_only_when_its_members_change(store: Store, clock: FakeClock) -> None:
    search_id, _, order = searched(store, clock, 0, 1)
    again = FakeExecutor(clock)
    again.team = set(order[:2])
    loop_over(store, search_id, again, clock, finalists=3)[0].run()
    assert (again.judged, again.combined) == ([], [])
    assert store.ensemble(search_id) is not None
    loop_over(store, search_id, FakeExecutor(clock), clock, finalists=3)[0].run()
    assert store.ensemble(search_id) is None


# -- what is kept of their bundles


def rounds(store: Store, clock: FakeClock, folder: Path, happens: Any = lambda *_: None) -> tuple[str, Any]:
    """A search whose trials come better and better, and that judges two finalists; and how to go on with it, up to so many trials."""
    search_id = open_search(store, budget={"trials": 3})

    def go_on(trials: int, *team: int) -> FakeExecutor:
        class Writing(FakeExecutor):
            def judge(self, work: Retraining, control: Control) -> Verdict:
                verdict = super().judge(work, control)
                work.bundle.write_text("a bundle")
                return verdict

            def combine(self, work: Combination, control: Control) -> Verdict:
                assert all(path.is_file() for path in work.members.values())
                work.bundle.write_text("a bundle")
                return super().combine(work, control)

        executor = Writing(clock, happens)
        executor.team = set(team)
        executor.worth = {number: 0.01 * number for number in range(20)}
        loop, _ = loop_over(store, search_id, executor, clock, finalists=2, bundles=folder)
        loop.budget = Budget(trials=trials)
        loop.run()
        return executor

    return search_id, go_on


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("store.db"))


def bundles(store: Store, search_id: str) -> dict[int, bool]:
    return {final.number: bool(final.bundle) for final in store.finals(search_id)}


def test_bundles_of_an_earlier_round_go_and_their_figures_stay(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    search_id, go_on = rounds(store, clock, tmp_path / "b")
    (tmp_path / "b").mkdir()
    go_on(3, 1, 2)
    assert files(tmp_path / "b") == ["ensemble.kn", "trial-1.kn", "trial-2.kn"]
    (tmp_path / "b" / ".trial-1.kn.left").mkdir()
    held = {final.number: final.holdout for final in store.finals(search_id)}
    go_on(4)
    assert files(tmp_path / "b") == ["trial-2.kn", "trial-3.kn"]
    go_on(6)
    assert files(tmp_path / "b") == ["trial-4.kn", "trial-5.kn"]
    assert bundles(store, search_id) == {1: False, 2: False, 3: False, 4: True, 5: True}
    assert held.items() <= {final.number: final.holdout for final in store.finals(search_id)}.items()


def test_a_member_whose_bundle_went_is_retrained(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    search_id, go_on = rounds(store, clock, tmp_path)
    go_on(3)
    go_on(5)
    executor = go_on(5, 4, 1)
    assert executor.judged == [1]
    assert executor.combined == [(4, 1)]
    assert files(tmp_path) == ["ensemble.kn", "trial-1.kn", "trial-3.kn", "trial-4.kn"]
    assert bundles(store, search_id) == {1: True, 2: False, 3: True, 4: True}


@pytest.mark.parametrize("last", [3, 4])
def test_what_is_there_stays_until_the_new_finalists_are_judged(
    store: Store, clock: FakeClock, tmp_path: Path, last: int
) -> None:
    dies = False

    def happens(number: int, epoch: int) -> None:
        if dies and (number, epoch) == (-10 - last, 1):
            raise Killed

    _, go_on = rounds(store, clock, tmp_path, happens)
    go_on(3)
    dies = True
    with pytest.raises(Killed):
        go_on(5)
    assert {"trial-1.kn", "trial-2.kn"} <= set(files(tmp_path))
    dies = False
    go_on(5)
    assert files(tmp_path) == ["trial-3.kn", "trial-4.kn"]
