"""Peak memory of reading and spooling 2,000 against 20,000 pictures, and of going through their batches."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .figure import Figure

FEW, MANY = 2_000, 20_000
SIDE = 96
BATCH = 64


def pictures(folder: Path, count: int) -> Path:
    """A folder of JPEG files and the table that names them."""
    import pandas as pd
    from PIL import Image

    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b"], count)
    for number in range(count):
        tile = rng.integers(0, 255, (6, 6, 3)).astype("uint8")
        Image.fromarray(tile).resize((SIDE, SIDE)).save(folder / f"{number}.jpg", quality=70)
    pd.DataFrame({"image": [f"{n}.jpg" for n in range(count)], "label": labels}).to_csv(
        folder / "rows.csv", index=False
    )
    return folder / "rows.csv"


class Peak(threading.Thread):
    """The most memory of this process that is no mapped file, in MiB, looked at every 5 ms (Linux)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.value = 0.0
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.005):
            self.value = max(self.value, self.now())

    @staticmethod
    def now() -> float:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        line = next(one for one in lines if one.startswith("RssAnon"))
        return int(line.split()[1]) / 1024

    def stop(self) -> float:
        self._done.set()
        self.join()
        return max(self.value, self.now())


def measure(table: str, spool: str) -> None:
    """In a process of its own: spool a task, then read every batch of it; prints the peaks as JSON."""
    import kerasnas as kn
    from kerasnas.data import TaskData

    task_peak = Peak()
    task_peak.start()
    kn.Task(table, "label").spool(spool)
    spooled = task_peak.stop()
    read_peak = Peak()
    read_peak.start()
    data = TaskData.open(spool)
    total = 0
    for part in ("train", "validation", "holdout"):
        rows = data.inputs(["image_pixels"], part)["image_pixels"]
        order = np.random.default_rng(0).permutation(len(rows))
        for start in range(0, len(rows), BATCH):
            total += int(np.asarray(rows[np.sort(order[start : start + BATCH])], "float32").sum() > 0)
    print(json.dumps({"spool": spooled, "read": read_peak.stop(), "batches": total}))


def run(seeds: int) -> Iterator[Figure]:
    """Both sizes, each in a fresh process."""
    del seeds
    began = time.perf_counter()
    found = {}
    for count in (FEW, MANY):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "pictures"
            folder.mkdir()
            table = pictures(folder, count)
            code = f"from benchmarks.picture_memory import measure; measure({str(table)!r}, {str(Path(name) / 'spool')!r})"
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            found[count] = json.loads(done.stdout.splitlines()[-1])
    ratio = found[MANY]["spool"] / found[FEW]["spool"]
    yield Figure(
        "peak_memory_20000_over_2000_pictures", ratio, "ratio", None, 1.2, ratio <= 1.2, (0,), time.perf_counter() - began,
        {"mib_at_2000": found[FEW], "mib_at_20000": found[MANY], "all_pixels_mib": MANY * SIDE * SIDE * 3 / 2**20},
    )  # fmt: skip
