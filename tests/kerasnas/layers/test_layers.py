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
    "PeriodicEmbedding": ({"waves": 3, "scale": 0.5}, {"x": kn.Input((4,))}),
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


def test_every_layer_has_a_case() -> None:
    assert set(CASES) == set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_all_lowerings_agree(name: str) -> None:
    config, inputs = CASES[name]

    def net(**xs: object) -> object:
        return getattr(kn.layers, name)(**config)(*xs.values())

    checked = check_block(kn.Space.trace(net, inputs))
    assert not checked.unknown


@pytest.mark.parametrize("name", OWN)
def test_safe_mode_loads_it(name: str, tmp_path: Path) -> None:
    import keras

    config, inputs = CASES[name]
    tensors = [keras.Input(i.shape, dtype=i.dtype) for i in inputs.values()]
    model = keras.Model(tensors, own(name)(**config)(*tensors))  # type: ignore[misc]
    model.save(tmp_path / "model.keras")
    register()
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    rows = [np.ones((2, *i.shape), i.dtype) for i in inputs.values()]
    np.testing.assert_array_equal(loaded(rows), model(rows))


def test_the_name_is_the_twin_whoever_imported_the_folder_before() -> None:
    code = "import kerasnas.layers, kerasnas as kn; from kerasnas import layers as L; assert 'Layer' in repr(type(L.Dense(3)))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_such_layer() -> None:
    with pytest.raises(SpaceError, match="no layer `Periodic`"):
        kn.layers.Periodic  # noqa: B018
