"""The run folder stays bounded: its log, and what it says of its size."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kerasnas.run import folder as folders
from kerasnas.run import runner
from kerasnas.run.folder import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_a_log_that_has_grown_is_put_aside_once(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_LOG", 1000)
    folder.bound_log()  # there is none yet
    with folder.log.open("ab") as ours, folder.log.open("ab") as theirs:
        for number in range(1000):
            file = (ours, theirs)[number % 2]  # as runner and worker do
            file.write(b"line %04d\n" % number)
            file.flush()
            if number % 150 == 149:
                folder.bound_log()
    assert folder.log.stat().st_size <= 1000
    assert folder.old_log.stat().st_size <= 1000
    assert sorted(f.name for f in folder.path.iterdir()) == ["runner.log", "runner.log.1"]
    assert folder.tail(3) == ["line 0997", "line 0998", "line 0999"]
    folder.log.write_bytes(b"line 1000\n")
    assert folder.tail(3) == [folder.old_log.read_text().splitlines()[-2], "line 0899", "line 1000"]
    assert folder.mebibytes() * 2**20 <= 2000


def test_the_runner_bounds_what_a_process_prints(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_LOG", 100_000)
    monkeypatch.setattr(runner, "BEAT", 0.01)
    ended = threading.Event()
    store: Any = SimpleNamespace(renew_lease=lambda lease: None)
    heart = threading.Thread(target=runner._beat, args=(store, None, folder, ended))
    heart.start()
    with folder.log.open("ab") as output:
        code = "import sys, time\nfor k in range(400):\n    sys.stderr.write('x' * 999 + chr(10)); sys.stderr.flush(); time.sleep(0.001)"
        subprocess.run([sys.executable, "-c", code], stderr=output, check=True)
    ended.set()
    heart.join()
    folder.bound_log()
    assert folder.log.stat().st_size <= 100_000
    assert folder.old_log.stat().st_size <= 100_000
