"""The forms: fields with bounds, errors beside them, one message for a whole table of columns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from widgets.forms import columns as form
from widgets.forms.budget import NO_LIMIT, BudgetForm
from widgets.forms.columns import Columns, classes, describe, numbers


def columns(count: int) -> Any:
    each = [
        SimpleNamespace(
            name=f"c{k}",
            kind="numeric",
            reason="98 % of the values are numbers",
            missing=k,
            distinct=12,
            examples=(1.5, 2.0, "x" * 200),
        )
        for k in range(count)
    ]
    return SimpleNamespace(
        columns=each,
        rows=1000,
        target="y",
        problem="binary",
        metric="accuracy",
        name="t",
        modalities=("table",),
        notes=[],
    )


def test_fifty_columns_are_one_message() -> None:
    view = Columns(describe(columns(50)))
    sent = len(view.comm.sent)
    view.data = describe(columns(50), {"c3": "c3 holds no numbers"})
    assert len(view.comm.sent) - sent == 1
    assert view.comm.bytes[-1] < 64 * 1024


def test_two_hundred_columns_fit_a_message_and_more_are_named() -> None:
    told = describe(columns(250))
    assert len(told["columns"]) == form.MOST_COLUMNS
    assert "The first 200 columns are listed." in told["summary"]


def test_a_change_of_kind_reaches_the_form_and_nonsense_does_not() -> None:
    heard: list[tuple[str, str]] = []
    view = Columns(describe(columns(2)), lambda column, kind: heard.append((column, kind)))
    view.comm.says({"type": "kind", "column": "c1", "kind": "categorical"})
    view.comm.says({"type": "kind", "column": "c1", "kind": "nonsense"})
    assert heard == [("c1", "categorical")]


def test_an_error_stands_at_its_column() -> None:
    rows = describe(columns(2), {"c1": "c1 cannot be an image"})["columns"]
    assert [row["error"] for row in rows] == ["", "c1 cannot be an image"]


def test_the_target_is_told_in_words_too() -> None:
    told = classes("season", [("Summer", 60), ("Winter", 30), ("Fall", 10)])
    assert told["told"] == "3 classes; the largest, Summer, has 60% of the rows, the smallest 10.0%"
    assert (
        numbers("price", (1.0, 2.0, 3.0, 4.0, 50.0))["told"]
        == "minimum 1.000, lower quarter 2.000, median 3.000, upper quarter 4.000, maximum 50.00"
    )


def test_a_budget_needs_a_limit_and_says_so_beside_the_fields() -> None:
    heard: list[str] = []
    budget = BudgetForm(
        {},
        strategy="evolution",
        strategies=("evolution", "random"),
        seed=0,
        changed=lambda: heard.append("changed"),
    )
    assert budget.limits == {"minutes": 10}
    budget.minutes.value = 0
    assert budget.error == NO_LIMIT
    assert "kn-form-error" in budget.note.value
    budget.trials.value = 20
    assert (budget.error, budget.limits) == ("", {"trials": 20})
    assert len(heard) == 2


def test_a_budget_keeps_a_limit_of_epochs_that_has_no_field() -> None:
    budget = BudgetForm(
        {"epochs": 50, "trials": 4},
        strategy="random",
        strategies=("evolution", "random"),
        seed=1,
        changed=lambda: None,
    )
    assert budget.limits == {"trials": 4, "epochs": 50}


def test_fields_are_bounded() -> None:
    budget = BudgetForm({}, strategy="evolution", strategies=("evolution",), seed=0, changed=lambda: None)
    budget.minutes.value = -5
    assert budget.minutes.value == 0
