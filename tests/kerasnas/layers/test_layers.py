"""Our own layers: registered, saved and loaded safely, counted, written out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kerasnas as kn
from kerasnas.errors import SpaceError
from kerasnas.layers import OWN, own, register
from kerasnas.testing import check_block

# name -> how it is made, the shapes of its inputs, bounds of integer inputs
CASES: dict[str, tuple[dict[str, object], dict[str, kn.Input]]] = {
    "BatchEnsemble": ({"members": 3, "units": 5, "depth": 2, "rate": 0.1}, {"x": kn.Input((4,))}),
    "ClassToken": ({}, {"x": kn.Input((3, 4))}),
    "ColumnTokens": ({"widths": [3, 1, 2], "units": 4}, {"x": kn.Input((6,))}),
    "CosineTransform": ({"coefficients": 3}, {"x": kn.Input((4, 6))}),
    "CumulativeLogits": ({"classes": 4}, {"x": kn.Input((1,))}),
    "GeneralizedMean2D": ({"exponent": 2.0}, {"x": kn.Input((5, 4, 3))}),
    "KeepReal": ({}, {"x": kn.Input((4, 3, 2)), "real": kn.Input((4,), "int32")}),
    "ModalityDropout": ({"rate": 0.5, "seed": 1}, {"x": kn.Input((4,)), "y": kn.Input((3,))}),
    "PatchPositions": ({"class_token": True}, {"x": kn.Input((5, 4))}),
    "PeriodicEmbedding": ({"waves": 3, "scale": 0.5}, {"x": kn.Input((4,))}),
    "RandomCutout": ({"largest": 0.5}, {"x": kn.Input((8, 6, 3))}),
    "SequenceMask": ({"stride": 2}, {"x": kn.Input((5, 3), "int32")}),
    "SequencePooling": ({"mode": "attention"}, {"x": kn.Input((5, 3)), "real": kn.Input((5,), "int32")}),
    "SequencePositions": ({}, {"x": kn.Input((5, 3))}),
    "SpectrogramMasking": ({"seed": 1}, {"x": kn.Input((6, 4, 1))}),
    "StandIn": ({}, {"x": kn.Input((5, 5, 1), "uint8"), "y": kn.Input((3,))}),
    "TreeRecurrent": (
        {
            "units": 3,
            "combine": ["add", "multiply", "add"],
            "activations": ["tanh", "relu", "linear"],
            "emit_at": 1,
        },
        {"x": kn.Input((5, 2))},
    ),
}
LISTED = {"ModalityDropout"}  # layers that take a list


def test_every_layer_has_a_case() -> None:
    assert set(CASES) == set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_all_lowerings_agree(name: str) -> None:
    config, inputs = CASES[name]

    def net(**xs: object) -> object:
        layer = getattr(kn.layers, name)(**config)
        if name in LISTED:
            out = layer(list(xs.values()))
            return {n: out[i] for i, n in enumerate(xs)}
        return layer(*xs.values())

    checked = check_block(kn.Space.trace(net, inputs))
    assert not checked.unknown


@pytest.mark.parametrize("name", OWN)
def test_safe_mode_loads_it(name: str, tmp_path: Path) -> None:
    import keras

    config, inputs = CASES[name]
    tensors = [keras.Input(i.shape, dtype=i.dtype) for i in inputs.values()]
    layer = own(name)(**config)  # type: ignore[misc]
    model = keras.Model(tensors, layer(tensors) if name in LISTED else layer(*tensors))
    model.save(tmp_path / "model.keras")
    register()
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    rows = [np.ones((2, *i.shape), i.dtype) for i in inputs.values()]
    for one, other in zip(keras.tree.flatten(loaded(rows)), keras.tree.flatten(model(rows)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_source_that_was_run_here_does_not_take_their_place() -> None:
    import keras

    space = kn.Space.trace(lambda x: kn.layers.PeriodicEmbedding(2)(x), {"x": kn.Input((3,))})
    exec(compile(space.source(space.default()), "source", "exec"), {"__name__": "source"})
    known = keras.saving.get_registered_object("kerasnas>PeriodicEmbedding")
    assert known is not own("PeriodicEmbedding")
    register()
    assert keras.saving.get_registered_object("kerasnas>PeriodicEmbedding") is own("PeriodicEmbedding")


def test_the_name_is_the_twin_whoever_imported_the_folder_before() -> None:
    code = "import kerasnas.layers, kerasnas as kn; from kerasnas import layers as L; assert 'Layer' in repr(type(L.Dense(3)))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_such_layer() -> None:
    with pytest.raises(SpaceError, match="no layer `Periodic`"):
        kn.layers.Periodic  # noqa: B018
