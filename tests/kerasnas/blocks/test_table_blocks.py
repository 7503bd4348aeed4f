"""The blocks for tables beside the perceptron: every lowering agrees, and each does what its paper says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasnas import Choice, Input, Space, layers
from kerasnas.blocks import cross, embeddings, ensemble, mlp, ramps, waves
from kerasnas.blocks import ft_transformer as transformer
from kerasnas.blocks import resnet_mlp as resnet
from kerasnas.blocks.tabular.columns import Numbers, ruled, width_of
from kerasnas.testing.blocks import check_block

ROW = {"x": Input((6,))}
KNOWN = Numbers(ramps=(3, 0, 2), missing=(False, True, False))
NUMBERS = {"numbers": Input((sum(KNOWN.widths),))}
CATEGORIES = {"categories": Input((3,), "int32")}
CARDINALITIES = (3, 5, 40)


@pytest.mark.parametrize("block", [resnet, cross, ensemble], ids=lambda b: b.name)
def test_vector_to_vector(block: Any) -> None:
    assert not check_block(block, ROW, samples=3).unknown


@pytest.mark.parametrize("block", [ramps, waves], ids=lambda b: b.name)
def test_embeddings_of_numbers(block: Any) -> None:
    assert not check_block(block.using(known=KNOWN), NUMBERS, samples=3).unknown


def test_embeddings_of_categories() -> None:
    sized = embeddings.using(cardinalities=CARDINALITIES)
    check_block(sized, CATEGORIES, samples=4, numbers={"categories": (0, 3)})


def test_perceptron_with_sizes_by_cardinality() -> None:
    def table(categories: Any) -> Any:
        sized = mlp.using(embedding=Choice(4, 16), sizes=Choice("equal", "by_cardinality"))
        return sized(None, categories, cardinalities=CARDINALITIES)

    check_block(table, CATEGORIES, samples=2)


@pytest.mark.parametrize("with_tags", [False, True], ids=["numbers and categories", "all"])
def test_transformer(with_tags: bool) -> None:
    sized = transformer.using(known=KNOWN, cardinalities=CARDINALITIES)
    inputs = {**NUMBERS, **CATEGORIES, **({"tags": Input((4,))} if with_tags else {})}

    def table(**views: Any) -> Any:
        return sized(views["numbers"], views["categories"], views.get("tags"))

    assert not check_block(table, inputs, samples=2, numbers={"categories": (0, 3)}).unknown


def test_where_what_stands_among_the_numbers() -> None:
    assert KNOWN.widths == [4, 2, 3]
    assert KNOWN.narrow == [1, 2, 1]
    assert KNOWN.plain == [0, 4, 5, 6]


def test_width_of_embeddings_follows_the_cardinality() -> None:
    assert [width_of(c) for c in (1, 2, 3, 10, 40, 5000)] == [2, 4, 4, 8, 16, 16]
    assert not ruled((5000, 300))
    assert ruled((5000, 3))


def test_waves_do_not_look_at_the_ramps() -> None:
    space = Space.trace(waves.using(known=KNOWN), NUMBERS)
    model = space.build(space.default())
    rows = np.random.default_rng(0).normal(size=(2, 9)).astype("float32")
    other = rows.copy()
    other[:, [1, 2, 3, 7, 8]] += 1.0
    np.testing.assert_array_equal(model({"numbers": rows}), model({"numbers": other}))
    other[:, 5] += 1.0
    assert not np.allclose(model({"numbers": rows}), model({"numbers": other}))


def test_a_cross_multiplies_features() -> None:
    space = Space.trace(cross.using(crosses=1, rank=16, units=4, depth=1), ROW)
    model = space.build(space.default())
    for layer in model.layers:
        if layer.name.endswith("down"):
            layer.kernel.assign(np.eye(6, 16))
        if layer.name.endswith("up"):
            layer.kernel.assign(np.eye(16, 6))
    rows = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    np.testing.assert_allclose(np.asarray(model({"x": rows}))[:, :6], rows * rows + rows, atol=1e-6)


def members(count: int) -> Any:
    import keras

    from kerasnas.layers.batch_ensemble import BatchEnsemble

    keras.utils.set_random_seed(0)
    layer = BatchEnsemble(count, 7, 2)
    layer.build((None, 4))
    return layer


def test_an_ensemble_is_the_mean_of_perceptrons() -> None:
    layer = members(3)
    rows = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    each = []
    for member in range(3):
        x = rows
        for weights in zip(layer.kernels, layer.reads, layer.gives, layer.biases, strict=True):
            kernel, read, give, bias = map(np.asarray, weights)
            x = np.maximum((x * read[member]) @ kernel * give[member] + bias[member], 0.0)
        each.append(x)
    np.testing.assert_allclose(np.asarray(layer(rows)), np.mean(each, axis=0), rtol=1e-4, atol=1e-6)


def test_in_training_a_row_goes_through_one_member() -> None:
    layer = members(2)
    row = np.random.default_rng(1).normal(size=(1, 4)).astype("float32")
    said = np.unique(np.asarray(layer(np.repeat(row, 64, 0), training=True)).round(4), axis=0)
    assert len(said) == 2
    np.testing.assert_allclose(said.mean(axis=0), np.asarray(layer(row))[0], atol=1e-3)


def test_members_begin_unlike_each_other() -> None:
    first, second = members(8).reads
    assert 0.3 < np.asarray(first).std(axis=0).mean() < 0.7
    assert (np.asarray(second) == 1.0).all()


def test_an_ensemble_learns() -> None:
    import keras

    keras.utils.set_random_seed(0)

    def net(x: Any) -> Any:
        return layers.Dense(1)(ensemble.using(units=64, rate=0.1)(x))

    space = Space.trace(net, ROW)
    rows = np.random.default_rng(0).normal(size=(256, 6)).astype("float32")
    model = space.build(space.default())
    model.compile(keras.optimizers.Adam(0.01), "mse")
    first, *_, last = model.fit({"x": rows}, rows[:, :1], epochs=8, batch_size=32, verbose=0).history["loss"]
    assert last < 0.5 * first
    assert float(model.evaluate({"x": rows}, rows[:, :1], verbose=0)) < last
