"""Against AutoKeras 3.0 on scikit-learn's digits: accuracies after the same time, and time to its final accuracy.

AutoKeras runs in an environment of its own, that of ``KERASNAS_BENCH_AUTOKERAS_PYTHON`` or one made here, on the same cores, rows and
held-out rows. Its time is from the start of ``fit`` to its end; ours is the whole of a search, loading Keras, retraining the finalists and judging
them once included. The time to its accuracy is that of a search of the smallest budget, each twice the last, whose result reaches it: every
one of these searches begins anew and knows nothing of the others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .figure import Figure, share_interval
from .runner_overhead import digits

SEEDS = 1
TRIALS = int(os.environ.get("KERASNAS_BENCH_AUTOKERAS_TRIALS", "4"))
EPOCHS = int(os.environ.get("KERASNAS_BENCH_AUTOKERAS_EPOCHS", "5"))
MINUTES = float(os.environ.get("KERASNAS_BENCH_AUTOKERAS_MINUTES", "120"))  # AutoKeras is given up after
NEEDS = ("autokeras==3.0.0", "keras==3.12.*", "tensorboard", "tensorflow-cpu", "scikit-learn")
ROWS, TRAIN = 1797, 1200
FIRST_MINUTES = 0.5
START_UP = 15.0  # seconds of a search that are not work of its budget, taken off it


def python() -> str:
    """The interpreter that has AutoKeras; made in the temporary folder where none is named and none is there."""
    named = os.environ.get("KERASNAS_BENCH_AUTOKERAS_PYTHON")
    if named:
        return named
    place = Path(tempfile.gettempdir()) / "kerasnas_benchmarks" / "autokeras_venv"
    made = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    known = made.exists() and subprocess.run(
        [made, "-c", "import autokeras"], capture_output=True, check=False
    )
    if not known or known.returncode:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([made, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
    return str(made)


def autokeras(frame: pd.DataFrame) -> dict[str, Any]:
    """Run AutoKeras on the rows; see ``autokeras_script``.

    Raises:
        RuntimeError: If it fails; with the end of what it said.
    """
    from sklearn.datasets import load_digits

    pixels = load_digits().images[: len(frame), ..., None] * 16
    pixels = pixels.clip(0, 255).astype("uint8")
    train = (frame["split"] == "train").to_numpy()
    labels = frame["label"].to_numpy().astype(int)
    with tempfile.TemporaryDirectory() as name:
        rows = Path(name) / "rows.npz"
        np.savez(
            rows, x_train=pixels[train], y_train=labels[train], x_test=pixels[~train], y_test=labels[~train]
        )
        command = [python(), str(Path(__file__).with_name("autokeras_script.py")), str(rows), str(Path(name) / "run"), str(TRIALS), str(EPOCHS)]  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            cwd=name,
            timeout=60 * MINUTES,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"AutoKeras ended with {done.returncode}: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def ours(frame: pd.DataFrame, minutes: float, seed: int) -> dict[str, float]:
    """One search of so many minutes, judged once: its wall-clock seconds and the held-out accuracy of its result."""
    import kerasnas as kn

    task = kn.Task(frame, target="label", metric="accuracy", holdout="split", seed=seed)
    search = kn.Search(
        task,
        budget=kn.Budget(minutes=minutes),
        seed=seed,
        warm_start=False,
        store=Path(tempfile.mkdtemp()) / "bench.db",
    )
    began = time.perf_counter()
    search.start()
    search.wait()
    seconds = time.perf_counter() - began
    return {
        "minutes": minutes,
        "seconds": seconds,
        "accuracy": float(search.best.holdout),
        "trials": len(search.trials),
    }


def run(seeds: int) -> Iterator[Figure]:
    """AutoKeras once a seed, then searches of growing budgets, then one of the same time."""
    frame = digits(ROWS)
    frame["split"] = np.where(np.arange(len(frame)) < TRAIN, "train", "test")
    held_out = len(frame) - TRAIN
    for seed in range(seeds):
        began = time.perf_counter()
        peer = autokeras(frame)
        wanted, given = peer["accuracy"], peer["fit_seconds"]
        tried = [ours(frame, FIRST_MINUTES, seed)]
        while tried[-1]["accuracy"] < wanted and 120 * tried[-1]["minutes"] + START_UP < given:
            tried.append(ours(frame, 2 * tried[-1]["minutes"], seed))
        same = ours(frame, max(FIRST_MINUTES, (given - START_UP) / 60), seed)
        detail = {
            "autokeras": peer,
            "searches": tried,
            "same_time": same,
            "autokeras_trials": TRIALS,
            "autokeras_epochs": EPOCHS,
        }
        yield Figure(
            "autokeras_accuracy", wanted, "accuracy", share_interval(wanted, held_out), seeds=(seed,), seconds=given, detail=peer
        )  # fmt: skip
        yield Figure(
            "accuracy_after_the_same_time", same["accuracy"], "accuracy", share_interval(same["accuracy"], held_out), wanted,
            same["accuracy"] >= wanted, (seed,), same["seconds"], detail,
        )  # fmt: skip
        reached = next((one for one in (*tried, same) if one["accuracy"] >= wanted), None)
        if reached is not None:
            yield Figure(
                "time_to_its_accuracy_over_its_time", reached["seconds"] / given, "ratio", seeds=(seed,),
                seconds=time.perf_counter() - began, detail=detail,
            )  # fmt: skip
