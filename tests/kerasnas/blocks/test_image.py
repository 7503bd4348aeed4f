"""Blocks for pictures: every lowering agrees, and they do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnas import Choice, Input, Space
from kerasnas.blocks import backbone, residual
from kerasnas.errors import EncoderError
from kerasnas.testing.blocks import check_block

PIXELS = {"pixels": Input((16, 16, 3), "uint8")}
BYTES = {"pixels": (0, 255)}


def test_residual_lowers_the_same_everywhere() -> None:
    check_block(residual, PIXELS, samples=3, numbers=BYTES)


def test_residual_at_two_resolutions() -> None:
    check_block(residual.using(downscale=Choice(2, 1), stages=2), PIXELS, samples=2, numbers=BYTES)


@pytest.mark.parametrize(("depth", "units"), [(1, 3), (3, 9)])
def test_residual_depth_is_units_a_stage(depth: int, units: int) -> None:
    space = Space.trace(residual, PIXELS)
    code = space.source({**space.default(), "residual/depth": depth})
    plan = space.plan({**space.default(), "residual/depth": depth})
    assert code.count("layers.Add(") >= 1
    from kerasnas.space.graph import leaves

    assert (
        sum(s.node.target is not None and s.node.target.short == "Add" for s in leaves(plan.steps)) == units
    )


def test_residual_shrinks_once_a_stage_whatever_the_depth() -> None:
    space = Space.trace(residual, PIXELS)
    for depth in (1, 2, 3):
        plan = space.plan({**space.default(), "residual/depth": depth})
        from kerasnas.space.graph import leaves

        pooled = next(s for s in leaves(plan.steps) if s.node.path.endswith("pool"))
        assert pooled.args[0].shape == (None, 2, 2, 96)  # 16 -> stem 8 -> 8, 4, 2; 24 * 2 ** 2 channels


def test_augmentation_acts_in_training_only() -> None:
    space = Space.trace(residual, PIXELS)
    model = space.build({**space.default(), "residual/augment": "shift_and_flip"})
    rows = {"pixels": np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3)).astype("uint8")}
    assert np.array_equal(model(rows, training=False), model(rows, training=False))


def test_backbone_from_a_file(tmp_path: pytest.TempPathFactory) -> None:
    import keras

    pixels = keras.Input((8, 8, 3))
    path = str(tmp_path / "encoder.keras")  # type: ignore[operator]
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(pixels))
    keras.Model(pixels, features).save(path)
    space = Space.trace(backbone.using(model=path, height=8, width=8), PIXELS)
    tuned, kept = (space.build({**space.default(), "backbone/tune": tune}) for tune in (True, False))
    rows = {"pixels": np.zeros((2, 16, 16, 3), "uint8")}
    assert tuple(tuned(rows).shape) == (2, 4)
    assert tuned.count_params() == kept.count_params() == space.cost(space.default()).parameters
    assert len(tuned.trainable_weights) == 2
    part = space.build({**space.default(), "backbone/tune": "last"})
    assert len(part.trainable_weights) == 2  # one layer is the least
    assert not kept.trainable_weights


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/file.keras", "There is no file 'no/such/file.keras'"),
        ("NoSuchNet", "keras.applications has no model 'NoSuchNet'"),
    ],
)
def test_backbone_that_is_not_there(name: str, said: str) -> None:
    space = Space.trace(backbone.using(model=name, height=8, width=8), PIXELS)
    with pytest.raises(EncoderError, match=said):
        space.default()


def test_backbone_by_name_without_weights() -> None:
    fixed = backbone.using(model="MobileNetV2", height=32, width=32, weights=None)
    space = Space.trace(fixed, PIXELS)
    model = space.build({**space.default(), "backbone/tune": True})
    assert tuple(model.output_shape) == (None, 1280)
    assert model.count_params() == space.cost(space.default()).parameters


@pytest.mark.parametrize(
    ("name", "black", "white"),
    [
        ("MobileNetV2", (-1, -1, -1), (1, 1, 1)),
        ("ResNet50V2", (-1, -1, -1), (1, 1, 1)),
        ("VGG16", (-103.939, -116.779, -123.68), (151.061, 138.221, 131.32)),
        ("DenseNet121", (-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.64)),
        ("EfficientNetB0", (0, 0, 0), (255, 255, 255)),
        ("ConvNeXtTiny", (0, 0, 0), (255, 255, 255)),
    ],
)
def test_each_family_is_given_what_it_was_trained_on(
    name: str, black: tuple[float, ...], white: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from kerasnas.blocks.image.backbone import application

    monkeypatch.setattr(keras.applications, name, lambda **_: keras.Sequential([keras.layers.Identity()]))
    model = application(name, 1, 1)
    for value, wanted in ((0.0, black), (255.0, white)):
        said = keras.ops.convert_to_numpy(model(np.full((1, 1, 1, 3), value, "float32")))
        np.testing.assert_allclose(said[0, 0, 0], wanted, atol=1e-3)


def test_a_backbone_of_keras_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    import keras

    space = Space.trace(backbone.using(model="hub:tiny", height=8, width=8), PIXELS)
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(EncoderError, match="'hub:tiny' needs keras-hub, which is not installed: pip install"):
        space.default()

    class Converter:
        scale, offset = [1 / 255, 1 / 255, 1 / 255], [0.0, 0.0, 0.0]

        @classmethod
        def from_preset(cls, preset: str) -> type:
            return cls

    class Backbone:
        @classmethod
        def from_preset(cls, preset: str) -> keras.Model:
            if preset != "tiny":
                raise ValueError(f"no preset {preset}")
            inputs = keras.Input((None, None, 3))
            return keras.Model(inputs, keras.layers.Conv2D(5, 3)(inputs))

    hub = types.ModuleType("keras_hub")
    hub.models = types.SimpleNamespace(Backbone=Backbone)  # type: ignore[attr-defined]
    hub.layers = types.SimpleNamespace(ImageConverter=Converter)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keras_hub", hub)
    model = space.build(space.default())
    assert tuple(model.output_shape) == (None, 5)
    other = Space.trace(backbone.using(model="hub:gone", height=8, width=8), PIXELS)
    with pytest.raises(EncoderError, match="keras-hub cannot load the preset 'gone': no preset gone"):
        other.default()


def test_grey_pictures_are_given_three_channels() -> None:
    fixed = backbone.using(model="MobileNetV2", height=32, width=32, weights=None)
    space = Space.trace(fixed, {"pixels": Input((16, 16, 1), "uint8")})
    assert tuple(space.build(space.default()).output_shape) == (None, 1280)
