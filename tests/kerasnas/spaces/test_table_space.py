"""Spaces over tables: what is offered follows from the columns and rows; paths of the perceptron stay what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas import spaces
from kerasnas.data.preprocessor import Preprocessor
from kerasnas.data.views import View
from kerasnas.export.ensemble import ensemble_source
from kerasnas.spaces.encoders.table import numbers_of
from kerasnas.testing.blocks import check_block

ALL = ("mlp", "resnet", "ensemble", "cross", "transformer")


@dataclass
class FakeTask:
    """What a space reads of a task."""

    views: dict[str, View]
    problem: str = "multiclass"
    outputs: int = 3
    name: str = "fake"


def numbers(count: int = 3, ramps: int = 4, rows: int = 1000) -> View:
    info = {"ramps": [ramps] * count, "missing": [i == 1 for i in range(count)], "rows": rows}
    return View("table_numbers", "table", (count * (1 + ramps) + (count > 1),), "float32", info)


def categories(*cardinalities: int) -> View:
    info = {"cardinalities": list(cardinalities)}
    return View("table_categories", "table", (len(cardinalities),), "int32", info)


def space(*views: View) -> kn.Space:
    return spaces.tabular(FakeTask({view.name: view for view in views}))  # type: ignore[arg-type]


def encoders(made: kn.Space) -> tuple[Any, ...]:
    return made.decisions["table/encoder"].options


def test_all_lowerings_agree() -> None:
    tags = View("table_tags", "table", (5,), "float32", {}, sparse=True)
    made = space(numbers(), categories(3, 60), tags)
    assert encoders(made) == ALL
    assert not check_block(made, samples=8, numbers={"table_categories": (0, 3)}).unknown


@pytest.mark.parametrize(
    "views",
    [(numbers(2, 0),), (categories(3, 400),), (numbers(1, 4),)],
    ids=["numbers without ramps", "categories", "one number"],
)
def test_some_of_it(views: tuple[View, ...]) -> None:
    check_block(space(*views), samples=4, numbers={"table_categories": (0, 3)})


def test_the_default_is_the_perceptron_over_the_features_as_before() -> None:
    default = space(numbers(), categories(3, 60)).default()
    assert default["table/encoder"] == "mlp"
    assert default["table/numbers/reading"] == "features"
    assert default["table/mlp/sizes"] == "equal"
    assert {"table/mlp/embedding", "table/mlp/units", "table/mlp/depth", "table/mlp/rate"} <= set(default)


def test_how_numbers_are_read_is_one_decision_for_all_encoders() -> None:
    made = space(numbers(), categories(3, 60))
    read = [path for path in made.decisions if path.endswith("numbers/reading")]
    assert read == ["table/numbers/reading"]
    for encoder in ("resnet", "ensemble", "cross"):
        genotype, _ = made.adapt(
            {**made.default(), "table/encoder": encoder, "table/numbers/reading": "waves"}
        )
        layers = {layer.name for layer in made.build(genotype).layers}
        assert "table.numbers.waves.waves" in layers, layers


def test_a_transformer_needs_several_columns_and_neither_too_few_rows_nor_too_many() -> None:
    assert "transformer" not in encoders(space(numbers(1)))
    assert "transformer" in encoders(space(numbers(1), categories(3)))
    assert "transformer" not in encoders(space(numbers(49)))
    assert "transformer" not in encoders(space(numbers(rows=299)))
    assert "transformer" not in encoders(space(numbers(20, rows=60_000)))


def test_what_the_columns_do_not_allow_is_not_offered() -> None:
    assert "table/mlp/sizes" not in space(categories(400, 900)).decisions
    assert "table/numbers/reading" not in space(categories(3, 4)).decisions
    assert space(numbers(2, 0)).decisions["table/numbers/reading"].options == ("features", "waves")
    assert space(numbers(100, 2)).decisions["table/numbers/waves/width"].options == (4, 8)
    assert "table/numbers/reading" not in space(numbers(300, 0)).decisions


def test_a_view_that_says_nothing_of_its_features_is_all_numbers() -> None:
    view = View("table_numbers", "table", (4,), "float32")
    known = numbers_of({"table_numbers": view})
    assert known.plain == [0, 1, 2, 3]
    assert encoders(space(view)) == ALL


def test_what_a_view_says_of_its_features_is_so(tmp_path: Any) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    frame["kind"] = rng.choice(["red", "green"], 400)
    frame["y"] = rng.choice(["yes", "no"], 400)
    frame.loc[::7, "a"] = np.nan
    task = kn.Task(frame, target="y")
    view = task.views["table_numbers"]
    assert (view.info["rows"], view.info["missing"]) == (256, [True, False])
    assert task.views["table_categories"].info["rows"] == 256
    known = numbers_of(task.views)
    assert sum(known.widths) == view.shape[0]
    rows = task.data().inputs(["table_numbers"], "train")["table_numbers"]
    plain = rows[:, known.plain]
    missing = plain[:, 1] == 1
    assert set(plain[:, 1]) == {0.0, 1.0}
    assert (plain[missing, 0] == 0).all()
    assert abs(plain[:, 2].std() - 1) < 1e-5
    task.preprocessor.save(tmp_path)
    loaded = Preprocessor.load(tmp_path)
    assert loaded.views["table_numbers"].info == view.info
    del loaded.adapters["table_numbers"].view.info["ramps"]  # type: ignore[attr-defined]
    again = loaded.transform(frame, ["table_numbers"])["table_numbers"]
    np.testing.assert_array_equal(
        again, task.preprocessor.transform(frame, ["table_numbers"])["table_numbers"]
    )


def test_a_team_with_layers_of_our_own_is_written_as_source() -> None:
    made = space(numbers(), categories(3, 60))
    team = {
        f"trial_{encoder}": made.adapt({**made.default(), "table/encoder": encoder})[0]
        for encoder in ("ensemble", "transformer")
    }
    code = ensemble_source(made, team)
    compile(code, "<source>", "exec")
    assert code.count("class BatchEnsemble") == code.count("class ColumnTokens") == 1
