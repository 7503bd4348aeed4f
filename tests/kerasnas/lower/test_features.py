"""The features of a genotype: fixed length, deterministic, and they say what the plan is like."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import numpy as np

from kerasnas import Choice, FloatRange, Input, IntRange, Optional, Space, block, layers, pick, present, when
from kerasnas.spaces.published import nasbench201


@block("dense")
def dense(
    x: Any, *, units: Any = IntRange(4, 64, log=True), rate: Any = Optional(FloatRange(0.1, 0.5))
) -> Any:
    y = layers.Dense(units)(x)
    return when(present(rate), lambda: layers.Dropout(rate)(y), y)


@block("net")
def net(x: Any, *, branch: Any = Choice(none=None, dense=dense), width: Any = Choice(2, 3)) -> Any:
    return layers.Dense(width)(pick(branch, x))


def read(space: Space, genotype: Any) -> dict[str, float]:
    return dict(zip(space.feature_names, space.features(genotype), strict=True))


def test_decisions_are_one_hot_scaled_and_zero_where_inactive() -> None:
    space = Space.trace(net, {"x": Input((5,))})
    path = "net/branch=dense/dense/units"
    assert path in space.decisions
    idle = read(space, {"net/branch": "none", "net/width": 3})
    assert (idle["net/branch=none"], idle["net/branch=dense"]) == (1, 0)
    assert (idle["net/width=2"], idle["net/width=3"]) == (0, 1)
    assert (idle[path], idle[f"{path}?"]) == (0, 0)
    rest = {"net/branch": "dense", "net/width": 2, "net/branch=dense/dense/rate": None}
    active = read(space, {**rest, path: 16})
    assert active[f"{path}?"] == 1
    assert np.isclose(active[path], 0.5)  # halfway from 4 to 64 on the log scale
    assert active["net/branch=dense/dense/rate?"] == 0
    assert read(space, {**rest, path: 4})[path] == 0


def test_a_restricted_space_has_the_same_entries() -> None:
    space = Space.trace(net, {"x": Input((5,))})
    pinned = space.pin({"net/branch": "none"})
    genotype = {"net/branch": "none", "net/width": 3}
    assert pinned.feature_names == space.feature_names
    assert np.array_equal(pinned.features(genotype), space.features(genotype))


def test_costs_and_kinds_are_those_of_the_plan() -> None:
    space = Space.trace(net, {"x": Input((5,))})
    found = read(space, {"net/branch": "none", "net/width": 3})
    assert np.isclose(np.expm1(found["log parameters"]), 18)
    assert np.isclose(np.expm1(found["log flops"]), 30)
    assert np.isclose(np.expm1(found["log count Dense/product"]), 1)
    assert found["longest path"] == found["shortest path"] == found["mean path"] == 1


def test_paths_of_a_cell() -> None:
    space = nasbench201.space((8, 8, 3), 3, width=4, cells=1)
    full = read(space, nasbench201.decode((3, 3, 3, 3, 3, 3)))
    # a cell has four paths, of 1, 2, 2 and 3 convolutions; a reduction has two, of 2 and 1; stem and head are 2 more
    assert np.isclose(full["log paths"], np.log(4**3 * 2**2))
    assert (full["longest path"], full["shortest path"]) == (3 * 3 + 2 * 2 + 2, 3 * 1 + 2 * 1 + 2)
    assert np.isclose(full["mean path"], 3 * 2 + 2 * 1.5 + 2)
    lone = read(space, nasbench201.decode((3, 0, 0, 1, 0, 0)))
    assert lone["log parameters"] > lone["log parameters alive"]  # the convolution leads nowhere
    dead = read(space, nasbench201.decode((3, 3, 0, 0, 0, 0)))
    assert dead["log parameters alive"] == dead["log paths"] == dead["longest path"] == 0


def test_every_vector_is_finite_and_of_one_length() -> None:
    space, rng = nasbench201.space((8, 8, 3), 3, width=4, cells=1), random.Random(0)
    for _ in range(20):
        vector = space.features(space.sample(rng))
        assert vector.shape == (len(space.feature_names),)
        assert np.isfinite(vector).all()
    assert len(set(space.feature_names)) == len(space.feature_names)


def test_another_process_gives_the_same_vector() -> None:
    code = (
        "from kerasnas.spaces.published import nasbench201 as n;"
        "print(n.space((8, 8, 3), 3, width=4, cells=1).features(n.decode((3, 1, 2, 4, 0, 3))).tolist())"
    )
    here = nasbench201.space((8, 8, 3), 3, width=4, cells=1).features(nasbench201.decode((3, 1, 2, 4, 0, 3)))
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert here.tolist() == eval(there.strip().splitlines()[-1])
