"""Fusion of two and three vectors, modality dropout, stand-ins."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from kerasnas import Block, Input, Space
from kerasnas.blocks import (
    addition,
    attention,
    bilinear,
    classification,
    concatenation,
    film,
    gated,
    late,
    stand_in,
)
from kerasnas.layers import own
from kerasnas.testing.blocks import check_block

VECTORS = {"a": Input((4,)), "b": Input((6,)), "c": Input((3,))}
BLOCKS = [addition, attention, bilinear, concatenation, film, gated, late.using(outputs=3)]


@pytest.mark.parametrize("block", BLOCKS, ids=[b.name for b in BLOCKS])
@pytest.mark.parametrize("count", [2, 3])
def test_fusion(block: Block, count: int) -> None:
    inputs = dict(list(VECTORS.items())[:count])
    checked = check_block(lambda **given: block(*given.values()), inputs, samples=2)
    assert not checked.unknown


@pytest.mark.parametrize("block", BLOCKS, ids=[b.name for b in BLOCKS])
def test_one_vector_alone(block: Block) -> None:
    net = Space.trace(lambda a: block(a), {"a": Input((4,))})
    assert net.build(net.default()).output is not None


def test_addition_lets_modalities_add_their_logits() -> None:
    def model(a: object, b: object) -> object:
        return classification(addition(a, b), classes=3)

    assert _interaction(model) < 1e-5


def test_late_fusion_averages_heads() -> None:
    assert _interaction(lambda a, b: late(a, b, outputs=3)) < 1e-5


@pytest.mark.parametrize("block", [attention, bilinear, concatenation, film, gated], ids=lambda b: b.name)
def test_the_others_learn_what_only_holds_together(block: Block) -> None:
    assert _interaction(lambda a, b: classification(block(a, b), classes=3)) > 1e-3


def _interaction(model: object) -> float:
    """How far what is said of two vectors is from the sum of what is said of each."""
    space = Space.trace(model, {"a": Input((4,)), "b": Input((6,))})  # type: ignore[arg-type]
    net, rng = space.build(space.default()), np.random.default_rng(0)
    for weight in net.weights:  # FiLM's scales start at zero effect
        weight.assign(weight + 0.3 * rng.normal(size=weight.shape))
    a, b = rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(5, 6)).astype("float32")

    def said(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        out = keras.tree.flatten(net({"a": first, "b": second}, training=False))
        return np.asarray(keras.ops.convert_to_numpy(out[0]))

    alone = said(a, b * 0) + said(a * 0, b) - said(a * 0, b * 0)
    return float(np.abs(said(a, b) - alone).max())


def test_modality_dropout_drops_whole_vectors_and_never_all() -> None:
    layer = own("ModalityDropout")(0.6, seed=3)  # type: ignore[misc]
    given = [np.ones((400, 2), "float32"), np.ones((400, 5), "float32"), np.ones((400, 3), "float32")]
    out = [keras.ops.convert_to_numpy(v) for v in layer(given, training=True)]
    for vector in out:
        assert (vector == vector[:, :1]).all()
    factors = np.stack([v[:, 0] for v in out], axis=1)
    np.testing.assert_allclose(factors.sum(axis=1), 3.0, rtol=1e-5)
    assert set(np.unique(np.round(factors, 4))) == {0.0, 1.0, 1.5, 3.0}
    assert 0.35 < (factors == 0).mean() < 0.65
    again = own("ModalityDropout")(0.6, seed=3)  # type: ignore[misc]
    np.testing.assert_array_equal(out[0], keras.ops.convert_to_numpy(again(given, training=True)[0]))
    for before, after in zip(given, layer(given, training=False), strict=True):
        np.testing.assert_array_equal(before, keras.ops.convert_to_numpy(after))


def test_modality_dropout_refuses_to_drop_all() -> None:
    with pytest.raises(ValueError, match="0 <= rate < 1"):
        own("ModalityDropout")(1.0)  # type: ignore[misc]


def test_a_stand_in_speaks_for_empty_rows_only_and_learns() -> None:
    layer = own("StandIn")()  # type: ignore[misc]
    view = np.zeros((3, 4, 4, 1), "uint8")
    view[1, 2, 2, 0] = 7
    vector = np.full((3, 2), 5.0, "float32")
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(layer(view, vector)), [[0.0, 0.0], [5.0, 5.0], [0.0, 0.0]]
    )
    pixels, said = keras.Input((4, 4, 1), dtype="uint8"), keras.Input((2,))
    model = keras.Model([pixels, said], layer(pixels, said))
    model.compile("sgd", "mse")
    model.fit([view, vector], np.ones((3, 2), "float32"), verbose=0)
    assert (keras.ops.convert_to_numpy(layer.said) > 0).all()


def test_stand_in_lowers() -> None:
    check_block(stand_in, {"view": Input((4, 4, 1), "uint8"), "vector": Input((3,))}, samples=1)
