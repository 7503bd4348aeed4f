"""Whether a worker's memory grows over 50 trials: its peak after 50 against its peak after 10."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .figure import Figure
from .runner_overhead import digits, small_space

SEEDS = 1
FEW, MANY = 10, 50
MOST = 1.10


def run(seeds: int) -> Iterator[Figure]:
    """Searches of small trials, each in a worker of its own, never replaced so early."""
    import kerasnas as kn
    from kerasnas.evaluators import FullTraining

    for seed in range(seeds):
        began = time.perf_counter()
        task = kn.Task(digits(), target="label", seed=seed)
        search = kn.Search(
            task, small_space(task), strategy="random", budget=kn.Budget(trials=MANY), seed=seed, warm_start=False, finalists=0,
            evaluator=FullTraining(max_epochs=2, patience=2), store=Path(tempfile.mkdtemp()) / "bench.db",
        )  # fmt: skip
        search.start()
        search.wait()
        peaks = [t.cost["peak_memory_mib"] for t in search.trials if "same_as" not in t.cost]
        ratio = max(peaks) / max(peaks[:FEW])
        yield Figure(
            "peak_memory_50_over_10", ratio, "ratio", None, MOST, ratio <= MOST, (seed,), time.perf_counter() - began,
            {"mib_at_10": max(peaks[:FEW]), "mib_at_50": max(peaks), "trained": len(peaks)},
        )  # fmt: skip
