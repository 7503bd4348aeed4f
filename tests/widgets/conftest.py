from __future__ import annotations

from collections.abc import Callable
from typing import Any

import comm
import pytest

from widgets.session import Session

from .fakes import FakeComm, FakeStore


@pytest.fixture(autouse=True)
def comms(monkeypatch: pytest.MonkeyPatch) -> list[FakeComm]:
    """Every comm that a widget opens, in order."""
    FakeComm.made = []
    monkeypatch.setattr(comm, "create_comm", FakeComm)
    return FakeComm.made


@pytest.fixture
def follow() -> Callable[..., Session]:
    """A session over a fake store, stepped by hand."""

    def make(store: FakeStore, search_id: Any = "7f3a") -> Session:
        session = Session("team.db", poll=False)
        session._store = store  # type: ignore[assignment]
        session.follow(search_id)
        return session

    return make
