"""What is refused before a search begins."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.errors import SearchError


@pytest.fixture
def task() -> kn.Task:
    frame = pd.DataFrame({"a": range(40), "b": [i * 7 % 11 / 3 for i in range(40)], "y": ["u", "v"] * 20})
    return kn.Task(frame, target="y")


def space(name: str, shape: tuple[int, ...]) -> kn.Space:
    @kn.block("net")
    def net(x, *, units=kn.Choice(4, 8)):
        return {"logits": kn.layers.Dense(2)(kn.layers.Dense(units)(x))}

    return kn.Space.trace(net, {name: kn.Input(shape)}, name="mine")


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("numbers", (2,), "does not offer"),
        ("table_numbers", (1, 2), "Declare it as Input"),
        ("table_numbers", (999,), "Declare it as Input"),
    ],
)
def test_a_space_that_does_not_fit_the_task_is_refused(
    task: kn.Task,
    name: str,
    shape: tuple[int, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERASNAS_HOME", str(tmp_path / "home"))
    search = kn.Search(
        task, space(name, shape), budget=kn.Budget(trials=1), store=tmp_path / "s.db", executor="inline"
    )
    with pytest.raises(SearchError, match=said):
        search.start()
