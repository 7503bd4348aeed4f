"""The frame of the benchmarks: figures, intervals, the list."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

from benchmarks import __main__ as frame
from benchmarks.figure import Figure, mean_interval, share_interval

ROOT = Path(__file__).resolve().parents[2]


def test_intervals() -> None:
    low, high = share_interval(0.5, 100)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-3)
    low, high = mean_interval([1.0, 2.0, 3.0]) or (0.0, 0.0)
    assert (low + high) / 2 == pytest.approx(2.0)
    assert low == pytest.approx(2 - 4.303 / 3**0.5, abs=1e-2)
    assert mean_interval([1.0]) is None


def test_every_benchmark_is_listed_with_what_it_shows() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks", "list"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert "real_tasks" in said
    assert "runner_overhead" in said
    assert all(summary for summary in frame.benchmarks().values())


def test_a_run_prints_and_writes_its_figures(tmp_path, monkeypatch, capsys) -> None:
    class Toy:
        SEEDS = 2

        @staticmethod
        def run(seeds: int):
            yield Figure("toy", float(seeds), "ratio", (0.5, 2.5), 1.0, True, (0, 1), 0.1)

    monkeypatch.setattr(frame, "RESULTS", tmp_path)
    monkeypatch.setattr(frame.importlib, "import_module", lambda *_: Toy)
    assert frame.run("toy", None) == 0
    printed = json.loads(capsys.readouterr().out)
    written = json.loads((tmp_path / "toy.json").read_text())
    assert written["figures"] == [printed]
    assert "keras" in printed.pop("machine")["packages"]
    assert printed == {
        "name": "toy", "value": 2.0, "unit": "ratio", "interval": [0.5, 2.5], "target": 1.0, "met": True, "seeds": [0, 1], "seconds": 0.1,
        "detail": None,
    }  # fmt: skip


def test_a_run_keeps_the_figures_that_it_does_not_repeat(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(frame, "RESULTS", tmp_path)
    for said in ((("a", 1.0), ("b", 2.0)), (("b", 3.0),)):
        toy = types.SimpleNamespace(
            run=lambda _, said=said: (Figure(n, v, "ratio", seeds=(0,)) for n, v in said)
        )
        monkeypatch.setattr(frame.importlib, "import_module", lambda *_, toy=toy: toy)
        frame.run("toy", 1)
    written = json.loads((tmp_path / "toy.json").read_text())["figures"]
    assert {figure["name"]: figure["value"] for figure in written} == {"a": 1.0, "b": 3.0}


def test_what_is_committed_is_readable() -> None:
    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        document = json.loads(path.read_text())
        assert document["benchmark"] == path.stem
        for figure in document["figures"]:
            assert set(figure) == {*Figure.__dataclass_fields__, "machine"}
