"""The panel from a table to a search: the forms, the code that says the same, what a saved notebook shows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kerasnas as kn
import meta_store
from kerasnas.errors import DataError, SearchError
from meta_store.records import SearchRecord, SpaceRecord
from widgets import session as session_module
from widgets import studio as module
from widgets.session import Session
from widgets.studio import Studio, attach, studio

from .fakes import FakeStore, task, trial


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = 60
    return pd.DataFrame(
        {
            "size": [k % 7 + k / 100 for k in range(rows)],
            "code": [k % 4 for k in range(rows)],
            "shop": [("north", "south", "east")[k % 3] for k in range(rows)],
            "season": [("Summer", "Winter")[k % 2] for k in range(rows)],
        }
    )


class FakeSearch:
    """Takes what a search is given, and starts when a test lets it."""

    made: list[FakeSearch] = []  # noqa: RUF012 - emptied by the fixture
    fails: Exception | None = None

    def __init__(self, task: Any, **options: Any) -> None:
        self.task, self.options, self.id = task, options, "7f3a"
        self.resumed = 0
        FakeSearch.made.append(self)

    def start(self) -> FakeSearch:
        if FakeSearch.fails:
            raise FakeSearch.fails
        return self


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No process, no shared store: searches are fakes, and threads run where they are started."""
    FakeSearch.made, FakeSearch.fails = [], None
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KERASNAS_STORE", raising=False)
    monkeypatch.setattr(module, "Search", FakeSearch)
    monkeypatch.setattr(session_module, "_sessions", {})

    class Inline(threading.Thread):
        def start(self) -> None:
            if self.name == "kerasnas-studio-poller":
                return
            self.run()

    monkeypatch.setattr(threading, "Thread", Inline)


def press(panel: Studio, verb: str) -> list[dict[str, Any]]:
    panel.session.comm.says({"type": "act", "verb": verb})
    return panel.session.comm.replies


def head(panel: Studio) -> dict[str, Any]:
    panel.session.step_messages()
    return panel.session._outbox._parts["head"]


def test_a_panel_before_its_search_shows_the_columns_with_reasons(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season")
    rows = {row["name"]: row for row in panel._before.columns.data["columns"]}
    assert rows["size"]["kind"] == "numeric"
    assert all(row["reason"] for row in rows.values())
    assert panel._before.columns.data["target"]["told"].startswith("2 classes; the largest")
    told = head(panel)
    assert (told["state"], told["actions"], told["title"]) == ("new", ["start"], "Predict season")
    assert "60 rows" in told["subtitle"]


def test_a_kind_can_be_changed_and_changed_back_and_the_code_follows(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season")
    before = panel._before
    found = {c.name: c.kind for c in before.task.columns}["code"]
    other = "categorical" if found != "categorical" else "numeric"
    before.columns.comm.says({"type": "kind", "column": "code", "kind": other})
    assert {c.name: c.kind for c in before.task.columns}["code"] == other
    assert f"column_types={{'code': '{other}'}}" in before.code()
    before.columns.comm.says({"type": "kind", "column": "code", "kind": found})
    assert "column_types" not in before.code()


def test_a_kind_that_cannot_be_stays_and_says_why_at_its_column(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season")
    panel._before.columns.comm.says({"type": "kind", "column": "shop", "kind": "numeric"})
    row = next(row for row in panel._before.columns.data["columns"] if row["name"] == "shop")
    assert "'shop' was said to be numeric" in row["error"]
    assert row["kind"] == "categorical"


def test_start_hands_over_what_the_forms_say(frame: pd.DataFrame) -> None:
    options = {"seed": 3, "limits": {"parameters": 1000}, "warm_start": False}
    panel = studio(frame, "season", budget=kn.Budget(trials=20), **options)
    panel._before.form.trials.value = 12
    panel.session._store = FakeStore([trial(0)])
    assert press(panel, "start") == [{"type": "taken", "verb": "start"}]
    made = FakeSearch.made[0]
    assert made.task is panel._before.task
    assert made.options["budget"] == kn.Budget(trials=12)
    assert made.options["strategy"] == "evolution"
    assert {name: made.options[name] for name in options} == options
    assert panel.session.search_id == "7f3a"
    assert panel.search is made
    assert panel._before.columns.data["locked"]
    assert panel._before.form.layout.display == "none"
    assert "already" in press(panel, "start")[-1]["why"]


def test_a_start_that_fails_says_why_and_may_be_tried_again(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season")
    FakeSearch.fails = SearchError("the disk is full")
    replies = press(panel, "start")
    assert {"type": "refused", "why": "The search could not start: the disk is full"} in replies
    assert head(panel)["state"] == "new"
    assert panel.session.search_id is None


def test_without_a_limit_start_is_blocked_with_the_reason(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season")
    panel._before.form.minutes.value = 0
    assert head(panel)["blocked"].startswith("Give the search a limit")
    assert "Give the search a limit" in press(panel, "start")[-1]["why"]
    assert not FakeSearch.made


def test_the_code_runs_as_it_is_shown(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    frame.to_csv(path, index=False)
    panel = studio(str(path), "season", drop=["code"], budget="15 trials")
    text = panel._before.code()
    assert repr(str(path)) in text
    assert "drop=['code']" in text
    assert "budget=kn.Budget(trials=15)" in text
    compile(text, "<shown>", "exec")


def test_a_task_is_complete_and_its_columns_are_fixed(frame: pd.DataFrame) -> None:
    given = kn.Task(frame, "season", name="seasons")
    panel = studio(given)
    assert panel._before.task is given
    assert panel._before.columns.data["locked"]
    assert "kn.Search(task," in panel._before.code()
    with pytest.raises(TypeError, match="drop cannot be given beside it"):
        studio(given, drop=["size"])
    with pytest.raises(TypeError, match="needs a table and the name of its target"):
        studio(given, "season")
    with pytest.raises(TypeError, match="Received: data of type DataFrame, target=None"):
        studio(frame)


def test_errors_of_the_data_are_those_of_the_task(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="seasn"):
        studio(frame, "seasn")


def test_a_saved_notebook_shows_a_table_instead_of_a_panel(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season")
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert "No search has been started here" in bundle["text/html"]
    assert "<td>shop</td><td>categorical</td>" in bundle["text/html"]
    assert bundle["text/plain"] == "<kerasnas studio: no search yet>"


def test_a_panel_of_a_search_is_saved_as_its_report(follow: Callable[..., Session]) -> None:
    session = follow(FakeStore([trial(0), trial(1)]))
    session.step()
    bundle = Studio(session)._repr_mimebundle_()
    assert "As of " in bundle["text/html"]
    assert "<svg" in bundle["text/html"]
    assert bundle["text/plain"].startswith(
        "<kerasnas studio: search 7f3a running, 2 trials, best accuracy 0."
    )


def test_the_report_appears_when_the_search_ends(follow: Callable[..., Session]) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)
    panel = Studio(session)
    shown: list[dict[str, Any]] = []
    panel._slot = type("Slot", (), {"update": lambda self, data, raw: shown.append(data)})()
    session.step()
    assert not shown
    store.write(state="finished")
    session.step()
    assert "season: finished" in shown[0]["text/html"]


@pytest.fixture
def stored(tmp_path: Path) -> tuple[str, list[str]]:
    path = tmp_path / "team.db"
    with meta_store.open(path) as store:
        store.put_task(task())
        store.put_space(SpaceRecord("s1", "f", 1, {}))
        ids = [
            store.create_search(SearchRecord("", "t1", "s1", "random", k, {"trials": 3})) for k in range(2)
        ]
    return str(path), ids


def test_attach_opens_a_search_of_a_real_store(stored: tuple[str, list[str]]) -> None:
    path, ids = stored
    panel = attach(ids[0], path)
    told = head(panel)
    assert told["state"] == "created"
    assert told["attach"] == f"kn.attach({ids[0]!r}, store={path!r})"
    assert panel.session is attach(ids[0], path).session


def test_attach_takes_the_newest_and_an_unknown_id_names_what_there_is(
    stored: tuple[str, list[str]],
) -> None:
    path, ids = stored
    assert attach(store=path).session.search_id == ids[1]
    with pytest.raises(SearchError, match=f"There is no search 'zzz' in .*{ids[1]}"):
        attach("zzz", path)


def test_attach_in_an_empty_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="It has: none at all"):
        attach(None, tmp_path / "empty.db")


def test_columns_that_other_options_decide_offer_no_other_kind(frame: pd.DataFrame) -> None:
    panel = studio(frame, "season", drop=["code"])
    kinds = {row["name"]: row["kinds"] for row in panel._before.columns.data["columns"]}
    assert kinds["code"] == ["dropped"]
    assert kinds["size"] == ["image", "audio", "text", "numeric", "categorical", "tags", "series", "dropped"]
