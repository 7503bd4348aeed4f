"""What every hostile case is held to: nothing written or run, and memory bounded."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

MOST_MORE_MEMORY = 1500 * 2**20  # address space that a case may take beyond what is there


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERASNAS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that hostile content would write; no program may be started and no page fetched either."""
    path = tmp_path / "canary"

    def alarm(*what: Any, **_: Any) -> Any:
        path.write_text(repr(what), encoding="utf-8")
        raise AssertionError(f"hostile content ran {what!r}")

    monkeypatch.setattr(os, "system", alarm)
    monkeypatch.setattr(subprocess, "Popen", alarm)
    monkeypatch.setattr("urllib.request.urlopen", alarm)
    monkeypatch.setattr("urllib.request.urlretrieve", alarm)
    yield path
    assert not path.exists(), path.read_text(encoding="utf-8")


@pytest.fixture
def bounded() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """A limit on memory: within it, an attempt to take much more fails."""

    @contextlib.contextmanager
    def limit() -> Iterator[None]:
        old = resource.getrlimit(resource.RLIMIT_AS)
        most = psutil.Process().memory_info().vms + MOST_MORE_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, old[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, old)

    return limit
