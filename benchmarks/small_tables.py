"""The suite's tables under 1,000 rows: none below 0.9 times its floor, which is gradient boosting untuned."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from . import shared_data
from .figure import Figure, share_interval
from .real_tasks import truths

SEEDS = 1
MINUTES = float(os.environ.get("KERASNAS_BENCH_MINUTES", "15"))
ONLY = tuple(filter(None, os.environ.get("KERASNAS_BENCH_ONLY", "").split(",")))
MOST_ROWS = 1_000
SHARE = 0.9
METRICS = {"binary": ("roc_auc", "auc"), "classification": ("accuracy", "acc"), "regression": ("r2", "r2")}


def tables() -> list[tuple[str, str, str, float]]:
    """Name, target, metric and floor of every table with fewer rows than ``MOST_ROWS``."""
    folder = shared_data.folder() / "data"
    index = json.loads((folder / "tabular_suite" / "index.json").read_text(encoding="utf-8"))
    floors = json.loads((folder / "baselines.json").read_text(encoding="utf-8"))
    found = []
    for entry in index:
        if entry["rows"] < MOST_ROWS:
            name, (metric, said) = f"tabular_suite/{entry['name']}", METRICS[entry["task"]]
            found.append((name, entry["target"], metric, float(floors[name]["hgb_default"][said])))
    return found


def run(seeds: int) -> Iterator[Figure]:
    """Search every table for ``MINUTES`` and judge the best on the official test rows."""
    import kerasnas as kn
    from kerasnas.objectives import score

    shares = {}
    for name, target, metric, floor in tables():
        if ONLY and not any(part in name for part in ONLY):
            continue
        for seed in range(seeds):
            began = time.perf_counter()
            frame = shared_data.frame(name)
            test = frame[frame["split"] == "test"].reset_index(drop=True)
            task = kn.Task(frame, target=target, metric=metric, holdout="split", seed=seed, name=name)
            folder = Path(tempfile.mkdtemp())
            search = kn.Search(
                task,
                budget=kn.Budget(minutes=MINUTES),
                seed=seed,
                warm_start=False,
                store=folder / "bench.db",
            )
            search.start()
            search.wait()
            best = search.best
            predictor = best.predictor()
            say = predictor.predict if predictor.problem == "regression" else predictor.predict_proba
            figure = float(score(metric, truths(predictor, test[target]), say(test.drop(columns=[target]))))
            shares[name, seed] = figure / floor
            yield Figure(
                f"{name}/held_out", figure, metric, share_interval(figure, len(test)) if metric == "accuracy" else None, SHARE * floor,
                figure >= SHARE * floor, (seed,), time.perf_counter() - began,
                {"floor": floor, "validation": best.validation, "trials": len(search.leaderboard()), "minutes": MINUTES,
                 "test_rows": len(test)},
            )  # fmt: skip
    if shares and not ONLY:
        worst = min(shares, key=lambda key: shares[key])
        below = sorted(key[0] for key, share in shares.items() if share < SHARE)
        yield Figure(
            "lowest_share_of_floor", shares[worst], "share of floor", None, SHARE, shares[worst] >= SHARE, tuple(range(seeds)),
            detail={"table": worst[0], "below": below, "tables": len({key[0] for key in shares}), "minutes": MINUTES},
        )  # fmt: skip
