"""What it takes to sample, validate and cost a candidate of every ready space, and whether the costs are right."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from .figure import Figure

SEEDS = 1
TIMED, COUNTED, JUDGED = 300, 200, 50
MILLISECONDS, CLOSE = 1.0, 0.01


def run(seeds: int) -> Iterator[Figure]:
    """Three figures a space: milliseconds a candidate (median), exact parameter counts, FLOPs within 1 %.

    Args:
        seeds: Of the candidates; each seed draws other ones.
    """
    from kerasnas.testing.ready import ready

    for seed in range(seeds):
        found = ready()
        for name, space in found.items():
            yield _timed(name, space, seed)
        for name, space in found.items():
            yield from _counted(name, space, seed)


def _timed(name: str, space: Any, seed: int) -> Figure:
    rng, spent, began = random.Random(seed), [], time.perf_counter()
    for _ in range(20):  # imports, and ghosts of layers without a rule
        space.cost(space.validate(space.sample(rng)))
    with _built() as built:
        for _ in range(TIMED):
            start = time.perf_counter()
            space.cost(space.validate(space.sample(rng)))
            spent.append(1000 * (time.perf_counter() - start))
    typical = median(spent)
    return Figure(
        f"{name}/milliseconds", typical, "ms", target=MILLISECONDS, met=typical <= MILLISECONDS and not built,
        seeds=(seed,), seconds=time.perf_counter() - began,
        detail={"candidates": TIMED, "layers_built": len(built), "slowest": max(spent), "decisions": len(space.decisions)},
    )  # fmt: skip


def _counted(name: str, space: Any, seed: int) -> Iterator[Figure]:
    """Against models that Keras built, and a count of FLOPs that reads their weights and tensors."""
    import keras

    rng, began = random.Random(1000 + seed), time.perf_counter()
    wrong: list[dict[str, Any]] = []
    apart, unknown = [], 0
    for number in range(COUNTED):
        genotype = space.sample(rng)
        cost = space.cost(genotype)
        counted, flops = _by_keras(space, genotype, number < JUDGED)
        if counted != cost.parameters:
            wrong.append({"genotype": genotype.to_json(), "counted": counted, "said": cost.parameters})
        if number < JUDGED:
            if cost.flops is None:
                unknown += 1
            else:
                apart.append(abs(cost.flops - flops) / max(1, flops))
        keras.backend.clear_session(free_memory=False)
    exact = 1 - len(wrong) / COUNTED
    seconds = time.perf_counter() - began
    yield Figure(
        f"{name}/parameters_exact", exact, "share", target=1.0, met=exact == 1.0, seeds=(seed,), seconds=seconds,
        detail={"candidates": COUNTED, "wrong": wrong[:3]},
    )  # fmt: skip
    worst = max(apart, default=0.0)
    yield Figure(
        f"{name}/flops_difference", worst, "share", target=CLOSE, met=worst <= CLOSE and not unknown, seeds=(seed,),
        detail={"candidates": JUDGED, "unknown": unknown},
    )  # fmt: skip


def _by_keras(space: Any, genotype: Any, flops: bool) -> tuple[int, int]:
    """Parameters and, where asked for, FLOPs of the built model, whose weights get no values: only their shapes are looked at."""
    import keras

    from kerasnas.lower.ghost import apart
    from kerasnas.testing.flops import count_flops

    def looked_at() -> tuple[int, int]:
        with keras.StatelessScope(initialize_variables=False):
            model = space.build(genotype)
            return model.count_params(), count_flops(model) if flops else 0

    return apart(looked_at)


@contextmanager
def _built() -> Iterator[list[str]]:
    """The Keras layers that are made meanwhile, by class."""
    import keras

    made: list[str] = []
    first = keras.layers.Layer.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        made.append(type(self).__name__)
        first(self, *args, **kwargs)

    keras.layers.Layer.__init__ = noted
    try:
        yield made
    finally:
        keras.layers.Layer.__init__ = first
