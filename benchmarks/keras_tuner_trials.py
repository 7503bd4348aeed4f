"""20 small trials: time and bytes on disk, against KerasTuner training the same models, paired."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .figure import Figure, mean_interval
from .runner_overhead import EPOCHS, TRIALS, digits, small_space

SEEDS = 3


def taken(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)


def ours(task: Any, space: Any, seed: int) -> tuple[dict[str, float], list[Any]]:
    """Seconds from the first trial's start to the last one's end, bytes of store and run folder, and what was tried."""
    import kerasnas as kn
    from kerasnas.evaluators import FullTraining

    folder = Path(tempfile.mkdtemp())
    search = kn.Search(
        task, space, strategy="random", budget=kn.Budget(trials=TRIALS), seed=seed, warm_start=False, finalists=0,
        evaluator=FullTraining(max_epochs=EPOCHS, patience=EPOCHS), store=folder / "bench.db",
    )  # fmt: skip
    launched = time.time()
    search.start()
    search.wait()
    trained = [t for t in search.trials if t.state == "completed" and "same_as" not in t.cost]
    run_folder = Path(search.status["run_folder"])
    said = {
        "seconds": max(t.finished_at for t in trained) - min(t.started_at for t in trained),
        "start_up": min(t.started_at for t in trained) - launched,
        "bytes": taken(run_folder) + taken(folder),
        "bytes_of_rows": taken(run_folder / "data"),
    }
    return said, [space.validate(t.genotype) for t in trained]


def theirs(space: Any, data: Any, genotypes: list[Any], seed: int) -> dict[str, float]:
    """The same of ``Tuner.search`` by KerasTuner, with an oracle that proposes these genotypes one after the other."""
    import keras
    import keras_tuner

    from kerasnas.tuner.hypermodel import SpaceHyperModel

    def compiled(model: Any, _: Any) -> None:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])

    hyper = SpaceHyperModel(space, compile=compiled)

    class Given(keras_tuner.Oracle):
        def populate_space(self, trial_id: str) -> dict[str, Any]:  # noqa: ARG002
            number = len(self.start_order)
            if number >= len(genotypes):
                return {"status": "STOPPED", "values": None}
            return {"status": "RUNNING", "values": hyper.values(genotypes[number])}

    folder = Path(tempfile.mkdtemp())
    launched = time.perf_counter()
    oracle = Given(objective=keras_tuner.Objective("val_loss", "min"), max_trials=len(genotypes), seed=seed)
    tuner = keras_tuner.Tuner(oracle, hyper, directory=folder, project_name="bench")
    train = data.inputs(["image_pixels"], "train"), data.targets("train")
    validation = data.inputs(["image_pixels"], "validation"), data.targets("validation")
    began = time.perf_counter()
    tuner.search(*train, validation_data=validation, epochs=EPOCHS, batch_size=32, verbose=0)
    ended = time.perf_counter()
    done = sum(trial.status == "COMPLETED" for trial in oracle.trials.values())
    if done != len(genotypes):
        raise RuntimeError(f"KerasTuner completed {done} of {len(genotypes)} trials.")
    keras.backend.clear_session()
    return {"seconds": ended - began, "start_up": began - launched, "bytes": taken(folder)}


def run(seeds: int) -> Iterator[Figure]:
    """Same models, rows, epochs and batch size; start-up apart on both sides, the spooled rows counted among our bytes."""
    import kerasnas as kn

    from .runner_overhead import bare

    began, pairs = time.perf_counter(), []
    for seed in range(seeds):
        task = kn.Task(digits(), target="label", seed=seed)
        space = small_space(task)
        mine, genotypes = ours(task, space, seed)
        data = task.data()
        bare(space, data, genotypes[:1], seed)  # the first fit pays for loading Keras
        pairs.append({"kerasnas": mine, "keras_tuner": theirs(space, data, genotypes, seed)})
    for what in ("seconds", "bytes"):
        ratios = [pair["kerasnas"][what] / pair["keras_tuner"][what] for pair in pairs]
        yield Figure(
            f"{what}_of_20_trials_over_keras_tuner", float(np.mean(ratios)), "ratio", mean_interval(ratios), seeds=tuple(range(seeds)),
            seconds=time.perf_counter() - began, detail={"each": ratios, "pairs": pairs, "trials": TRIALS, "epochs": EPOCHS},
        )  # fmt: skip
