"""Peak memory of a task from Parquet files of 1 against 10 million rows: made, spooled, and trained on."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .figure import Figure
from .picture_memory import Peak

FEW, MANY = 1_000_000, 10_000_000
FILES, GROUP = 4, 2**17  # files of a table, rows of a row group
STEPS = 2_000  # batches that are trained, of 128 rows, before all validation rows are judged
BATCH = 128
MAPPED = 2**26  # views of more bytes are read batch by batch, at both sizes: by default from 1 GiB on


def parquet(folder: Path, count: int) -> str:
    """Files of four columns of numbers and two of categories, written a row group at a time; the pattern that names them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    towns = np.array([f"town {n}" for n in range(200)])
    for number in range(FILES):
        left, writer = count // FILES, None
        while left:
            rows = min(left, GROUP)
            left -= rows
            steps = rng.integers(0, 1000, (2, rows)) / 8
            town = rng.integers(0, len(towns), rows)
            age = rng.integers(18, 90, rows)
            price = np.where(rng.random(rows) < 0.02, np.nan, np.round(rng.lognormal(size=rows), 2))
            told = steps[0] / 60 + (town % 7) / 3 + rng.normal(size=rows)
            table = pa.table(
                {
                    "left": steps[0], "right": steps[1], "age": age.astype(np.int16), "price": price,
                    "town": towns[town], "colour": np.array(["red", "green", "blue"])[rng.integers(0, 3, rows)],
                    "y": np.array(["no", "yes"])[(told > 2.0).astype(int)],
                }
            )  # fmt: skip
            writer = writer or pq.ParquetWriter(folder / f"part-{number}.parquet", table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
    return str(folder / "*.parquet")


def measure(table: str, spool: str) -> None:
    """In a process of its own: make a task and spool it; prints the peaks, in MiB, as JSON."""
    import kerasnas as kn
    from kerasnas.data import parquet as on_disk

    on_disk.MOST_MEMORY = 0  # the smaller table would fit into memory, and is read in pieces all the same
    began, before = time.perf_counter(), resident()
    peak = Peak()
    peak.start()
    task = kn.Task(table, "y")
    made = time.perf_counter() - began
    task.spool(spool)
    print(
        json.dumps(
            {"peak": peak.stop(), "resident": resident(), "resident_before": before, "task_seconds": made, "seconds": time.perf_counter() - began,
             "rows": task.rows, "spooled_mib": sum(p.stat().st_size for p in Path(spool).rglob("*")) / 2**20}
        )
    )  # fmt: skip


def train(spool: str) -> None:
    """In a process of its own: train some batches from the spool, and judge on all validation rows; prints the peaks as JSON."""
    import kerasnas as kn
    from kerasnas import backend
    from kerasnas.data import TaskData
    from kerasnas.evaluators import batches, full_training
    from kerasnas.space import Genotype

    backend.current().prepare()
    batches.MOST_BYTES = MAPPED
    data = TaskData.open(spool)
    space = kn.spaces.tabular(data)
    genotype = Genotype({**space.default(), "training/batch_size": BATCH})
    left = STEPS

    def pulse() -> bool:
        nonlocal left
        left -= 1
        return left > 0

    began, before = time.perf_counter(), Peak.now()
    peak = Peak()
    peak.start()
    _, outcome = full_training.train(space, genotype, data, seed=0, max_epochs=1, patience=1, pulse=pulse)
    print(
        json.dumps(
            {"peak": peak.stop(), "before": before, "resident": resident(), "seconds": time.perf_counter() - began,
             data.metric: outcome.value, "judged_rows": data.rows("validation")}
        )
    )  # fmt: skip


def resident() -> float:
    """Most memory that this process has had, mapped files that it has looked at among it, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(seeds: int) -> Iterator[Figure]:
    """Both sizes, each step in a fresh process."""
    del seeds
    found: dict[str, dict[int, dict[str, float]]] = {"spool": {}, "train": {}}
    began = time.perf_counter()
    for count in (FEW, MANY):
        with tempfile.TemporaryDirectory() as name:
            folder, spool = Path(name) / "table", str(Path(name) / "spool")
            folder.mkdir()
            table = parquet(folder, count)
            size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
            found["spool"][count] = _alone("measure", table, spool) | {"parquet_mib": size}
            found["train"][count] = _alone("train", spool)
    for step, of in found.items():
        ratio = of[MANY]["peak"] / of[FEW]["peak"]
        yield Figure(
            f"peak_memory_{step}_{MANY}_over_{FEW}_rows", ratio, "ratio", None, 1.25, ratio <= 1.25, (0,), time.perf_counter() - began,
            {f"mib_at_{FEW}": of[FEW], f"mib_at_{MANY}": of[MANY]},
        )  # fmt: skip


def _alone(function: str, *arguments: str) -> dict[str, float]:
    code = f"from benchmarks.table_memory import {function}; {function}(*{arguments!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))
