"""Published tables: every architecture decodes, encodes and counts as published."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.shared_data import folder
from kerasnas.lower.trained import trained_parameters
from kerasnas.spaces.published import nasbench201, nasbench_macro, once_for_all

pytestmark = pytest.mark.shared


def test_nasbench201_every_architecture_counts_as_published() -> None:
    """The table has means over two or three runs. Those of 204 rows mix counts of cells that differ by whole edges; see below."""
    data = np.load(folder() / "bench" / "nasbench201.npz")
    space = nasbench201.space()
    ours, flops = np.zeros(len(data["ops"])), np.zeros(len(data["ops"]))
    for i, cell in enumerate(data["ops"]):
        genotype = nasbench201.decode(cell)
        assert nasbench201.encode(genotype) == tuple(cell)
        assert nasbench201.decode(nasbench201.written(genotype)) == genotype
        plan = space.plan(genotype)
        ours[i], flops[i] = trained_parameters(plan), plan.flops
    published = 1e6 * data["params_cifar10"].astype("float64")
    apart = published - ours
    odd = np.abs(apart) > 0.5  # the table is in single precision
    assert odd.sum() == 204
    one, three = 28_000, 243_040  # parameters of a 1x1 and of a 3x3 convolution in all fifteen cells
    edges = [(a * one + b * three) / runs for runs in (2, 3) for a in range(-6, 7) for b in range(-6, 7)]
    assert np.abs(apart[odd][:, None] - np.array(edges)).min(axis=1).max() < 0.5
    # The FLOPs, measured apart from the training runs, are a function of ours, also in those rows.
    measured = data["zc_flops_cifar10"].astype("float64")
    known = ~np.isnan(measured)
    pools = (data["ops"] == 4).sum(axis=1)
    convolutions = ((data["ops"] == 2) | (data["ops"] == 3)).sum(axis=1)  # whose normalisations count there
    design = np.stack([np.ones(len(ours)), flops / 2e6, convolutions, pools], axis=1)[known]
    fitted = design @ np.linalg.lstsq(design, measured[known], rcond=None)[0]
    assert np.abs(fitted / measured[known] - 1).max() < 1e-3
    assert (known & odd).sum() > 100


def test_nasbench_macro_every_network_counts_as_published() -> None:
    table = json.loads((folder() / "bench" / "nas_bench_macro_cifar10.json").read_text())
    space = nasbench_macro.space()
    assert len(table) == space.size() == 3**8
    for key, row in table.items():
        genotype = nasbench_macro.decode(key)
        assert nasbench_macro.encode(genotype) == key
        plan = space.plan(genotype)
        assert (trained_parameters(plan), plan.flops) == (row["params"], 2 * row["flops"])


def test_once_for_all_networks_are_read() -> None:
    table = json.loads((folder() / "bench" / "ofa_latency_12_devices.json").read_text())
    space = once_for_all.space()
    for arch in table["arch"][:100]:
        genotype = space.validate(once_for_all.decode(arch))
        assert once_for_all.decode(once_for_all.encode(genotype)) == genotype
