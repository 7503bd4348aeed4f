"""One poller, one trait, few and small messages; commands go to the store from the handler."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from widgets import session as module
from widgets.session import SPACING, Session, answer_where_asked

from .fakes import FakeComm, FakeStore, trial


def feed(updates: list[dict[str, Any]]) -> dict[str, Any]:
    """What a page holds after these messages."""
    parts: dict[str, Any] = {}
    for update in updates:
        parts.update(update["parts"])
    return parts


def test_the_first_message_needs_no_predecessor_and_the_rest_continue_it(
    follow: Callable[..., Session],
) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)
    session.step()
    store.trials.append(trial(1))
    store.write()
    session.step()
    first, second = session.comm.updates
    assert first["base"] is None
    assert second["base"] == first["revision"] < second["revision"]
    assert feed(session.comm.updates)["head"]["state"] == "running"


def test_only_changed_parts_are_sent(follow: Callable[..., Session]) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)
    session.step()
    store.write(budget={"trials": 80})
    session.step()
    assert "budget" in session.comm.updates[-1]["parts"]
    assert "learning" not in session.comm.updates[-1]["parts"]
    assert "code" not in session.comm.updates[-1]["parts"]


def test_nothing_new_is_no_message(follow: Callable[..., Session]) -> None:
    session = follow(FakeStore([trial(0)]))
    for _ in range(5):
        session.step()
    assert len(session.comm.updates) == 1


def test_a_thousand_trials_stay_below_64_kb_a_message(follow: Callable[..., Session]) -> None:
    failed = trial(
        1001, state="failed", error={"kind": "shape", "message": "m" * 5000, "trace": "t" * 90_000}
    )
    store = FakeStore([trial(k, epochs=30) for k in range(1000)] + [failed])
    session = follow(store)
    for _ in range(6):
        session.step()
    assert max(session.comm.bytes) < 64 * 1024
    parts = feed(session.comm.updates)
    assert parts["board"]["total"] == 1001
    assert parts["learning"]["svg"]
    assert parts["progress"]["svg"]
    assert session._outbox.pending is False


def test_the_thread_sends_at_most_four_messages_a_second_and_views_add_none(comms: list[FakeComm]) -> None:
    from widgets.views.curves import Curves
    from widgets.views.leaderboard import Leaderboard
    from widgets.views.status import Status

    store = FakeStore([trial(0)])
    session = Session("team.db")
    session._store = store  # type: ignore[assignment]
    views = [Status(session), Leaderboard(session), Curves(session)]
    before = [len(view.comm.sent) for view in views]
    session.follow("x")
    began = time.monotonic()
    for k in range(1, 200):
        store.trials.append(trial(k, epochs=2))
        store.write()
        session._wake.set()
        time.sleep(0.005)
    lasted = time.monotonic() - began
    updates = session.comm.updates
    session.close()
    # No demand on the clock: the bound follows from the time that passed.
    assert 1 <= len(updates) <= lasted / SPACING + 2
    assert [len(view.comm.sent) for view in views] == before


def test_a_view_opens_with_less_than_64_kb_and_points_to_its_session() -> None:
    import json

    from widgets.views.leaderboard import Leaderboard

    session = Session("team.db", poll=False)
    opened = Leaderboard(session).comm.opened["data"]["state"]
    assert opened["session"] == f"IPY_MODEL_{session.model_id}"
    assert len(json.dumps(opened)) < 64 * 1024


def test_a_resync_sends_every_part_again(follow: Callable[..., Session]) -> None:
    session = follow(FakeStore([trial(0)]))
    session.step()
    session.comm.says({"type": "resync"})
    session.step()
    assert session.comm.updates[-1]["base"] is None
    assert set(session.comm.updates[-1]["parts"]) == set(session.comm.updates[0]["parts"])


@pytest.mark.parametrize("verb", ["pause", "resume", "stop"])
def test_a_button_writes_a_command_at_once_and_is_confirmed(
    follow: Callable[..., Session], verb: str
) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)
    session.comm.says({"type": "act", "verb": verb})
    assert [(search, sent) for search, sent, _ in store.sent] == [("7f3a", verb)]
    assert store.sent[0][2]
    assert session.comm.replies == [{"type": "taken", "verb": verb}]


def test_a_button_that_comes_to_nothing_says_why(
    follow: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)

    def locked(*_: Any, **__: Any) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "send_command", locked)
    session.comm.says({"type": "act", "verb": "pause"})
    assert session.comm.replies == [{"type": "refused", "why": "pause was not possible: the disk is full"}]


def test_start_without_a_form_is_refused() -> None:
    session = Session("team.db", poll=False)
    session.comm.says({"type": "act", "verb": "start"})
    assert "no search has been started here" in session.comm.replies[0]["why"]


def test_the_page_gets_the_window_that_it_asks_for(follow: Callable[..., Session]) -> None:
    session = follow(FakeStore([trial(k) for k in range(300)]))
    session.step()
    session.comm.says({"type": "window", "start": 120, "sort": "number", "descending": False})
    session.step()
    board = feed(session.comm.updates)["board"]
    assert (board["start"], board["rows"][0]["number"], len(board["rows"])) == (120, 120, 40)


def test_details_of_a_trial_are_a_reply_not_a_part(follow: Callable[..., Session]) -> None:
    session = follow(FakeStore([trial(0), trial(1)]))
    session.step()
    session.comm.says({"type": "detail", "number": 1})
    reply = session.comm.replies[-1]
    assert reply["number"] == 1
    assert ["text/encoder", "tfidf", False] in reply["genotype"] or ["text/encoder", "tfidf", True] in reply[
        "genotype"
    ]


def test_a_silent_runner_is_lost_and_its_last_log_lines_are_shown(
    follow: Callable[..., Session], tmp_path: Any
) -> None:
    (tmp_path / "runner.log").write_text("loading\nepoch 1\nKilled\n")
    store = FakeStore([trial(0)], heartbeat_at=time.time() - 42, run_folder=str(tmp_path))
    session = follow(store)
    session.step()
    head = feed(session.comm.updates)["head"]
    assert head["state"] == "lost"
    assert head["actions"] == ["revive"]
    assert "process 4242 on desk has not been heard of for 40 s" in head["lost"]["text"]
    assert head["lost"]["log"][-1] == "Killed"


def test_an_ended_search_is_read_once_more_as_a_whole_and_then_left_alone(
    follow: Callable[..., Session],
) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)
    ended: list[Any] = []
    session.on_end = ended.append
    session.step()
    store.write(state="finished")
    session.step()
    store.write(state="finished")
    session.step()
    assert session.comm.updates[-1]["base"] is None
    assert set(session.comm.updates[-1]["parts"]) >= {"head", "board", "learning"}
    assert session.comm.updates[-1]["parts"]["head"]["live"] is False
    assert len(session.comm.updates) == 2
    assert len(ended) == 1


def test_a_command_that_waits_says_what_for(follow: Callable[..., Session]) -> None:
    from meta_store.records import CommandRecord

    asked = CommandRecord(1, "7f3a", "pause", {}, "ada", 0.0)
    store = FakeStore(
        [trial(0), trial(1, state="running", epochs=2)],
        commands=[asked],
    )
    session = follow(store)
    session.step()
    assert feed(session.comm.updates)["head"]["waiting"] == "Pauses at the next batch of trial 1."


def test_panels_of_one_search_share_a_poller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_sessions", {})
    monkeypatch.setattr(module.meta_store, "open", lambda path: FakeStore([trial(0)]), raising=False)
    one, other = module.following("a", "team.db"), module.following("a", "team.db")
    third = module.following("b", "team.db")
    assert one is other
    assert third is not one
    one.close()
    third.close()


def test_a_store_that_cannot_be_read_is_shown(
    follow: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore([trial(0)])
    session = follow(store)
    session.step()

    def broken(*_: Any, **__: Any) -> Any:
        raise OSError("no such file: team.db")

    monkeypatch.setattr(store, "snapshot", broken)
    session._report(OSError("no such file: team.db"))
    session.step_messages()
    assert "The store cannot be read: no such file: team.db" in feed(session.comm.updates)["head"]["reason"]


def test_defaults_come_from_the_stored_space_and_an_unreadable_one_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from kerasnas.space import Choice, Input, Space, block
    from meta_store.records import SpaceRecord

    @block("small")
    def small(x: Any, *, size: Any = Choice(3, 5)) -> Any:
        return x * size

    traced = Space.trace(lambda x: small(x), {"x": Input((4,))})
    narrowed = traced.restrict({"small/size": [5]})
    assert module.defaults(SpaceRecord("s", "small", 1, traced.to_json())) == {"small/size": 3}
    assert module.defaults(SpaceRecord("s", "small", 1, narrowed.to_json())) == {"small/size": 5}
    assert module.defaults(SpaceRecord("s", "small", 1, {"format": 99})) == {}
    assert "shown without its defaults" in caplog.text


def test_requests_are_answered_where_the_page_asked() -> None:
    """ipykernel routes them to where its side of the comm last spoke from, unless it finds no route."""
    from types import SimpleNamespace

    comm = SimpleNamespace(_reply_subshell_for=lambda data, default: None)
    answer_where_asked(comm)
    assert comm._reply_subshell_for is None
    older = SimpleNamespace()
    answer_where_asked(older)
    assert not vars(older)
