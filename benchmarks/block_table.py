"""Every block of kerasnas.blocks in a table: parameters, FLOPs, build time, equality of model and source, on one backend at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerasnas.blocks.tabular.columns import Numbers

from .encoders import minilm
from .figure import Figure

SEEDS = 1
CLOSE, CLOSE_ACROSS, ROWS, SHOWN, BUILDS = 1e-5, 1e-4, 3, 8, 3
RESULTS = Path(__file__).resolve().parent / "results" / "block_table.json"

INPUTS: dict[str, tuple[tuple[int, ...], str]] = {
    "pixels": ((32, 32, 3), "uint8"),
    "mel": ((96, 64, 1), "uint8"),
    "tokens": ((64,), "int32"),
    "series": ((60, 2), "float32"),
    "numbers": ((12,), "float32"),
    "categories": ((3,), "int32"),
    "weights": ((400,), "float32"),
    "features": ((96,), "float32"),
    "tags": ((6,), "float32"),
    "pieces": ((32,), "int32"),
    "vectors": ((64,), "float32"),
}
"""Shape and type of what a block's parameter of that name is called with."""

OTHERWISE: dict[str, tuple[tuple[int, ...], str]] = {
    "image": ((16, 16, 16), "float32"),
    "cells": ((16, 16, 16), "float32"),
    "audio": ((96, 64, 1), "float32"),
    "series": ((60, 2), "float32"),
    "text": ((64, 32), "float32"),
}
"""The same for any other name, by the folder that the block stands in; a vector of 64 for all else."""

NUMBERS = Numbers((2,) * 4, (False,) * 4)
"""What stands in ``numbers``: four of them, each with two ramps."""

FIXED: dict[str, Any] = {
    "classes": 10, "outputs": 10, "known": NUMBERS, "vocabulary": 100, "cardinalities": (5, 12, 40), "model": "MobileNetV2", "height": 32, "width": 32, "weights": None,
}  # fmt: skip
"""Values of keywords that a block must be given, by name; ``units`` of a head is the number of its outputs."""

ALSO: dict[str, dict[str, Any]] = {
    "mlp": {"cardinalities": (5, 12, 40)},
    "backbone": {"weights": None},
    "embeddings": {"cardinalities": (5, 12, 40)},
    "ft_transformer": {"known": NUMBERS, "cardinalities": (5, 12, 40)},
    "regression": {"units": 1},
}
"""Keywords of single blocks."""


def run(seeds: int) -> Iterator[Figure]:
    """One figure a block: the largest difference between the outputs of its model and of its source; the rest is its detail.

    Run it once on each backend (``KERAS_BACKEND=jax``): the second also says how far its outputs are from those of the first, under the same
    weights and inputs.

    Args:
        seeds: Of weights and inputs.
    """
    import keras

    backend = keras.backend.backend()
    known = _known()
    for seed in range(seeds):
        left: dict[str, str] = {}
        for name, what in blocks().items():
            try:
                yield _row(name, example(name, what), backend, seed, known)
            except Exception as error:  # noqa: BLE001  (a block that this cannot call is named, and the others are shown)
                left[name] = f"{type(error).__name__}: {str(error)[:200]}"
            keras.backend.clear_session(free_memory=False)
        yield Figure(
            f"left_out/{backend}",
            len(left),
            "blocks",
            target=0,
            met=not left,
            seeds=(seed,),
            detail={"why": left},
        )


def blocks() -> dict[str, Any]:
    """Every block that ``kerasnas.blocks`` exports."""
    import kerasnas.blocks as found
    from kerasnas.space import Block

    return {n: getattr(found, n) for n in sorted(found.__all__) if isinstance(getattr(found, n), Block)}


def example(name: str, what: Any) -> Any:
    """A space of the block alone, on inputs that suit the names of its parameters."""
    from kerasnas.space import Input, Space

    inputs: dict[str, Any] = {}
    folder = what.fn.__module__.rpartition(".")[0].rpartition(".")[2]
    fixed = dict(ALSO.get(name, {}))
    several = False
    for key, parameter in what.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty and key not in fixed:
                fixed[key] = FIXED[key] if key != "folder" else str(minilm())
        elif parameter.kind is not parameter.VAR_KEYWORD:
            shape, dtype = INPUTS.get(key, OTHERWISE.get(folder, ((64,), "float32")))
            several = parameter.kind is parameter.VAR_POSITIONAL
            names = [f"{key}{i}" for i in range(2)] if several else [key]
            if key != "categories" or "cardinalities" in fixed:
                inputs.update({n: Input(shape, dtype) for n in names})
    block = what.using(**fixed)

    def alone(**given: Any) -> Any:
        out = block(*given.values())
        return (
            out
            if not isinstance(out, tuple | list)
            else dict(zip(map(str, range(len(out))), out, strict=True))
        )

    return Space.trace(alone, inputs, name=name)


def _row(name: str, space: Any, backend: str, seed: int, known: dict[str, Any]) -> Figure:
    import keras

    from kerasnas.testing.blocks import _difference, _inputs
    from kerasnas.testing.weights import scramble

    genotype = space.default()
    plan = space.plan(genotype)
    spent = []
    for _ in range(BUILDS):
        start = time.perf_counter()
        model = space.build(genotype)
        spent.append(time.perf_counter() - start)
    seconds = min(spent)  # the first build of a kind of layer also loads and compiles it
    fed = _inputs(plan, ROWS, {"categories": (0, 5), "tokens": (0, 100), "pieces": (0, 100)}, seed)
    difference = _difference(space.source(genotype), model, fed, seed)
    scramble(model, seed)
    said = [
        float(v)
        for t in _flat(model(fed, training=False))
        for v in keras.ops.convert_to_numpy(t).ravel()[:SHOWN]
    ]
    detail: dict[str, Any] = {
        "parameters": plan.parameters, "flops": plan.flops, "build_seconds": round(seconds, 4), "decisions": len(space.decisions),
        "inputs": {n: list(i.shape) for n, i in space.inputs.items()}, "outputs": said,
    }  # fmt: skip
    met = difference <= CLOSE and plan.parameters == model.count_params()
    for other, theirs in known.items():
        where, _, block = other.partition("/")
        if block == name and where != backend and len(theirs) == len(said):
            largest = max(map(abs, theirs), default=1.0)
            detail[f"difference_to_{where}"] = apart = max(
                (abs(a - b) / max(1e-6, largest) for a, b in zip(said, theirs, strict=True)), default=0.0
            )
            met = met and apart <= CLOSE_ACROSS
    return Figure(
        f"{name}/{backend}", difference, "relative difference", target=CLOSE, met=met, seeds=(seed,), seconds=seconds, detail=detail,
    )  # fmt: skip


def _known() -> dict[str, Any]:
    """First outputs of earlier runs, by backend and block."""
    if not RESULTS.is_file():
        return {}
    figures = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]
    found = {}
    for figure in figures:
        block, _, backend = figure["name"].rpartition("/")
        if figure["seeds"] == [0] and "outputs" in (figure["detail"] or {}):
            found[f"{backend}/{block}"] = figure["detail"]["outputs"]
    return found


def _flat(out: Any) -> list[Any]:
    if isinstance(out, dict):
        return [t for key in sorted(out) for t in _flat(out[key])]
    return [t for one in out for t in _flat(one)] if isinstance(out, list | tuple) else [out]
