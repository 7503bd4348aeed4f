"""The command line: help without Keras, errors in words, and a whole search by the command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pandas as pd
import pytest
from sklearn.datasets import load_iris

from kerasnas.cli import VERBS, main, parser


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KERASNAS_STORE", raising=False)
    yield tmp_path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    frame = load_iris(as_frame=True).frame
    frame["species"] = frame.pop("target").map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    frame.to_csv(tmp_path / "iris.csv", index=False)
    return tmp_path / "iris.csv"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    verbs = (
        "search",
        "runs",
        "show",
        "attach",
        "pause",
        "resume",
        "stop",
        "export",
        "predict",
        "demo",
        "doctor",
    )
    assert all(f"\n    {verb} " in said for verb in verbs)
    assert "exit status:" in said
    assert all(f"\n  {status:<5}" in said for status in (0, 1, 2, 130))


def test_every_command_speaks_json() -> None:
    for verb in VERBS:
        required = {"search": ["f", "--target", "t"], "predict": ["b", "f"], "export": ["b", "p"]}.get(
            verb, ["x"]
        )
        arguments = [] if verb in ("runs", "doctor", "demo") else required
        assert parser().parse_args([verb, *arguments, "--json"]).json, verb


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "iris.csv", "--target", "colour"], "'colour'"),
        (["search", "iris.csv", "--target", "species", "--budget", "soon"], "Cannot read the budget 'soon'"),
        (
            ["search", "iris.csv", "--target", "species", "--space", "depth"],
            "--space wants NAME=VALUE. Received: 'depth'",
        ),
        (["search", "missing.csv", "--target", "species"], "missing.csv"),
        (["show", "nope"], "There is no store at"),
        (["predict", "missing.kn", "iris.csv"], "There is no bundle at missing.kn"),
        (["export", "missing.kn", "out"], "There is no bundle at missing.kn"),
    ],
)
def test_errors_are_words_on_the_error_output(
    arguments: list[str],
    message: str,
    table: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(table.parent)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("kerasnas: ")
    assert message in said
    assert "Traceback" not in said


def test_runs_of_an_empty_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert "the first search makes it" in capsys.readouterr().out


def test_runs_as_json_of_an_empty_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_doctor_says_what_is_here(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["devices"]
    assert found["packages"]["keras"]
    assert found["store"]["path"].endswith("store.db")
    assert found["problems"] == []
    assert main(["doctor"]) == 0
    assert "All is well." in capsys.readouterr().out
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    assert main(["doctor"]) == 1
    assert "KERAS_BACKEND is 'no_such_backend', which is not installed" in capsys.readouterr().out


def test_budget_forms() -> None:
    from kerasnas import Budget
    from kerasnas.errors import SearchError

    assert Budget.parse("10m") == Budget(minutes=10)
    assert Budget.parse("1h30m") == Budget(minutes=90)
    assert Budget.parse("90s, 50 trials") == Budget(trials=50, minutes=1.5)
    assert Budget.parse("200 epochs") == Budget(epochs=200)
    assert str(Budget(trials=50, minutes=1.5)) == "50 trials, 1.5 minutes"
    for wrong in ("", "10", "ten minutes", "0m", "5m,3m"):
        with pytest.raises(SearchError):
            Budget.parse(wrong)
    with pytest.raises(SearchError, match="trials is a whole number above 0. Received: trials=0"):
        Budget(trials=0)


@pytest.mark.slow
def test_a_search_by_the_command_and_its_bundle(
    table: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        sys.executable, "-m", "kerasnas", "search", str(table), "--target", "species", "--budget", "3 trials", "--finalists", "1",
        "--space", "training/batch_size=64", "--out", str(home / "iris.kn"), "--name", "flowers",
    ]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "best: trial" in told.stdout
    assert "held-out" in told.stdout
    assert "petal width (cm)" in told.stdout  # the columns with their types
    assert "\x1b" not in told.stdout
    search_id = told.stdout.partition("\nsearch ")[2].split()[0]

    assert main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert search_id in listed
    assert "flowers" in listed
    assert main(["show", search_id[:5]]) == 0
    assert "finished" in capsys.readouterr().out
    assert main(["show", search_id, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["saved"]) == ("finished", None)
    assert shown["metrics"]["accuracy"] == shown["final"]["held-out"]
    assert main(["runs", "--json"]) == 0
    assert shown["id"] in [run["id"] for run in json.loads(capsys.readouterr().out)]
    assert main(["pause", search_id, "--json"]) == 2
    assert "nothing to pause" in capsys.readouterr().err
    assert main(["predict", str(home / "iris.kn"), str(table), "--proba"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "species,p(setosa),p(versicolor),p(virginica)"
    assert len(lines) == 151
    assert main(["predict", str(home / "iris.kn"), str(table), "--proba", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["target"], told["rows"], told["saved"]) == ("species", 150, None)
    assert told["classes"] == ["setosa", "versicolor", "virginica"]
    assert told["predictions"] == [line.partition(",")[0] for line in lines[1:]]
    assert sum(told["probabilities"][0]) == pytest.approx(1)
    assert main(["predict", str(home / "iris.kn"), str(table), "--out", str(home / "p.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["saved"] == str(home / "p.csv")
    assert len((home / "p.csv").read_text().splitlines()) == 151

    assert main(["export", str(home / "iris.kn"), str(home / "out"), "--format", "csv"]) == 2
    assert "format is one of keras, saved_model, litert, onnx" in capsys.readouterr().err
    asked = ["export", str(home / "iris.kn"), str(home / "out"), "--format", "keras", "--rows", str(table)]
    assert main([*asked, "--json"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert exported["proof"]["of"] == "raw rows"
    assert (Path(exported["saved"]) / "model.keras").is_file()
    assert main(asked) == 2
    assert "is there already" in capsys.readouterr().err

    assert main(["delete", search_id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": search_id, "deleted": True}


def test_a_search_is_steered_by_commands_that_say_what_they_did(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    class Found:
        id = "7f3a01bc"
        status: ClassVar = {"id": "7f3a01bc", "state": "running"}
        pause = resume = stop = lambda self, *given, **options: asked.append((*given, *options.values()))

    monkeypatch.setattr("kerasnas.cli._find", lambda given: Found())
    for command, line in (
        (["pause", "7f"], "search 7f3a01bc stands still from its next batch on"),
        (["resume", "7f", "--budget", "5m"], "search 7f3a01bc goes on"),
        (["stop", "7f"], "search 7f3a01bc ends; then its finalists are judged"),
        (["stop", "7f", "--no-finalists"], "search 7f3a01bc ends; its finalists are not judged"),
    ):
        assert main(command) == 0
        assert capsys.readouterr().out == f"{line}\n"
        assert main([*command, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == Found.status
    assert asked[2:] == [("5m",), ("5m",), (True,), (True,), (False,), (False,)]


def test_the_demo_is_a_command(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(seed: int, store: Path, **options: Any) -> Any:
        print("searching")
        assert (seed, store, options["minutes"]) == (3, home / "demo" / "store.db", 0.5)
        best = SimpleNamespace(save=lambda path: path)
        return SimpleNamespace(
            search=SimpleNamespace(best=best), rows=9, multimodal=0.5, single={"text": 0.4}, probe=SimpleNamespace(holdout=0.45),
            beaten=True,
        )  # fmt: skip

    monkeypatch.setattr("kerasnas.demo.__main__.compare", compare)
    monkeypatch.setattr("kerasnas.demo.__main__.verdict", lambda *_: print("verdict"))
    monkeypatch.setattr("kerasnas.demo.__main__.second", lambda *_: {"cold": [0.1], "warm": [0.2]})
    command = ["demo", "--folder", str(home / "demo"), "--minutes", "0.5", "--seed", "3"]
    assert main(command) == 0
    assert capsys.readouterr().out == "searching\nverdict\n"
    assert main([*command, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == "searching\nverdict\n"
    assert json.loads(said.out) == {
        "rows": 9, "all modalities": 0.5, "one modality": {"text": 0.4}, "linear probe": 0.45, "beaten": True,
        "bundle": str(home / "demo" / "clipart.kn"), "second task": {"cold": [0.1], "warm": [0.2]},
    }  # fmt: skip


def test_what_is_predicted_and_weighed_can_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    class Found:
        id, store, status = "f00d", "store.db", {"id": "f00d"}

        def __init__(self, task: Any, *_: Any, **__: Any) -> None:
            asked.append(task)

        def start(self) -> None: ...

    monkeypatch.setattr("kerasnas.search.Search", Found)
    frame = pd.DataFrame(
        {
            "x": [0.5 * (i % 7) for i in range(40)],
            "n": 1.0,
            "a": ["yes", "no"] * 20,
            "b": ["no", "no", "yes", "no"] * 10,
        }
    )
    frame.to_csv(tmp_path / "rows.csv", index=False)
    file, both = str(tmp_path / "rows.csv"), ["--target", "a", "--target", "b"]
    assert main(["search", file, *both, "--weights", "n", "--metric", "f1_samples", "--detach"]) == 0
    assert (
        main(["search", file, "--target", "a", "--balanced", "--unreadable", "error", "--detach", "--json"])
        == 0
    )
    assert main(["search", file, "--target", "a", "--target", "x", "--detach"]) == 2
    first, second = asked
    assert (first.problem, first.classes, first.metric) == ("multilabel", ["a", "b"], "f1_samples")
    assert first.data().weights("train") is not None
    assert (second.problem, second.unreadable) == ("binary", "error")
    assert "all numbers, or all of yes and no" in capsys.readouterr().err
