"""Real tasks, a quarter of an hour each: held-out figures, and what remains without each modality."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import encoders, shared_data
from .figure import Figure, share_interval

if TYPE_CHECKING:
    from kerasnas.export import Predictor

SEEDS = 1
MINUTES = float(os.environ.get("KERASNAS_BENCH_MINUTES", "15"))
ONLY = tuple(filter(None, os.environ.get("KERASNAS_BENCH_ONLY", "").split(",")))


@dataclass(frozen=True)
class Real:
    """One data set, how it is asked, and the held-out figure wanted."""

    name: str
    target: str
    metric: str
    wanted: float
    drop: tuple[str, ...] = ()
    image_encoder: bool = False
    text_encoder: bool = False
    group: str | None = None  # rows with the same text here (digits aside) stay on one side of every split


TASKS = (
    Real("openclipart", "label", "accuracy", 0.60, ("keywords",), True, True, "title"),
    Real(
        "fashion_products",
        "season",
        "accuracy",
        0.89,
        ("id", "masterCategory", "subCategory", "articleType"),
        True,
        True,
        "productDisplayName",
    ),
    Real("banking77", "label", "accuracy", 0.89, text_encoder=True),
    Real("fashion_mnist_12k", "label", "accuracy", 0.89),
    Real("tabular_suite/adult_income", "income >50K", "roc_auc", 0.915),
    Real("sign_digits", "label", "accuracy", 0.95),
    Real("fsdd", "label", "accuracy", 0.96, ("speaker",)),
    Real("drum_hits", "label", "accuracy", 0.6762, ("kit", "file")),
    Real("trec6", "label", "accuracy", 0.90, text_encoder=True),
    Real("clinc150", "label", "accuracy", 0.7811, text_encoder=True),
    Real("sms_spam", "label", "accuracy", 0.9856, text_encoder=True),
    Real("tabular_suite/california_housing", "median_house_value", "r2", 0.82),
)


def ask(real: Real, seed: int) -> tuple[object, pd.DataFrame]:
    """The task of a set, and its held-out rows as they came."""
    import kerasnas as kn

    frame = shared_data.frame(real.name)
    if real.group:
        stem = (
            frame[real.group].fillna("").str.lower().str.replace(r"[\d()\[\]]+", "", regex=True).str.strip()
        )
        frame["group"] = stem.where(stem != "", "row " + frame.index.astype(str))
    chosen: dict[str, str] = {}
    if real.image_encoder:
        cache = Path(tempfile.gettempdir()) / "kerasnas_benchmarks"
        chosen["image"] = str(encoders.mobilenet_v2(cache / "mobilenet_v2_96.keras"))
    if real.text_encoder:
        chosen["text"] = str(encoders.minilm())
    task = kn.Task(
        frame, target=real.target, metric=real.metric, drop=(*real.drop, *(["group"] if real.group else [])), holdout="split",
        seed=seed, encoders=chosen or None, name=real.name, group="group" if real.group else None,
    )  # fmt: skip
    return task, frame[frame["split"] == "test"].reset_index(drop=True)


def without(frame: pd.DataFrame, task: object, modality: str) -> pd.DataFrame:
    """The rows with every column of one modality left empty."""
    kinds = {"table": {"numeric", "categorical"}}.get(modality, {modality})
    bare = frame.copy()
    for column in task.columns:  # type: ignore[attr-defined]
        if column.kind in kinds and column.name in bare:
            bare[column.name] = None if modality != "table" else np.nan
    return bare


def truths(predictor: Predictor, column: pd.Series) -> np.ndarray:
    """Held-out targets as ``score`` takes them: class numbers, or numbers."""
    if predictor.problem == "regression":
        return column.to_numpy("float64")
    classes = [str(c) for c in predictor.classes]
    return np.array([classes.index(str(v)) for v in column])


def run(seeds: int) -> Iterator[Figure]:
    """Search every set for ``MINUTES`` and judge the best on the official test rows."""
    import kerasnas as kn
    from kerasnas.objectives import score

    for real in TASKS:
        if ONLY and not any(part in real.name for part in ONLY):
            continue
        for seed in range(seeds):
            started = time.perf_counter()
            task, test = ask(real, seed)
            folder = Path(tempfile.mkdtemp())
            search = kn.Search(task, budget=kn.Budget(minutes=MINUTES), seed=seed, store=folder / "bench.db")
            search.start()
            search.wait()
            best = search.best
            seconds = time.perf_counter() - started
            predictor = best.predictor()
            truth = truths(predictor, test[real.target])

            def judge(rows: pd.DataFrame, real: Real = real, predictor=predictor, truth=truth) -> float:
                say = predictor.predict if predictor.problem == "regression" else predictor.predict_proba
                return score(real.metric, truth, say(rows.drop(columns=[predictor.target])))

            figure = judge(test)
            interval = share_interval(figure, len(test)) if real.metric == "accuracy" else None
            yield Figure(
                f"{real.name}/held_out", figure, real.metric, interval, real.wanted, figure >= real.wanted, (seed,), seconds,
                {"validation": best.validation, "trials": len(search.leaderboard()), "minutes": MINUTES,
                 "genotype": dict(best.genotype)},
            )  # fmt: skip
            if len(task.modalities) > 1:
                for modality in task.modalities:
                    yield Figure(
                        f"{real.name}/without_{modality}",
                        judge(without(test, task, modality)),
                        real.metric,
                        seeds=(seed,),
                    )
