"""Several networks in one model, as a model, as source and as a bundle."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas import Choice, Input, Space, block, layers, problems
from kerasnas.evaluators.predicting import Predict
from kerasnas.export import averaged, ensemble_source, load, save_bundle


@block("part")
def part(x: Any, *, units: Any = Choice(4, 8)) -> Any:
    return layers.Dense(units, activation="relu")(x)


def numbers(x: Any, y: Any) -> Any:
    del y
    return part(x)


def both(x: Any, y: Any) -> Any:
    return layers.Concatenate()([part(x), layers.Flatten()(layers.Embedding(9, 3)(y))])


@block("net")
def net(table_numbers: Any, table_categories: Any, *, which: Any = Choice(numbers=numbers, both=both)) -> Any:
    return {"said": layers.Dense(2)(kn.pick(which, table_numbers, table_categories))}


@pytest.fixture(scope="module")
def data() -> Any:
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 120)
    frame = pd.DataFrame(
        {
            "size": rng.normal(kind, 0.5),
            "colour": np.array(["red", "blue", "green"])[rng.integers(0, 3, 120)],
            "kind": np.array(["old", "new"])[kind],
        }
    )
    return kn.Task(frame, target="kind", seed=0).data()


@pytest.fixture(scope="module")
def space(data: Any) -> Space:
    inputs = {
        n: Input(data.views[n].shape, data.views[n].dtype) for n in ("table_numbers", "table_categories")
    }
    return Space.trace(net, inputs)


@pytest.fixture(scope="module")
def genotypes(space: Space) -> dict[str, Any]:
    found = {genotype["net/which"]: genotype for genotype in (space.sample(seed) for seed in range(12))}
    return {"trial_4": found["numbers"], "trial_2": found["both"]}


@pytest.fixture(scope="module")
def members(space: Space, genotypes: dict[str, Any]) -> dict[str, Any]:
    keras.utils.set_random_seed(0)
    return {name: space.build(genotype) for name, genotype in genotypes.items()}


def test_it_says_the_mean_of_its_members(members: dict[str, Any], data: Any) -> None:
    model = averaged(members)
    assert sorted(t.name for t in model.inputs) == ["table_categories", "table_numbers"]
    inputs = data.inputs(["table_numbers", "table_categories"], "validation")
    each = [model.get_layer(name)({t.name: inputs[t.name] for t in m.inputs}) for name, m in members.items()]
    said = keras.ops.convert_to_numpy(model(inputs))
    np.testing.assert_allclose(
        said, np.mean([keras.ops.convert_to_numpy(e) for e in each], axis=0), rtol=1e-5
    )


def test_it_says_what_the_choice_was_made_by(members: dict[str, Any], data: Any) -> None:
    inputs = data.inputs(["table_numbers", "table_categories"], "validation")
    alone = [
        Predict(m, "binary", (0.0, 1.0))({t.name: inputs[t.name] for t in m.inputs}) for m in members.values()
    ]
    together = Predict(averaged(members), "binary", (0.0, 1.0))(inputs)
    np.testing.assert_allclose(together, problems.get("multiclass").average(alone), rtol=1e-4)


def test_its_source_is_the_same_model(
    members: dict[str, Any], genotypes: dict[str, Any], space: Space, data: Any
) -> None:
    model = averaged(members)
    code = ensemble_source(space, genotypes)
    assert "kerasnas" not in code
    made: dict[str, Any] = {}
    exec(code, made)
    again = made["build_model"]()
    again.set_weights(model.get_weights())
    inputs = data.inputs(["table_numbers", "table_categories"], "validation")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(again(inputs)), keras.ops.convert_to_numpy(model(inputs)), rtol=1e-6
    )
    assert {"trial_4", "trial_2", "mean"} <= {layer.name for layer in again.layers}


def test_its_bundle_reads_raw_rows(
    members: dict[str, Any], genotypes: dict[str, Any], space: Space, data: Any, tmp_path: Any
) -> None:
    model = averaged(members)
    path = save_bundle(
        tmp_path / "both.kn",
        model=model,
        space=space,
        genotypes=list(genotypes.values()),
        names=list(genotypes),
        data=data,
        card={"trials": [4, 2], "validation": 0.75, "holdout": 0.5},
    )
    predictor = load(path)
    assert predictor.genotypes == list(genotypes.values())
    assert predictor.genotype == genotypes["trial_4"]
    assert predictor.columns == ["size", "colour"]
    assert predictor.card["parameters"] == model.count_params()
    assert predictor.source() == ensemble_source(space, genotypes)
    rows = pd.DataFrame({"size": [0.1, np.nan], "colour": ["red", None]})
    raw = model.predict(data.preprocessor.transform(rows, ["table_numbers", "table_categories"]), verbose=0)
    wanted = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predictor.predict_proba(rows), wanted, rtol=1e-5)
    shown = predictor._repr_html_()
    assert "the mean of 2 networks: trial 4, trial 2" in shown
    assert "| decision | trial 4 | trial 2 |" in shown
