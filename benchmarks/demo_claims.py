"""The demo's claim over several seeds: all modalities above the best single one and above a linear probe."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .figure import Figure, mean_interval

SEEDS = 5
MINUTES = 3.0


def run(seeds: int) -> Iterator[Figure]:
    """Repeat the demo's first comparison with other splits and seeds; differences are paired."""
    from kerasnas.demo.comparison import compare

    found, began = [], time.perf_counter()
    for seed in range(seeds):
        store = Path(tempfile.mkdtemp()) / "store.db"
        found.append(
            compare(seed, store, minutes=MINUTES, single_minutes=MINUTES, progress=False, say=lambda *_: None)
        )
    seconds, used = time.perf_counter() - began, tuple(range(seeds))
    figures = {
        "multimodal": [c.multimodal for c in found],
        "best_single_modality": [max(c.single.values()) for c in found],
        "linear_probe": [c.probe.holdout for c in found],
    }
    for name, values in figures.items():
        yield Figure(
            f"clipart/{name}",
            sum(values) / len(values),
            "accuracy",
            mean_interval(values),
            seeds=used,
            detail={"each": values},
        )
    for name in ("best_single_modality", "linear_probe"):
        gains = [a - b for a, b in zip(figures["multimodal"], figures[name], strict=True)]
        interval = mean_interval(gains)
        yield Figure(
            f"clipart/multimodal_above_{name}", sum(gains) / len(gains), "accuracy", interval, 0.0,
            interval is not None and interval[0] > 0, used, seconds, {"each": gains},
        )  # fmt: skip
