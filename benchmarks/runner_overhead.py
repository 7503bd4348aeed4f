"""What the runner costs over bare ``fit`` of the same models."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .figure import Figure, mean_interval

SEEDS = 3
TRIALS, EPOCHS = 20, 5


def digits(rows: int = 1200) -> pd.DataFrame:
    """scikit-learn's 8x8 digits as a frame of pictures."""
    import io

    from PIL import Image
    from sklearn.datasets import load_digits

    def png(pixels: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray((pixels * 16).clip(0, 255).astype("uint8")).save(buffer, "PNG")
        return buffer.getvalue()

    data = load_digits()
    return pd.DataFrame(
        {"image": [png(p) for p in data.images[:rows]], "label": data.target[:rows].astype(str)}
    )


def small_space(task: Any) -> Any:
    """A small ConvNet with a few choices: what KerasTuner's own overhead was measured on."""
    import kerasnas as kn
    from kerasnas import Choice, Space, layers

    @kn.block("net")
    def net(
        x, *, filters=Choice(8, 16, 24, 32), kernel=Choice(3, 5), depth=Choice(1, 2), units=Choice(16, 32, 64)
    ):
        x = layers.Rescaling(1 / 255)(x)
        x = kn.repeat(
            depth,
            lambda y, name=None: layers.Conv2D(
                filters, kernel, padding="same", activation="relu", name=f"{name}-conv"
            )(y),
            x,
            "conv",
        )
        x = layers.GlobalAveragePooling2D()(x)
        return {"logits": layers.Dense(task.outputs)(layers.Dense(units, activation="relu")(x))}

    view = task.views["image_pixels"]
    return Space.trace(net, {"image_pixels": kn.Input(view.shape, view.dtype)}, name="small")


def bare(space: Any, data: Any, genotypes: list[Any], seed: int) -> float:
    """Seconds of plain Keras: build, compile, fit, nothing else."""
    import keras

    train = data.inputs(["image_pixels"], "train"), data.targets("train")
    validation = data.inputs(["image_pixels"], "validation"), data.targets("validation")
    began = time.perf_counter()
    for genotype in genotypes:
        keras.utils.set_random_seed(seed)
        model = space.build(genotype)
        model.compile(
            "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
        )
        model.fit(*train, batch_size=32, epochs=EPOCHS, validation_data=validation, verbose=0)
        keras.backend.clear_session()
    return time.perf_counter() - began


def run(seeds: int) -> Iterator[Figure]:
    """Same genotypes, same epochs: the runner against bare Keras, paired, start-up apart."""
    import kerasnas as kn
    from kerasnas.evaluators import FullTraining

    ratios, starts, began = [], [], time.perf_counter()
    for seed in range(seeds):
        task = kn.Task(digits(), target="label", seed=seed)
        space = small_space(task)
        search = kn.Search(
            task, space, strategy="random", budget=kn.Budget(trials=TRIALS), seed=seed, warm_start=False, finalists=0,
            evaluator=FullTraining(max_epochs=EPOCHS, patience=EPOCHS), store=Path(tempfile.mkdtemp()) / "bench.db",
        )  # fmt: skip
        launched = time.time()
        search.start()
        search.wait()
        trials = search.trials
        span = max(t.finished_at for t in trials) - min(t.started_at for t in trials)
        starts.append(min(t.started_at for t in trials) - launched)
        data = task.data()
        bare(space, data, [space.validate(trials[0].genotype)], seed)  # the first fit pays for loading Keras
        ratios.append(span / bare(space, data, [space.validate(t.genotype) for t in trials], seed) - 1)
    mean = float(np.mean(ratios))
    yield Figure(
        "runner_overhead", mean, "share of bare fit", mean_interval(ratios), 0.05, mean <= 0.05, tuple(range(seeds)),
        time.perf_counter() - began, {"each": ratios, "trials": TRIALS, "epochs": EPOCHS, "start_up_seconds": starts},
    )  # fmt: skip
