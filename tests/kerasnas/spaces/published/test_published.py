"""Published spaces: every lowering agrees at a small size, and genotypes are written as the papers write them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from kerasnas import Space
from kerasnas.errors import GenotypeError
from kerasnas.lower.trained import trained_parameters
from kerasnas.spaces.published import (
    darts,
    enas,
    nasbench101,
    nasbench201,
    nasbench_macro,
    once_for_all,
    proxyless,
    recurrent,
)
from kerasnas.testing.blocks import check_block

SHAPE = (8, 8, 3)
TINY = {"widths": (4, 4, 6), "strides": (2, 1), "stem": 4, "last": 8}
SPACES: dict[str, Callable[[], Space]] = {
    "darts": lambda: darts.space(SHAPE, 3, width=4, cells=3, nodes=2),
    "enas": lambda: enas.space(SHAPE, 3, width=4, depth=3),
    "nasbench101": lambda: nasbench101.space(SHAPE, 3, width=6, stacks=1, cells=1),
    "nasbench201": lambda: nasbench201.space(SHAPE, 3, width=4, cells=1),
    "nasbench_macro": lambda: nasbench_macro.space((16, 16, 3), 3, width=4, last=8),
    "once_for_all": lambda: once_for_all.space(SHAPE, 3, low=6, high=8, **TINY),
    "recurrent": lambda: recurrent.space(5, 2, 3, units=3, leaves=2),
    "proxyless": lambda: proxyless.space(SHAPE, 3, depths=(3, 1), **TINY),
}

MODULES: dict[str, Any] = {
    "darts": darts,
    "enas": enas,
    "nasbench201": nasbench201,
    "nasbench_macro": nasbench_macro,
    "once_for_all": once_for_all,
    "recurrent": recurrent,
}


@pytest.mark.parametrize("name", SPACES)
def test_a_small_version_lowers_the_same_everywhere(name: str) -> None:
    # most edges of NAS-Bench-101 are held by a requirement: it takes a few cells to see each of them matter
    check_block(SPACES[name](), samples=6 if name == "nasbench101" else 1, seed=1)


def again(name: str, genotype: Any) -> Any:
    """A genotype written and read again."""
    if name == "proxyless":
        return proxyless.decode(proxyless.encode(genotype, (3, 1)))
    if name == "nasbench101":
        return nasbench101.decode(*nasbench101.encode(genotype))
    module = MODULES[name]
    return module.decode(module.encode(genotype))


@pytest.mark.parametrize("name", SPACES)
def test_what_is_encoded_is_decoded(name: str) -> None:
    space, rng = SPACES[name](), random.Random(0)
    for _ in range(10):
        genotype = space.sample(rng)
        if name == "nasbench101":  # vertices move together where one between them plays no part
            cell = nasbench101.encode(genotype)
            assert nasbench101.encode(space.validate(again(name, genotype))) == cell
            assert space.cost(again(name, genotype)).parameters == space.cost(genotype).parameters
        else:
            assert space.validate(again(name, genotype)) == genotype


def test_nasbench201_counts_every_edge_as_published() -> None:
    space = nasbench201.space()
    for cell, published in {
        (3, 3, 3, 3, 3, 3): 1_531_546,  # the most and the least of the benchmark
        (0, 0, 0, 0, 0, 0): 73_306,
        (3, 0, 0, 0, 0, 0): 316_346,  # leads nowhere, and counts all the same
    }.items():
        genotype = nasbench201.decode(cell)
        assert trained_parameters(space.plan(genotype)) == published
        assert nasbench201.encode(genotype) == cell


def test_nasbench201_reads_the_benchmarks_text() -> None:
    text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|"
    genotype = nasbench201.decode(text)
    assert nasbench201.encode(genotype) == (3, 0, 1, 4, 2, 0)
    assert nasbench201.written(genotype) == text


def test_nasbench101_counts_as_published() -> None:
    conv1, conv3 = "conv1x1-bn-relu", "conv3x3-bn-relu"
    matrix = [[0] * 7 for _ in range(7)]
    for u, v in [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)]:
        matrix[u][v] = 1
    operations = ["input", conv1, conv3, conv3, conv3, "maxpool3x3", "output"]
    genotype = nasbench101.decode(matrix, operations)
    assert (
        trained_parameters(nasbench101.space().plan(genotype)) == 2_694_282
    )  # as the benchmark's README prints it
    assert nasbench101.encode(genotype) == (matrix, operations)


def test_nasbench101_leaves_out_what_is_on_no_path() -> None:
    matrix = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    genotype = nasbench101.decode(matrix, ["input", "conv3x3-bn-relu", "maxpool3x3", "output"])
    small = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert nasbench101.encode(genotype) == (small, ["input", "conv3x3-bn-relu", "output"])


def test_nasbench101_draws_valid_cells_only_and_refuses_others() -> None:
    space, rng = SPACES["nasbench101"](), random.Random(1)
    for _ in range(30):
        matrix, _ = nasbench101.encode(space.sample(rng))
        size = len(matrix)
        assert sum(map(sum, matrix)) <= 9
        assert all(any(matrix[u][v] for u in range(size)) for v in range(1, size))
        assert all(any(matrix[u]) for u in range(size - 1))
    cell = dict(space.default())
    with pytest.raises(GenotypeError, match="requirement"):
        space.validate({**cell, "nasbench101/edge36": 0})  # its last vertex would lead nowhere
    dense = {**cell, **{path: 1 for path in cell if "edge" in path}}
    with pytest.raises(GenotypeError, match="requirement"):
        space.validate(dense)


DARTS_V2 = {  # as the paper's repository prints it
    "normal": [
        ("sep_conv_3x3", 0), ("sep_conv_3x3", 1), ("sep_conv_3x3", 0), ("sep_conv_3x3", 1),
        ("sep_conv_3x3", 1), ("skip_connect", 0), ("skip_connect", 0), ("dil_conv_3x3", 2),
    ],
    "reduce": [
        ("max_pool_3x3", 0), ("max_pool_3x3", 1), ("skip_connect", 2), ("max_pool_3x3", 1),
        ("max_pool_3x3", 0), ("skip_connect", 2), ("skip_connect", 2), ("max_pool_3x3", 1),
    ],
}  # fmt: skip


def test_darts_reads_a_published_pair_of_cells() -> None:
    space = darts.space((16, 16, 3), 3, width=4, cells=6)
    genotype = space.validate(darts.decode(DARTS_V2))
    assert darts.encode(genotype) == DARTS_V2
    assert space.cost(genotype).parameters > 0


def test_nasbench_macro_reads_its_keys() -> None:
    space = nasbench_macro.space()
    for key, parameters, flops in [("00000000", 387_882, 7_713_280), ("22222222", 2_932_586, 105_660_928)]:
        plan = space.plan(nasbench_macro.decode(key))
        assert trained_parameters(plan) == parameters
        assert plan.flops == 2 * flops  # published are multiply-accumulates


@pytest.mark.parametrize(
    ("decode", "received"),
    [
        (nasbench201.decode, "|none~0|"),
        (nasbench201.decode, (0, 1, 2, 3, 4, 5)),
        (nasbench_macro.decode, "0123"),
        (darts.decode, {"normal": []}),
        (enas.decode, [[0], [1]]),
        (recurrent.decode, {"tree": []}),
        (once_for_all.decode, {"ks": [3], "e": [3], "d": [2], "r": 128}),
        (proxyless.decode, [["Zero", "3x3_MBConv3"]]),
        (lambda cell: nasbench101.decode(*cell), ([[0, 0], [0, 0]], ["input", "output"])),
    ],
)
def test_what_is_none_of_the_space_is_refused(decode: Any, received: Any) -> None:
    with pytest.raises(GenotypeError, match="Expected|cannot be left out"):
        decode(received)


@pytest.mark.parametrize(
    "module", [nasbench201, nasbench_macro, darts, nasbench101, once_for_all, proxyless, recurrent]
)
def test_a_genotype_of_another_space_is_refused(module: Any) -> None:
    with pytest.raises(GenotypeError, match="Expected"):
        module.encode({"image/residual/depth": 1})
