"""The 14 sets with floors that are no tables: the default candidate trained once, and the best of ten random ones.

Each is trained on the official training rows less a validation part, which stops it and chooses among the ten, and judged on the
official test rows: no retraining, no average. Encoders of ``real_tasks`` are given where that gives them. The floor is the best cheap
probe that was measured on the set; it counts as reached within one standard error of the test rows. Where the default candidate reads
frozen features, a figure no better than the probe's on the same features does not count as clearing it: ``above_probe`` says which is the case.

``KERASNAS_BENCH_ONLY`` names sets, parts of names separated by commas; ``KERASNAS_BENCH_RANDOM`` changes the ten (0 leaves them out);
``KERASNAS_BENCH_SECONDS`` ends one training (600).
"""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import shared_data
from .figure import Figure, share_interval
from .real_tasks import Real, ask

if TYPE_CHECKING:
    from kerasnas.data.task_data import TaskData
    from kerasnas.space import Genotype, Space

SEEDS = 1
RANDOM = int(os.environ.get("KERASNAS_BENCH_RANDOM", "10"))
SECONDS = float(os.environ.get("KERASNAS_BENCH_SECONDS", "600"))
ONLY = tuple(filter(None, os.environ.get("KERASNAS_BENCH_ONLY", "").split(",")))
SETS = (
    Real("openclipart", "label", "accuracy", 0.0, ("keywords",), True, True, "title"),
    Real("fashion_products", "season", "accuracy", 0.0, ("id", "masterCategory", "subCategory", "articleType"), True, True,
         "productDisplayName"),
    Real("banking77", "label", "accuracy", 0.0, text_encoder=True),
    Real("clinc150", "label", "accuracy", 0.0, text_encoder=True),
    Real("trec6", "label", "accuracy", 0.0, text_encoder=True),
    Real("sms_spam", "label", "accuracy", 0.0, text_encoder=True),
    Real("movie_polarity", "label", "accuracy", 0.0, text_encoder=True),
    Real("tweet_offensive", "label", "accuracy", 0.0, text_encoder=True),
    Real("cifar10_12k", "label", "accuracy", 0.0, image_encoder=True),
    Real("fashion_mnist_12k", "label", "accuracy", 0.0),
    Real("mnist10k", "label", "accuracy", 0.0),
    Real("sign_digits", "label", "accuracy", 0.0, image_encoder=True),
    Real("drum_hits", "label", "accuracy", 0.0, ("kit", "file")),
    Real("fsdd", "label", "accuracy", 0.0, ("speaker",)),
)  # fmt: skip
WANTED_DEFAULT, WANTED_RANDOM = 11, 13


def floor(real: Real) -> tuple[str, float]:
    """The best cheap probe of a set, and its accuracy."""
    known = json.loads((shared_data.folder() / "data" / "baselines.json").read_text(encoding="utf-8"))[
        real.name
    ]
    found = {n: float(f["acc"]) for n, f in known.items() if ":" not in n or n.startswith(f"{real.target}:")}
    best = max(found, key=lambda name: found[name])
    return best, found[best]


def trained(space: Space, genotype: Genotype, data: TaskData, seed: int) -> tuple[Any, float]:
    """The model and its validation figure; None and NaN where it failed or was refused."""
    from kerasnas.errors import EvaluationError, GenotypeError
    from kerasnas.evaluators.full_training import epochs_for, patience_for, train

    began, epochs = time.perf_counter(), epochs_for(data.rows("train"))

    def late(_: int, __: Any) -> bool:
        return time.perf_counter() - began < SECONDS

    try:
        model, outcome = train(
            space,
            genotype,
            data,
            seed=seed,
            max_epochs=epochs,
            patience=patience_for(epochs),
            report=late,
        )
    except (EvaluationError, GenotypeError):
        return None, math.nan
    return model, outcome.value


def judged(model: Any, data: TaskData) -> float:
    """Accuracy on the official test rows."""
    from kerasnas.evaluators.predicting import Predict

    names = [t.name for t in model.inputs]
    said = Predict(model, data.problem, data.target_scaling)(data.inputs(names, "holdout"))
    return float((said.argmax(axis=1) == data.targets("holdout")).mean())


def run(seeds: int) -> Iterator[Figure]:
    """Train and judge; see the module."""
    import kerasnas as kn

    reached: dict[str, set[str]] = {"default": set(), "random": set()}
    asked = [real for real in SETS if not ONLY or any(part in real.name for part in ONLY)]
    for real, seed in itertools.product(asked, range(seeds)):
        task, test = ask(real, seed)
        data: TaskData = task.data()  # type: ignore[attr-defined]
        space = kn.spaces.multimodal(task)
        probe, wanted = floor(real)
        error = math.sqrt(wanted * (1 - wanted) / len(test))
        for kind in reached if RANDOM else ("default",):
            began = time.perf_counter()
            best: tuple[float, Any, Any] = (-math.inf, None, None)
            for genotype in (
                [space.default()] if kind == "default" else [space.sample(i) for i in range(RANDOM)]
            ):
                model, value = trained(space, genotype, data, seed)
                if value > best[0]:
                    best = (value, model, genotype)
            figure = judged(best[1], data) if best[1] is not None else 0.0
            if figure >= wanted - error:
                reached[kind].add(real.name)
            yield Figure(
                f"{real.name}/{kind}", figure, "accuracy", share_interval(figure, len(test)), wanted, figure >= wanted - error, (seed,),
                time.perf_counter() - began,
                {"probe": probe, "standard_error": error, "above_probe": figure > wanted, "validation": best[0],
                 "genotype": None if best[2] is None else dict(best[2])},
            )  # fmt: skip
    if not ONLY:
        for kind, needed in (("default", WANTED_DEFAULT), ("random", WANTED_RANDOM)):
            if kind == "default" or RANDOM:
                count = len(reached[kind])
                yield Figure(
                    f"sets_reached/{kind}", count, f"of {len(SETS)} sets", None, needed, count >= needed, tuple(range(seeds)),
                    detail={"missed": sorted({r.name for r in SETS} - reached[kind])},
                )  # fmt: skip
