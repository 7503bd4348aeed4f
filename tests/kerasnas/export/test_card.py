"""The model card says what it was learned from, how well it did on which rows, and where it comes from."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import kerasnas as kn
from kerasnas.export import load, save_bundle
from kerasnas.export.bundle import versions
from kerasnas.run.lineage import lineage, past, sources
from kerasnas.space import Input, Space, layers
from meta_store import TrialRecord

HINT: dict[str, Any] = {
    "direction": "max",
    "sources": [
        {
            "task": "t1",
            "name": "shoes",
            "similarity": 0.81234567,
            "trials": 5,
            "ranks": [],
            "differs": [["rows", 1.0]],
        }
    ],
    "portfolio": [
        {
            "genotype": {"units": 8},
            "rank": 0.0,
            "coverage": 1.0,
            "search": "s9",
            "trial": 3,
            "value": 0.9,
            "task": "t1",
            "name": "shoes",
        }
    ],
}


def frame(rows: int = 100) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    size = rng.normal(size=rows)
    size[:10] = np.nan
    return pd.DataFrame(
        {"size": size, "price": 50 + rng.normal(size=rows), "kind": rng.choice(["a", "b|c"], rows)}
    )


def card_of(folder: Path, target: str, drop: str, **given: Any) -> tuple[dict[str, Any], str, Any]:
    data = kn.Task(frame(), target, drop=[drop], seed=7).data()
    view = data.views["table_numbers"]
    space = Space.trace(
        lambda table_numbers: layers.Dense(data.outputs)(table_numbers), {"table_numbers": Input(view.shape)}
    )
    path = save_bundle(
        folder / "m.kn", model=space.build(space.default()), space=space, genotypes=[space.default()], data=data, card=given,
    )  # fmt: skip
    predictor = load(path)
    return predictor.card, predictor.text, data


def test_data_figures_lineage_and_versions_are_named(tmp_path: Path) -> None:
    parent = TrialRecord("s1", 4, {"units": 16}, origin="mutation", parents=(2, 1), seed=11)
    taken = TrialRecord("s1", 5, {"units": 8}, origin="portfolio", seed=12)
    card, text, data = card_of(
        tmp_path, "kind", "price", validation=0.9, holdout=0.8, metrics={"accuracy": 0.8}, search="s1", strategy="evolution",
        search_seed=5, seed=11, trials=[4], warm_start=sources(HINT), lineage=[lineage(parent, HINT), lineage(taken, HINT)],
    )  # fmt: skip
    assert card["columns"] == [{"name": "size", "kind": "numeric", "missing": 10, "distinct": 90}]
    counts = {"a": int((data.targets("train") == 0).sum()), "b|c": int((data.targets("train") == 1).sum())}
    assert card["targets"] == {"rows": counts}
    assert card["data"]["fingerprint"] == data.fingerprint
    assert card["data"]["split_seed"] == 7
    assert card["encoders"] == []
    assert "| validation: chose this model, so it flatters | 16 | 0.9000 |" in text
    assert "| held-out: judged once, after the search | 20 | 0.8000 |" in text
    assert "100 rows: 64 train, 16 validation, 20 holdout; split with seed 7" in text
    assert f"`b\\|c` {counts['b|c']}" in text
    assert "| size | numeric | 10 | 90 |" in text
    assert "- found by search s1: evolution, seed 5" in text
    assert "- the search was told of past tasks: shoes (0.81)" in text
    assert "- trial 4: mutation of trial 2, 1; trained with seed 11" in text
    assert "- trial 5: portfolio, taken from trial 3 of search s9 (shoes); trained with seed 12" in text
    assert f"keras {keras.__version__}" in text


def test_targets_that_are_numbers_are_told_by_their_spread(tmp_path: Path) -> None:
    card, text, data = card_of(tmp_path, "price", "kind", warm_start=sources(None))
    train = data.targets("train").astype("float64")
    assert card["targets"]["mean"] == pytest.approx(train.mean())
    assert card["targets"]["quantiles"]["0.5"] == pytest.approx(np.median(train))
    assert f"Training targets: mean {train.mean():.6g}" in text
    assert "not judged" in text
    assert "- the search began without a past" in text


def test_versions_are_those_of_what_it_runs_on() -> None:
    made = versions()
    assert made["backend"] == keras.backend.backend()
    for package in (made["backend"], "numpy", "pandas", "scipy", "pillow", "transformers"):
        assert made[package] == metadata.version(package)


def test_only_a_candidate_of_the_portfolio_has_a_past() -> None:
    assert past(TrialRecord("s", 1, {"units": 8}, origin="random"), HINT) is None
    assert past(TrialRecord("s", 1, {"units": 8}, origin="portfolio"), None) is None
    assert past(TrialRecord("s", 1, {"units": 9}, origin="portfolio"), HINT) is None
    told = lineage(TrialRecord("s", 1, {"units": 8}, origin="portfolio", seed=3), HINT)
    assert told == {
        "trial": 1, "origin": "portfolio", "parents": [], "seed": 3, "init": "scratch",
        "past": {"task": "t1", "name": "shoes", "search": "s9", "trial": 3},
    }  # fmt: skip
