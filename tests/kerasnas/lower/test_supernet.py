"""Spaces as one model: a cell space, a stage space and an MLP, held against their stand-alone models."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from kerasnas.blocks.image.augment import shift
from kerasnas.blocks.image.residual import residual
from kerasnas.blocks.tabular.mlp import mlp
from kerasnas.errors import EvaluationError, GenotypeError, SpaceError
from kerasnas.lower.cost import infer
from kerasnas.lower.supernet.partial import program
from kerasnas.lower.supernet.program import steps
from kerasnas.space import (
    Choice,
    FloatRange,
    Input,
    IntRange,
    Space,
    block,
    channels,
    dim,
    layers,
    pick,
    repeat,
    require,
    when,
)
from kerasnas.testing import check_supernet

PICTURE = Input((6, 6, 3))


def zero(x: Any) -> Any:
    return x * 0.0


def convolution(kernel: int) -> Any:
    def operation(x: Any) -> Any:
        y = layers.Conv2D(channels(x), kernel, padding="same", use_bias=False)(layers.ReLU()(x))
        return layers.BatchNormalization(momentum=0.9)(y)

    return operation


def pool(x: Any) -> Any:
    return layers.AveragePooling2D(3, strides=1, padding="same")(x)


OPERATIONS = {"none": zero, "skip": None, "small": convolution(1), "large": convolution(3), "pool": pool}


@block("cell")
def cell(
    x: Any,
    *,
    first: Any = Choice(**OPERATIONS, default="large"),
    around: Any = Choice(**OPERATIONS),
    second: Any = Choice(**OPERATIONS, default="skip"),
) -> Any:
    """As in NAS-Bench-201, with two nodes."""
    return pick(around, x) + pick(second, pick(first, x))


def cells(x: Any) -> Any:
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(x))
    x = repeat(2, cell, x, "cell", tie=True)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(layers.ReLU()(x)))
    return layers.Dense(3, name="logits")(x)


@block("mbconv")
def mbconv(
    x: Any,
    *,
    filters: int,
    stride: int = 1,
    kernel: Any = Choice(3, 5),
    expand: Any = Choice(2, 3),
    activation: Any = Choice("relu", "swish"),
) -> Any:
    y = layers.Conv2D(channels(x) * expand, 1, use_bias=False, name="expand")(x)
    y = layers.Activation(activation)(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name="depthwise")(y)
    y = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(filters, 1, use_bias=False, name="project")(y))
    return when((channels(x) == filters) & (stride == 1), lambda: layers.Add()([x, y]), y)


def stages(x: Any, *, depth: Any = IntRange(0, 1, default=1)) -> Any:
    x = layers.Conv2D(3, 3, padding="same", use_bias=False, name="stem")(x)
    x = mbconv(x, filters=4, stride=2, name="first")
    x = repeat(depth, mbconv.using(filters=4), x, "more")
    return {"y": layers.Dense(3, name="logits")(layers.GlobalAveragePooling2D()(x))}


def table(
    numbers: Any,
    categories: Any,
    *,
    units: Any = Choice(4, 6, 8),
    depth: Any = IntRange(1, 3),
    rate: Any = Choice(0.0, 0.2),
) -> Any:
    x = mlp(numbers, categories, cardinalities=(3, 4), units=units, depth=depth, rate=rate)
    return layers.Dense(2, name="out")(x)


def one_of_two(x: Any) -> Any:
    """A layer that is computed whatever is decided, and needed for one option only."""

    def net(x: Any, *, read: Any = Choice(a=lambda a, b: a, b=lambda a, b: b)) -> Any:
        return pick(read, layers.BatchNormalization(name="left")(x), layers.Dense(4, name="right")(x))

    return layers.Dense(2, name="out")(block("net")(net)(x))


def space_of(what: Any, **inputs: Input) -> Space:
    return Space.trace(
        what, inputs or {"x": PICTURE}, name=getattr(what, "name", getattr(what, "__name__", "space"))
    )


def tables() -> Space:
    return space_of(table, numbers=Input((5,)), categories=Input((2,), "int32"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("space", "trained"),
    [(space_of(cells), 8), (space_of(stages), 20), (tables(), 12), (space_of(one_of_two, x=Input((4,))), 4)],
    ids=lambda v: v.name if isinstance(v, Space) else "",
)
def test_paths_equal_stand_alone_models_and_train_alone(space: Space, trained: int) -> None:
    found = check_supernet(space, paths=200, samples=4)
    assert (found.paths, found.retraces) == (200, 0)
    assert found.trained >= trained
    assert found.still > 0


def test_a_choice_of_augmentations_is_compiled_once_and_quiet_outside_of_training() -> None:
    def net(x: Any, *, augment: Any = Choice(none=None, shift=shift)) -> Any:
        x = layers.GlobalAveragePooling2D()(
            layers.Conv2D(2, 3)(pick(augment, layers.Rescaling(1 / 127.5)(x)))
        )
        return layers.Dense(2)(x)

    assert check_supernet(space_of(block("net")(net)), paths=10, samples=3).retraces == 0


def test_a_training_step_is_the_stand_alone_models_own_whatever_was_trained_before() -> None:
    space = space_of(one_of_two, x=Input((4,)))
    net = space.supernet()
    rng = np.random.default_rng(0)
    x, y = {"x": rng.normal(size=(8, 4)).astype("float32")}, rng.normal(size=(8, 2)).astype("float32")

    def optimizer() -> Any:
        return keras.optimizers.AdamW(0.01, weight_decay=0.1)

    alone = net.inherit({"net/read": "a"})
    alone.compile(optimizer(), "mse", jit_compile=False)
    alone.train_on_batch(x, y)
    net.model.compile(net.optimizer(optimizer()), "mse", jit_compile=False)
    net.train(x, y, {"net/read": "a"})
    for ours, theirs in zip(net.inherit({"net/read": "a"}).get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)  # moving statistics, too
    for _ in range(2):
        net.train(x, y, {"net/read": "a"})
    kept, alone = net.inherit({"net/read": "a"}).get_weights(), net.inherit({"net/read": "b"})
    alone.compile(optimizer(), "mse", jit_compile=False)
    alone.train_on_batch(x, y)
    net.train(x, y, net.encode({"net/read": "b"}))
    right = net.inherit({"net/read": "b"}).get_layer("net.right")
    # the head has been trained before; the layer that was not takes Adam's first step, as in a model of its own
    np.testing.assert_allclose(
        right.get_weights()[0], alone.get_layer("net.right").get_weights()[0], atol=1e-6
    )
    left = net.inherit({"net/read": "a"})
    np.testing.assert_array_equal(left.get_weights()[0], kept[0])
    assert int(net.model.optimizer.iterations) == 4


def test_the_model_is_an_ordinary_keras_model_on_the_path_that_it_was_put_on() -> None:
    net = space_of(one_of_two, x=Input((4,))).supernet()
    genotype = net.follow(net.encode({"net/read": "b"}))
    assert genotype == {"net/read": "b"}
    rng = np.random.default_rng(0)
    x, y = {"x": rng.normal(size=(8, 4)).astype("float32")}, rng.normal(size=(8, 2)).astype("float32")
    net.model.compile(net.optimizer(keras.optimizers.SGD(0.1, momentum=0.9)), "mse", jit_compile=False)
    net.follow(genotype)
    past = net.model.fit(x, y, batch_size=8, epochs=8, verbose=0).history["loss"]
    assert past[-1] < past[0]
    np.testing.assert_allclose(net.model.predict(x, verbose=0), net.call(x, genotype), rtol=1e-5)


def test_paths_are_positions_and_go_both_ways() -> None:
    space = tables()
    net = space.supernet()
    assert dict(zip(net.columns, net.sizes, strict=True)) == {"units": 3, "depth": 3, "rate": 2}
    for seed in range(20):
        genotype = space.sample(seed)
        assert net.decode(net.encode(genotype)) == genotype
    with pytest.raises(GenotypeError, match="holds 3 positions below"):
        net.decode([0, 3, 0])
    narrow = space.restrict({"units": [8], "depth": (2, 3)}).supernet()
    assert dict(zip(narrow.columns, narrow.sizes, strict=True)) == {"depth": 2, "rate": 2}
    assert narrow.calls < net.calls


def test_smaller_kernels_are_the_centre_and_fewer_units_the_first() -> None:
    space = space_of(stages).pin({"depth": 0, "first/activation": "relu"})
    net = space.supernet()
    genotype = {"depth": 0, "first/kernel": 3, "first/expand": 2, "first/activation": "relu"}
    model, shared = net.inherit(genotype), net.model.elastic.shared
    whole = keras.ops.convert_to_numpy(shared["first/depthwise"].kernel)
    assert whole.shape == (5, 5, 9, 1)
    np.testing.assert_array_equal(model.get_layer("first.depthwise").get_weights()[0], whole[1:4, 1:4, :6])


def test_forks_reach_as_far_as_shapes_differ() -> None:
    kernels = program(space_of(stages), infer).forks
    assert {f.reads for f in kernels} == {
        ("depth",),
        *((f"{unit}/{d}",) for unit in ("first", "more/0") for d in ("kernel", "expand", "activation")),
    }
    assert all(len(f.branches) == 2 for f in kernels)


def test_a_width_that_all_layers_have_is_laid_out_once_a_value() -> None:
    space = space_of(lambda x: layers.Dense(3)(residual(x)))
    one = program(space.pin({"residual/width": 16, "residual/stride": 1}), infer)
    two = program(space.pin({"residual/stride": 1}).restrict({"residual/width": [16, 24]}), infer)
    assert not any("residual/width" in f.reads for f in one.forks)
    calls = [len(list(steps(made.items))) for made in (one, two)]
    assert (
        2 * calls[0] - 20 < calls[1] < 2 * calls[0]
    )  # what comes before the first use of the width is there once


def test_what_no_genotype_asks_for_is_not_built() -> None:
    @block("net")
    def net(x: Any, *, kernel: Any = Choice(2, 3, 9), units: Any = Choice(2, 4)) -> Any:
        require(units < kernel + 2)
        y = layers.GlobalMaxPooling2D()(layers.Conv2D(4, kernel)(x))
        return layers.Dense(1)(layers.Dense(units)(y))

    made = program(space_of(net), infer)
    fork = made.forks[0]
    assert fork.reads == ("net/kernel",)
    assert len(fork.branches) == 2  # a window of 9 leaves nothing of 6 pixels
    assert fork.table == (0, 1, 0)


@block("net")
def real(x: Any, *, rate: Any = FloatRange(0.1, 0.5)) -> Any:
    return layers.Dropout(rate)(x)


@block("net")
def wide(x: Any, *, units: Any = Choice(2, 3)) -> Any:
    return layers.Dense(units)(x)


@block("net")
def many(x: Any, *, a: Any = IntRange(1, 40), b: Any = IntRange(1, 40)) -> Any:
    return layers.Dense(1)(layers.Dense(a + b)(x))


@block("net")
def multiplied(x: Any) -> Any:
    def layer(x: Any, *, units: Any = IntRange(1, 30)) -> Any:
        return layers.Dense(units)(x)

    return layers.Dense(1)(repeat(4, block("layer")(layer), x))


@block("net")
def ids(x: Any, *, units: Any = Choice(2, 3)) -> Any:
    return layers.Dense(units)(layers.GlobalAveragePooling1D()(layers.Embedding(5, 2, mask_zero=True)(x)))


@block("net")
def gated(x: Any, *, units: Any = Choice(2, 3)) -> Any:
    return layers.Dense(1)(layers.LSTM(units, name="lstm")(x))


@pytest.mark.parametrize(
    ("what", "shape", "said"),
    [
        (real, (4,), r"'net/rate' is a real number in \[0.1, 0.5\].*Pin it: space.pin\({'net/rate': 0.3"),
        (
            wide,
            (4,),
            r"'net/units' changes the shape of its output \(from 'net/dense' on\).*space.pin\({'net/units'",
        ),
        (many, (4,), r"depends on \['net/a', 'net/b'\] together: 1600 combinations"),
        (multiplied, (4,), r"too many combinations .*'net/layer/0/units', 'net/layer/1/units'"),
        (ids, (4,), "'net/embedding' makes an implicit mask"),
        (gated, (4, 2), "'net/lstm': a LSTM keeps the weights of its gates side by side"),
    ],
    ids=["real number", "output shape", "combinations", "product", "mask", "gates"],
)
def test_what_cannot_be_lowered_is_refused_by_name(what: Any, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        space_of(what, x=Input(shape)).supernet()


def test_gradients_are_not_gathered_over_paths() -> None:
    net = space_of(one_of_two, x=Input((4,))).supernet()
    with pytest.raises(EvaluationError, match="cannot accumulate gradients"):
        net.optimizer(keras.optimizers.Adam(gradient_accumulation_steps=2))


def test_a_size_read_outside_of_its_block_is_known() -> None:
    @block("inner")
    def inner(x: Any, *, units: Any = Choice(2, 3)) -> Any:
        y = layers.Dense(units, name="y")(x)
        return layers.Dense(4)(y), y

    def net(x: Any) -> Any:
        z, y = inner(x)
        return layers.Dense(1)(layers.Dense(dim(y, -1), name="as_wide")(z))

    made = program(space_of(net, x=Input((4,))), infer)
    assert [f.reads for f in made.forks] == [("inner/units",)]
