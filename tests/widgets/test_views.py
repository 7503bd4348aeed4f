"""What the views say about a search, as data."""

from __future__ import annotations

import time
from typing import Any

import pytest

from meta_store.records import EnsembleRecord, FinalRecord
from widgets.facts import Facts
from widgets.report import report
from widgets.views import code, curves, leaderboard, status
from widgets.views.leaderboard import Window

from .fakes import DEFAULT, snapshot, task, trial


def facts(trials: list[Any], *, kind: dict[str, Any] | None = None, **changes: Any) -> Facts:
    return Facts(snapshot(trials, **changes), task(**(kind or {})), "team.db", time.time(), DEFAULT)


def test_best_is_provisional_on_validation_rows_and_measured_against_the_baseline() -> None:
    best = status.best(facts([trial(0, value=0.5), trial(1, value=0.75)]))
    assert best is not None
    assert (best["number"], best["stage"], best["text"]) == (1, "provisional", "0.750")
    assert best["change"] == "+0.440 against the baseline's 0.310"
    assert best["better"]


def test_best_is_final_once_the_finalists_are_judged() -> None:
    final = FinalRecord("7f3a", number=0, rank=1, validation=0.8, holdout=0.7)
    best = status.best(facts([trial(0, value=0.5), trial(1, value=0.75)], finals=[final], state="finished"))
    assert best is not None
    assert (best["number"], best["stage"], best["text"]) == (0, "final", "0.700")
    assert best["judged"] == "on held-out rows, judged once; 0.800 on validation rows"


def test_best_is_the_average_of_finalists_where_there_is_one() -> None:
    finals = [FinalRecord("7f3a", number=n, rank=n + 1, validation=0.8, holdout=0.7) for n in (0, 1)]
    both = EnsembleRecord("7f3a", members=(0, 1), validation=0.85, holdout=0.75)
    trials = [trial(0, value=0.8), trial(1, value=0.75)]
    best = status.best(facts(trials, finals=finals, ensemble=both, state="finished"))
    assert best is not None
    assert (best["number"], best["stage"], best["text"]) == (0, "final", "0.750")
    assert best["judged"] == "on held-out rows, judged once; 0.850 on validation rows"
    assert best["about"].startswith("Trials 0, 1 averaged in one model. Trial 0: ")


def test_smaller_is_better_where_the_direction_says_so() -> None:
    found = facts(
        [trial(0, value=3.0), trial(1, value=2.0)],
        kind={"direction": "min", "metric": "rmse"},
        settings={"baseline": 4.0},
    )
    best = status.best(found)
    assert best is not None
    assert (best["number"], best["better"], best["change"]) == (
        1,
        True,
        "-2.000 against the baseline's 4.000",
    )
    assert [row["number"] for row in leaderboard.board(found, Window())["rows"]] == [1, 0]


def test_nothing_yet_is_said_by_none_and_empty_lists() -> None:
    empty = facts([])
    assert status.best(empty) is None
    assert status.top(empty) == []
    assert status.failure(empty) is None
    assert curves.learning(empty)["svg"] == ""
    assert leaderboard.board(empty, Window())["total"] == 0


def test_budget_bars_and_the_time_left_of_the_limit_that_comes_first() -> None:
    told = status.budget(facts([trial(k) for k in range(20)], progress={"seconds": 60.0}))
    assert [(bar["name"], bar["text"]) for bar in told["bars"]] == [
        ("trials", "20 of 40"),
        ("time", "1 min of 10 min"),
    ]
    assert told["eta"] == "About 1 min left, then the budget of trials is spent."


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("running", ["pause", "stop"]),
        ("paused", ["resume", "stop"]),
        ("finished", []),
        ("stopped", ["revive"]),
        ("finalising", ["stop"]),
    ],
)
def test_each_state_offers_its_actions_the_primary_one_first(state: str, actions: list[str]) -> None:
    assert status.head(facts([trial(0)], state=state))["actions"] == actions


def test_it_is_said_where_frozen_features_come_from() -> None:
    line = "text/minilm features: from the cache (10,003 rows)"
    assert status.head(facts([trial(0)]))["features"] == []
    assert status.head(facts([trial(0)], progress={"features": [line]}))["features"] == [line]


def test_the_latest_failure_has_a_cause_in_one_line_and_advice() -> None:
    error = {"kind": "nan", "message": "loss is NaN in epoch 3\nmore", "trace": "Traceback"}
    told = status.failure(facts([trial(0), trial(1, state="failed", error=error), trial(2)]))
    assert told is not None
    assert told["cause"] == "the loss became NaN (loss is NaN in epoch 3)"
    assert "learning rate" in told["advice"]
    assert told["trace"] == "Traceback"


def test_rows_without_a_value_come_last() -> None:
    rows = leaderboard.board(
        facts(
            [trial(0, state="failed"), trial(1, value=0.2), trial(2, state="running"), trial(3, value=0.9)]
        ),
        Window(),
    )["rows"]
    assert [row["number"] for row in rows] == [3, 1, 2, 0]


@pytest.mark.parametrize("key", ["number", "value", "state", "epochs", "parameters", "seconds", "origin"])
def test_every_sortable_column_sorts(key: str) -> None:
    board = leaderboard.board(
        facts([trial(k, epochs=1 + k % 3) for k in range(9)]), Window(sort=key, descending=False)
    )
    assert len(board["rows"]) == 9
    assert key in {column["key"] for column in board["columns"] if column["sortable"]}


def test_a_window_past_the_end_shows_the_last_rows() -> None:
    board = leaderboard.board(facts([trial(k) for k in range(50)]), Window(start=900))
    assert (board["start"], len(board["rows"])) == (10, 40)


def test_details_mark_what_differs_from_the_default() -> None:
    genotype = {**DEFAULT, "depth": 4}
    told = leaderboard.detail(facts([trial(0, genotype=genotype, parents=(3,))]), 0)
    assert ["depth", "4", True] in told["genotype"]
    assert ["fusion/kind", "concatenation", False] in told["genotype"]
    assert "parents #3" in told["line"]
    with pytest.raises(KeyError, match="has no trial 9"):
        leaderboard.detail(facts([]), 9)


def test_the_static_report_is_true_without_style_or_script_and_escapes_names() -> None:
    html = report(facts([trial(0), trial(1)], kind={"name": "<b>season</b>"}), "")
    assert "<script" not in html
    assert "<style" not in html
    assert "&lt;b&gt;season&lt;/b&gt;: running" in html
    assert "As of " in html
    assert html.count("<svg") == 2
    assert "kn.attach(&#x27;7f3a&#x27;, store=&#x27;team.db&#x27;)" in html


def test_code_is_python_that_says_what_the_forms_say() -> None:
    text = code.search(
        "'products.csv'",
        "season",
        {"column_types": {"size": "categorical"}},
        {"store": "team.db", "seed": 3},
        {"minutes": 10},
    )
    compile(text, "<shown>", "exec")
    assert "task = kn.Task('products.csv', target='season', column_types={'size': 'categorical'})" in text
    assert "search = kn.Search(task, budget=kn.Budget(minutes=10), store='team.db', seed=3)" in text
    compile(code.attach("'7f3a'"), "<shown>", "exec")
    compile(code.after("my task"), "<shown>", "exec")
    assert 'save("my_task.kn")' in code.after("my task")


def test_a_resumed_search_that_found_better_is_provisional_again() -> None:
    final = FinalRecord("7f3a", number=0, rank=1, validation=0.8, holdout=0.7)
    trials = [trial(0, value=0.5), trial(1, value=0.75)]
    best = status.best(facts(trials, finals=[final], state="running"))
    assert best is not None
    assert (best["number"], best["stage"]) == (1, "provisional")


def test_without_held_out_rows_nothing_is_called_final() -> None:
    final = FinalRecord("7f3a", number=0, rank=1, validation=0.8, holdout=None)
    best = status.best(facts([trial(0, value=0.5)], finals=[final], state="finished"))
    assert best is not None
    assert (best["stage"], best["judged"]) == ("provisional", "on validation rows; none are held out")
