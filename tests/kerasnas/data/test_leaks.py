"""What makes figures too good to be true is said."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn

RNG = np.random.default_rng(0)


def frame(rows: int = 400) -> pd.DataFrame:
    kind = RNG.integers(0, 3, rows)
    return pd.DataFrame(
        {
            "size": RNG.normal(kind, 1.0),
            "colour": RNG.choice(["red", "blue", "green"], rows),
            "kind": np.array(["a", "b", "c"])[kind],
        }
    )


def test_an_honest_table_has_no_note() -> None:
    assert kn.Task(frame(), "kind", seed=0).notes == []


def test_rows_on_both_sides_are_counted() -> None:
    some = frame(200)
    task = kn.Task(pd.concat([some, some]), "kind", seed=0)
    (note,) = task.notes
    assert re.match(
        r"\d+ of 64 validation rows and \d+ of 80 held-out rows are also among the training rows", note
    )
    assert "the figures flatter. Where they belong together, name a column with group=" in note
    assert note in task.describe()
    grouped = pd.concat([some, some]).assign(row=[*range(200), *range(200)])
    assert kn.Task(grouped, "kind", group="row", seed=0).notes == []


@pytest.mark.parametrize("as_text", [False, True])
def test_a_column_that_gives_the_target_away_is_named(as_text: bool) -> None:
    some = frame()
    code = some["kind"].map({"a": 10, "b": 20, "c": 30})
    some["score"] = code.astype(str).str.replace("0", "-x") if as_text else code + RNG.normal(0, 0.1, 400)
    (note,) = kn.Task(some, "kind", seed=0).notes
    assert (
        note
        == "'score' alone tells the target in 100% of the rows: is it known when a prediction is wanted? If not, drop=['score']"
    )
    assert kn.Task(some, "kind", seed=0, drop=["score"]).notes == []


def test_so_is_one_that_gives_a_number_away() -> None:
    some = frame()
    some["price"] = RNG.normal(100.0, 20.0, 400)
    some["price in cents"] = some["price"] * 100 + RNG.normal(0, 1, 400)
    (note,) = kn.Task(some.drop(columns="kind"), "price", seed=0).notes
    assert note.startswith("'price in cents' alone explains 100% of the target")


def test_a_target_that_is_nearly_always_the_same_is_no_leak() -> None:
    some = frame()
    some["rare"] = np.where(np.arange(400) % 20 == 0, "yes", "no")
    assert kn.Task(some[["size", "rare"]], "rare", seed=0).notes == []
