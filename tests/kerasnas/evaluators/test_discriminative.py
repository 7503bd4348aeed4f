"""Learning rates of their own: the frozen part stands still, the backbone moves by its share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from kerasnas.blocks import backbone
from kerasnas.errors import EvaluationError
from kerasnas.evaluators.training import DEFAULTS, compile_model, multipliers
from kerasnas.space import Input, Space, layers

X = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3)).astype("uint8")
Y = np.random.default_rng(1).integers(0, 3, 8).astype("int32")


@pytest.fixture
def path(tmp_path: Path) -> str:
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(pixels)
    for number in range(4):
        x = keras.layers.Conv2D(4, 3, padding="same", activation="tanh", name=f"conv{number}")(x)
    x = keras.layers.BatchNormalization(name="settled")(x)
    keras.utils.set_random_seed(0)
    keras.Model(pixels, x).save(tmp_path / "encoder.keras")
    return str(tmp_path / "encoder.keras")


def moved(path: str, tune: Any, steps: int = 1, **settings: Any) -> dict[str, float]:
    """How far each layer's weights went."""

    def net(pixels: Any) -> Any:
        return layers.Dense(3, name="head")(backbone(pixels, model=path, height=8, width=8))

    space = Space.trace(net, {"pixels": Input((8, 8, 3), "uint8")})
    genotype = space.validate({**space.default(), "backbone/tune": tune})
    keras.utils.set_random_seed(1)
    model = space.build(genotype)
    given = {**DEFAULTS, "schedule": "constant", "learning_rate": 1e-2, **settings}
    compile_model(model, "multiclass", given, 1, multipliers(model, space.plan(genotype), given))
    named = {w.path: np.array(keras.ops.convert_to_numpy(w)) for w in model.weights}
    for _ in range(steps):
        model.train_on_batch({"pixels": X}, Y)
    return {
        w.path.rsplit(".", 1)[-1] if "." in w.path else w.path: float(
            np.abs(keras.ops.convert_to_numpy(w) - named[w.path]).mean()
        )
        for w in model.weights
    }


def of(found: dict[str, float], name: str) -> float:
    return max(v for path, v in found.items() if name in path)


def test_what_is_frozen_does_not_move(path: str) -> None:
    none, last = moved(path, False, steps=2), moved(path, "last", steps=2)
    assert of(none, "head/kernel") > 0
    assert max(v for p, v in none.items() if "head" not in p) == 0
    assert of(last, "conv0") == of(last, "conv1") == 0
    assert of(last, "conv3/kernel") > 0
    assert of(last, "settled") == 0  # pretrained statistics and scales stay


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_the_backbone_moves_by_its_share(path: str, optimizer: str) -> None:
    kind = {"optimizer": optimizer, "weight_decay": 0.1}
    whole, tenth = moved(path, True, **kind), moved(path, True, backbone_rate=0.1, **kind)
    assert of(tenth, "head/kernel") == pytest.approx(of(whole, "head/kernel"), rel=1e-3)
    for layer in ("conv0/kernel", "conv3/kernel", "conv2/bias"):
        assert of(tenth, layer) == pytest.approx(0.1 * of(whole, layer), rel=0.01)


def test_a_share_of_nothing_is_refused(path: str) -> None:
    with pytest.raises(EvaluationError, match="backbone_rate`. Expected a number above 0. Received: 0.0"):
        moved(path, True, backbone_rate=0.0)
