"""What a past is worth, and what a misleading one costs: NAS-Bench-201, each data set held out in turn.

Regret is what is missing to the best architecture of the table, in points of test accuracy, after 10 and 25
trials. The sources are past searches on the two other data sets. "Inverted" turns their values upside down;
"unrelated" shuffles them. Compared with the same strategy run cold under the same seed, so differences are
paired.

Source: Dong and Yang, "NAS-Bench-201: extending the scope of reproducible neural architecture search", 2020.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

import meta_store
from kerasnas import Choice, Input, Space, layers
from kerasnas.spaces.published.nasbench201 import OPERATIONS
from kerasnas.strategies import Strategy, Trial, make
from kerasnas.warmstart import WarmStart, make_hint
from meta_store import SearchRecord, SpaceRecord, TaskRecord, TrialRecord

from .figure import Figure
from .shared_data import folder

SEEDS = 20
TRIALS, PAST = 25, 60
SETS = {"cifar10": 10, "cifar100": 100, "imagenet16": 120}
EDGE = Choice(*OPERATIONS)
# What the upper bound of the regret, as a ratio to that of the same strategy run cold, may be after 25 trials.
TARGETS = {"warm": 1.0, "inverted": 1.25, "half_inverted": 1.25, "unrelated": 1.25}
BOOTSTRAPS = 4000


@dataclass(frozen=True)
class Table:
    """The published accuracies as a function of a genotype."""

    accuracy: dict[str, np.ndarray]
    rows: dict[tuple[int, ...], int]

    def values(self, name: str, kind: str = "true") -> np.ndarray:
        """Accuracy of every architecture: as it is, turned upside down, or shuffled."""
        true = self.accuracy[name]
        if kind == "inverted":
            return true.min() + true.max() - true
        return np.random.default_rng(201).permutation(true) if kind == "unrelated" else true

    def row(self, genotype: Any) -> int:
        """The architecture's number."""
        return self.rows[tuple(OPERATIONS.index(genotype[f"training/edge{i}"]) for i in range(6))]


@cache
def table() -> Table:
    """NAS-Bench-201, test accuracy after 200 epochs."""
    data = np.load(folder() / "bench" / "nasbench201.npz")
    rows = {tuple(int(o) for o in cell): i for i, cell in enumerate(data["ops"])}
    return Table({name: data[f"test200_{name}"].astype("float64") for name in SETS}, rows)


def space() -> Space:
    """The six edges of the cell; the graph itself stands for nothing, since the table answers."""

    def cell(*, edge0=EDGE, edge1=EDGE, edge2=EDGE, edge3=EDGE, edge4=EDGE, edge5=EDGE):
        return {f"edge{i}": e for i, e in enumerate((edge0, edge1, edge2, edge3, edge4, edge5))}

    return Space.trace(layers.Dense(1), {"x": Input((1,))}, name="nasbench201", training=cell)


def record(name: str) -> TaskRecord:
    """A data set as the store knows it."""
    features = {"task": {"log_classes": float(np.log(SETS[name])), "log_rows": float(np.log(50_000))}}
    return TaskRecord(
        name, f"print-{name}", name, ("image",), "multiclass", "accuracy", "max", 50_000, SETS[name], features
    )


def past(store: meta_store.Store, where: Space, name: str, kind: str, seed: int) -> None:
    """Put one past evolution on a data set into the store; ``kind`` decides what it remembers of the values."""
    values = table().values(name, kind)
    store.put_task(record(name))
    search = store.create_search(
        SearchRecord("", name, where.fingerprint, "evolution", seed, {"trials": PAST})
    )
    lease = store.acquire_lease(search, "benchmark", pid=0, host="")
    strategy = make("evolution", where, seed=10_000 + seed)
    for number in range(PAST):
        (proposal,) = strategy.ask(1)
        value = float(table().values(name)[table().row(proposal.genotype)])
        strategy.tell(Trial(number, proposal.genotype, "completed", value, proposal.origin, proposal.parents))
        store.open_trial(lease, TrialRecord(search, number, proposal.genotype.to_json()))
        store.close_trial(
            lease, number, state="completed", value=float(values[table().row(proposal.genotype)])
        )
    store.set_search_state(lease, "finished")
    store.release_lease(lease)


def hint(target: str, kind: str, where: Space, seed: int) -> dict[str, Any]:
    """The hint for a data set from a store of the others."""
    with tempfile.TemporaryDirectory() as scratch, meta_store.open(Path(scratch) / "store.db") as store:
        store.put_space(SpaceRecord(where.fingerprint, "nasbench201", 1, where.to_json()))
        for place, name in enumerate(n for n in SETS if n != target):
            past(store, where, name, "inverted" if kind == "half_inverted" and place == 0 else kind, seed)
        made = make_hint(store, record(target), where, seed)
    if made is None:
        raise RuntimeError(f"The past of {target} gave no hint.")
    return made


def curve(strategy: Strategy, name: str) -> np.ndarray:
    """Regret after each trial."""
    values = table().values(name)
    best, out = -np.inf, []
    for number in range(TRIALS):
        (proposal,) = strategy.ask(1)
        value = float(values[table().row(proposal.genotype)])
        strategy.tell(Trial(number, proposal.genotype, "completed", value, proposal.origin, proposal.parents))
        best = max(best, value)
        out.append(values.max() - best)
    return np.array(out)


def arms(where: Space) -> dict[str, Callable[[str, int], Strategy]]:
    """Every way to search, as a function of data set and seed."""

    def warm(kind: str) -> Callable[[str, int], Strategy]:
        return lambda name, seed: WarmStart(
            make("evolution", where, seed=seed), hint(name, kind, where, seed), where, seed, "max"
        )

    return {
        "cold_random": lambda _, seed: make("random", where, seed=seed),
        "cold_evolution": lambda _, seed: make("evolution", where, seed=seed),
        "warm": warm("true"),
        "inverted": warm("inverted"),
        "half_inverted": warm("half_inverted"),
        "unrelated": warm("unrelated"),
    }


def ratio_interval(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Bootstrap interval (95 %) of a ratio of means over paired rows."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(a), (BOOTSTRAPS, len(a)))
    low, high = np.percentile(a[drawn].mean(axis=1) / b[drawn].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def run(seeds: int) -> list[Figure]:
    """Regret of every arm, its ratio to the same strategy run cold, and when the past was dropped."""
    where = space()
    regrets: dict[str, np.ndarray] = {}
    dropped: dict[str, list[int]] = {}
    figures = []
    numbers = tuple(range(seeds))
    for arm, begin in arms(where).items():
        start, rows = time.monotonic(), []
        for name in SETS:
            for seed in numbers:
                strategy = begin(name, seed)
                rows.append(curve(strategy, name))
                events = getattr(strategy, "gate_events", None)
                if events is not None:
                    at = next((e.trial_number + 1 for e in events if e.verdict == "dropped"), TRIALS + 1)
                    dropped.setdefault(arm, []).append(at)
        regrets[arm] = np.array(rows)
        base = Figure(
            "", 0.0, "points of accuracy", seeds=numbers, seconds=round(time.monotonic() - start, 2)
        )
        for at in (10, TRIALS):
            values = regrets[arm][:, at - 1]
            figures.append(
                replace(
                    base,
                    name=f"nasbench201/{arm}/regret_at_{at}",
                    value=fmean(values),
                    interval=_mean(values),
                )
            )
    cold = regrets["cold_evolution"]
    for arm, target in TARGETS.items():
        for at in (10, TRIALS):
            a, b = regrets[arm][:, at - 1], cold[:, at - 1]
            interval = ratio_interval(a, b)
            wanted = target if at == TRIALS else None
            figures.append(
                Figure(
                    f"nasbench201/{arm}/regret_ratio_to_cold_at_{at}",
                    float(a.mean() / b.mean()),
                    "ratio",
                    interval,
                    wanted,
                    None if wanted is None else interval[1] <= wanted,
                    numbers,
                )
            )
        share = float(np.mean([at <= TRIALS for at in dropped[arm]]))
        detail: dict[str, object] = {
            "median_trial_of_drop": float(np.median(dropped[arm])),
            "not_dropped_counts_as": TRIALS + 1,
        }
        figures.append(
            Figure(
                f"nasbench201/{arm}/dropped_within_{TRIALS}",
                share,
                "share of searches",
                seeds=numbers,
                detail=detail,
            )
        )
    return figures


def _mean(values: np.ndarray) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    low, high = np.percentile(rng.choice(values, (BOOTSTRAPS, len(values))).mean(axis=1), (2.5, 97.5))
    return float(low), float(high)
