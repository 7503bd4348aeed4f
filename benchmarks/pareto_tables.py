"""What NSGA-II finds of a front: NAS-Bench-201, accuracy and a device's measured latency.

One query is an architecture's validation accuracy after 200 epochs on CIFAR-10, of its first seed, and its latency on a Raspberry
Pi 4. Compared at equal trials and seeds with random search, and with evolution of weighted sums: five fixed weights, a fifth of the
trials each. The hypervolume is a share of the table's own, of objectives scaled to the table's range; the reference is its worst
accuracy and its highest latency.

Source: Dong and Yang, "NAS-Bench-201", 2020; Li and others, "HW-NAS-Bench", 2021.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import wilcoxon

from kerasnas.objectives.pareto import hypervolume
from kerasnas.spaces.published.nasbench201 import OPERATIONS
from kerasnas.strategies import Trial, make

from .figure import Figure, mean_interval
from .shared_data import folder
from .warm_start_tables import space

SEEDS = 30
TRIALS = 100
DEVICES = ("raspi4", "edgegpu", "fpga")
WEIGHTS = (0.1, 0.3, 0.5, 0.7, 0.9)
ABOVE = 27  # seeds of 30 in which the hypervolume is to be above that of random search
REFERENCE = (1.0, 1.0)


@dataclass(frozen=True)
class Table:
    """Objectives of every architecture, both to be lowered, from 0 to 1."""

    points: np.ndarray
    rows: dict[tuple[int, ...], int]
    volume: float

    def point(self, genotype: object) -> tuple[float, float]:
        """An architecture's objectives."""
        cell = tuple(OPERATIONS.index(genotype[f"training/edge{i}"]) for i in range(6))  # type: ignore[index]
        error, slow = self.points[self.rows[cell]]
        return float(error), float(slow)


@cache
def table(device: str) -> Table:
    """NAS-Bench-201 with the latency of one device."""
    data = np.load(folder() / "bench" / "nasbench201.npz")
    accuracy, latency = (
        data["val200_cifar10"][:, 0].astype("float64"),
        data[f"hwnas_{device}_latency_cifar10"].astype("float64"),
    )
    accuracy = np.where(np.isnan(accuracy), np.nanmin(accuracy), accuracy)
    error = (accuracy.max() - accuracy) / (accuracy.max() - accuracy.min())
    slow = (latency - latency.min()) / (latency.max() - latency.min())
    points = np.stack([error, slow], axis=1)
    rows = {tuple(int(o) for o in cell): i for i, cell in enumerate(data["ops"])}
    order, best, found = np.lexsort((error, slow)), np.inf, []
    for i in order:  # the front of 15,625 points, by one sweep
        if error[i] < best:
            best = error[i]
            found.append(tuple(points[i]))
    return Table(points, rows, hypervolume(found, REFERENCE))


def several(name: str, device: str, seed: int) -> float:
    """The share of the hypervolume that a strategy with two objectives finds."""
    strategy = make(name, space(), seed=seed, direction="min", minimise=("latency",))
    points = []
    for number in range(TRIALS):
        (proposal,) = strategy.ask(1)
        error, slow = table(device).point(proposal.genotype)
        points.append((error, slow))
        cost = {"latency_ms": slow}
        strategy.tell(
            Trial(number, proposal.genotype, "completed", error, proposal.origin, proposal.parents, cost)
        )
    return hypervolume(points, REFERENCE) / table(device).volume


def weighted(device: str, seed: int) -> float:
    """The share that evolution finds, with five sums one after another."""
    points = []
    for place, weight in enumerate(WEIGHTS):
        strategy = make("evolution", space(), seed=1000 * place + seed, direction="min")
        for number in range(TRIALS // len(WEIGHTS)):
            (proposal,) = strategy.ask(1)
            error, slow = table(device).point(proposal.genotype)
            points.append((error, slow))
            value = weight * error + (1 - weight) * slow
            strategy.tell(
                Trial(number, proposal.genotype, "completed", value, proposal.origin, proposal.parents)
            )
    return hypervolume(points, REFERENCE) / table(device).volume


def run(seeds: int) -> list[Figure]:
    """The hypervolume of each arm on each device, and in how many seeds NSGA-II is above the others."""
    numbers, figures = tuple(range(seeds)), []
    for device in DEVICES:
        arms: dict[str, np.ndarray] = {}
        for arm in ("random", "weighted_sums", "nsga2"):
            start = time.monotonic()
            found = [
                weighted(device, seed) if arm == "weighted_sums" else several(arm, device, seed)
                for seed in numbers
            ]
            arms[arm] = np.array(found)
            figures.append(
                Figure(
                    f"nasbench201/{device}/{arm}/hypervolume_at_{TRIALS}", float(np.mean(found)), "share of the table's",
                    mean_interval(found), seeds=numbers, seconds=round(time.monotonic() - start, 2),
                )
            )  # fmt: skip
        for arm in ("random", "weighted_sums"):
            above = int((arms["nsga2"] > arms[arm]).sum())
            wanted = ABOVE * seeds / SEEDS if arm == "random" else None
            detail: dict[str, object] = {
                "wilcoxon_p": float(wilcoxon(arms["nsga2"], arms[arm], alternative="greater").pvalue)
            }
            figures.append(
                Figure(
                    f"nasbench201/{device}/seeds_above_{arm}", above, f"of {seeds} seeds", target=wanted,
                    met=None if wanted is None else above >= wanted, seeds=numbers, detail=detail,
                )
            )  # fmt: skip
    return figures
