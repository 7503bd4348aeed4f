"""The suite's 38 tables: the best of 20 candidates against gradient boosting, a random forest and a linear model.

Each is fitted on the official training rows and judged once on the official test rows: kerasnas by a search over ``spaces.tabular``
whose best candidate is trained again on train+validation rows, scikit-learn's three with their defaults on the same columns. A tie
is a difference from boosting within one standard error, which is that of the difference itself: both are judged on the same 500 draws
of the test rows with replacement.

``KERASNAS_BENCH_ONLY`` names tables, parts of names separated by commas; ``KERASNAS_BENCH_TRIALS`` changes the 20, and
``KERASNAS_BENCH_ROWS`` bounds the training rows: figures say both.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from . import shared_data
from .figure import Figure, share_interval
from .real_tasks import truths

SEEDS = 1
TRIALS = int(os.environ.get("KERASNAS_BENCH_TRIALS", "20"))
MOST_ROWS = int(os.environ.get("KERASNAS_BENCH_ROWS", "0"))
ONLY = tuple(filter(None, os.environ.get("KERASNAS_BENCH_ONLY", "").split(",")))
METRICS = {"binary": ("roc_auc", "auc"), "classification": ("accuracy", "acc"), "regression": ("r2", "r2")}
WANTED = 0.60
DRAWS = 500
MOST_CATEGORIES = 255
RIVALS = ("gradient_boosting", "random_forest", "linear")


@dataclass(frozen=True)
class Table:
    """One table of the suite: how it is asked, and a published figure of boosting on it."""

    name: str
    target: str
    metric: str
    numeric: bool
    floor: float


def tables() -> list[Table]:
    """All that are asked for."""
    data = shared_data.folder() / "data"
    index = json.loads((data / "tabular_suite" / "index.json").read_text(encoding="utf-8"))
    floors = json.loads((data / "baselines.json").read_text(encoding="utf-8"))
    found = []
    for entry in index:
        metric, said = METRICS[entry["task"]]
        name = f"tabular_suite/{entry['name']}"
        floor = float(floors[name]["hgb_default"][said])
        found.append(Table(name, entry["target"], metric, entry["task"] == "regression", floor))
    return [t for t in found if not ONLY or any(part in t.name for part in ONLY)]


def rows_of(table: Table, seed: int) -> pd.DataFrame:
    """Its rows; of the training rows at most ``MOST_ROWS``, where that is set."""
    frame = shared_data.frame(table.name)
    train = frame["split"] == "train"
    if MOST_ROWS and train.sum() > MOST_ROWS:
        kept = frame[train].sample(MOST_ROWS, random_state=seed)
        frame = pd.concat([kept, frame[~train]]).reset_index(drop=True)
    return frame


def rivals(table: Table, frame: pd.DataFrame, kinds: dict[str, str], seed: int) -> dict[str, Any]:
    """scikit-learn's models, fitted on the training rows; each takes raw rows.

    Args:
        table: How it is asked.
        frame: All rows.
        kinds: Column to "numeric" or "categorical": those that a table's encoder reads.
        seed: Of the models.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

    train = frame[frame["split"] == "train"]
    numbers = [name for name, kind in kinds.items() if kind == "numeric"]
    coded = [name for name, kind in kinds.items() if kind == "categorical"]
    text = FunctionTransformer(lambda cells: cells.astype("string").fillna("missing").astype(object))
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    # boosting reads missing numbers and categories as they are
    few = [place for place, name in enumerate(coded) if train[name].nunique() < MOST_CATEGORIES]
    as_they_are = make_column_transformer((make_pipeline(text, ordinal), coded), ("passthrough", numbers))
    filled = make_column_transformer(
        (
            make_pipeline(text, OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
            coded,
        ),
        (SimpleImputer(strategy="median"), numbers),
    )
    spread = make_column_transformer(
        (make_pipeline(text, OneHotEncoder(handle_unknown="ignore")), coded),
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
    )
    boosting = HistGradientBoostingRegressor if table.numeric else HistGradientBoostingClassifier
    forest = RandomForestRegressor if table.numeric else RandomForestClassifier
    linear = Ridge() if table.numeric else LogisticRegression(max_iter=1000)
    made = {
        "gradient_boosting": make_pipeline(
            as_they_are, boosting(categorical_features=few or None, random_state=seed)
        ),
        "random_forest": make_pipeline(filled, forest(random_state=seed, n_jobs=1)),
        "linear": make_pipeline(spread, linear),
    }
    target = train[table.target]
    return {
        name: model.fit(train[coded + numbers], target if table.numeric else target.astype(str))
        for name, model in made.items()
    }


def said_by(model: Any, table: Table, rows: pd.DataFrame, classes: list[str]) -> np.ndarray:
    """Predictions of a scikit-learn model as our metrics take them."""
    if table.numeric:
        return np.asarray(model.predict(rows))
    out = np.zeros((len(rows), len(classes)))
    out[:, [classes.index(c) for c in model.classes_]] = model.predict_proba(rows)
    return out


def standard_error(metric: str, truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Of the difference between two models on the same rows, by the bootstrap.

    Source: Efron, "Bootstrap methods: another look at the jackknife", 1979.
    """
    from kerasnas.errors import DataError
    from kerasnas.objectives import score

    rng = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        drawn = rng.integers(0, len(truth), len(truth))
        try:
            found.append(
                score(metric, truth[drawn], ours[drawn]) - score(metric, truth[drawn], theirs[drawn])
            )
        except DataError:  # a draw of one class only has no such figure
            continue
    return float(np.std(found)) if found else 0.0


def compare(table: Table, seed: int) -> tuple[Figure, str, dict[str, int]]:
    """One table: the figure, "win", "tie" or "loss" against boosting, and each one's rank."""
    import kerasnas as kn
    from kerasnas.objectives import score

    began = time.perf_counter()
    frame = rows_of(table, seed)
    test = frame[frame["split"] == "test"].reset_index(drop=True)
    task = kn.Task(
        frame, target=table.target, metric=table.metric, holdout="split", seed=seed, name=table.name
    )
    folder = Path(tempfile.mkdtemp())
    search = kn.Search(
        task, kn.spaces.tabular(task), budget=kn.Budget(trials=TRIALS), seed=seed, warm_start=False, store=folder / "bench.db",
        finalists=1, ensemble=False,
    )  # fmt: skip
    search.start()
    search.wait()
    best, predictor = search.best, search.best.predictor()
    searched = time.perf_counter() - began
    truth = truths(predictor, test[table.target])
    say = predictor.predict if table.numeric else predictor.predict_proba
    said = {"kerasnas": np.asarray(say(test.drop(columns=[table.target])))}
    kinds = {c.name: c.kind for c in task.columns if c.kind in ("numeric", "categorical")}
    classes = [] if table.numeric else [str(c) for c in predictor.classes]
    for name, model in rivals(table, frame, kinds, seed).items():
        said[name] = said_by(model, table, test, classes)
    figures = {name: float(score(table.metric, truth, each)) for name, each in said.items()}
    error = standard_error(table.metric, truth, said["kerasnas"], said["gradient_boosting"])
    difference = figures["kerasnas"] - figures["gradient_boosting"]
    outcome = "tie" if abs(difference) <= error else "win" if difference > 0 else "loss"
    ranks = {name: 1 + sum(other > figure for other in figures.values()) for name, figure in figures.items()}
    made = Figure(
        f"{table.name}/against_boosting", difference, f"{table.metric}, difference",
        (difference - 1.96 * error, difference + 1.96 * error), 0.0, outcome != "loss", (seed,), time.perf_counter() - began,
        {"outcome": outcome, "standard_error": error, "held_out": figures, "ranks": ranks, "published_boosting": table.floor,
         "trials": TRIALS, "training_rows": int((frame["split"] == "train").sum()), "rows_capped_at": MOST_ROWS or None,
         "test_rows": len(test), "validation": best.validation, "encoder": best.genotype.get("table/encoder", "mlp"),
         "search_seconds": searched, "genotype": dict(best.genotype)},
    )  # fmt: skip
    return made, outcome, ranks


def run(seeds: int) -> Iterator[Figure]:
    """Every table, then the share of wins and ties and the median ranks, where all tables were asked for."""
    outcomes: list[str] = []
    placed: dict[str, list[int]] = {}
    for table in tables():
        for seed in range(seeds):
            figure, outcome, ranks = compare(table, seed)
            outcomes.append(outcome)
            for name, rank in ranks.items():
                placed.setdefault(name, []).append(rank)
            yield figure
    if ONLY or not outcomes:
        return
    counts = {name: outcomes.count(name) for name in ("win", "tie", "loss")}
    share = 1 - counts["loss"] / len(outcomes)
    detail: dict[str, object] = {
        **counts, "trials": TRIALS, "rows_capped_at": MOST_ROWS or None,
        "median_ranks": {name: median(ranks) for name, ranks in placed.items()},
    }  # fmt: skip
    yield Figure(
        "wins_and_ties_against_boosting", share, "share of tables", share_interval(share, len(outcomes)), WANTED, share >= WANTED,
        tuple(range(seeds)), detail=detail,
    )  # fmt: skip
