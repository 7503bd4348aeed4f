from __future__ import annotations

from collections.abc import Callable
from typing import Any

import comm
import pytest

from widgets import session
from widgets.session import Session

from .fakes import DEFAULT, FakeComm, FakeStore


@pytest.fixture(autouse=True)
def comms(monkeypatch: pytest.MonkeyPatch) -> list[FakeComm]:
    """Every comm that a widget opens, in order."""
    FakeComm.made = []
    monkeypatch.setattr(comm, "create_comm", FakeComm)
    return FakeComm.made


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Session]:
    """A session over a fake store, stepped by hand."""
    monkeypatch.setattr(session, "defaults", lambda space: dict(DEFAULT))

    def make(store: FakeStore, search_id: Any = "7f3a") -> Session:
        made = Session("team.db", poll=False)
        made._store = store  # type: ignore[assignment]
        made.follow(search_id)
        return made

    return make
