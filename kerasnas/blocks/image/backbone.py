"""A pretrained backbone inside the model: from ``keras.applications``, keras-hub, or a ``.keras`` file.

Slower than ``frozen`` features, which are computed once, but it sees augmented pictures and can be trained further, whole or its last
part, at a rate of its own (the training choice ``backbone_rate``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import EncoderError
from ...space import Choice, block, channels, external, layers, pick, when
from .augment import PLAIN

LAST = 0.3  # share of the layers with weights that is trained where the last part is


def application(
    model: str, height: int, width: int, weights: str | None = "imagenet", tuned: bool | str = True
) -> Any:
    """A model of ``keras.applications`` without its head, with the scaling of its family, pooled to a vector.

    The families differ: MobileNet, Inception, Xception and ResNetV2 want -1..1, VGG and ResNet blue before red less the mean, DenseNet
    standardised colours, ConvNeXt, EfficientNet and MobileNetV3 scale for themselves.

    Args:
        model: Its name.
        height: Of the pictures.
        width: Of the pictures.
        weights: "imagenet", or a file of weights.
        tuned: See ``trained``.

    Raises:
        EncoderError: If there is none of that name, or its weights cannot be fetched.
    """
    import keras

    make = getattr(keras.applications, model, None)
    if make is None or not model[:1].isupper():
        raise EncoderError(f"keras.applications has no model {model!r}.")
    family = next(
        each
        for each in vars(keras.applications).values()
        if hasattr(each, "preprocess_input") and hasattr(each, model)
    )
    try:
        body = make(include_top=False, pooling="avg", weights=weights, input_shape=(height, width, 3))
    except Exception as error:
        raise EncoderError(
            f"keras.applications.{model} cannot be made with weights={weights!r} for pictures of {height}x{width}: {error}. Without a network, "
            "give a .keras file instead, or fetch the weights once where there is one: they stay in ~/.keras/models."
        ) from error
    pixels = keras.Input((height, width, 3))
    return trained(keras.Model(pixels, body(family.preprocess_input(pixels))), tuned)


def from_file(path: str, tuned: bool | str = True) -> Any:
    """A saved Keras model that gives a vector a picture, or a map, which is averaged.

    Args:
        path: The file.
        tuned: See ``trained``.

    Raises:
        EncoderError: If the file is missing or does not hold such a model.
    """
    import keras

    if not Path(path).is_file():
        raise EncoderError(f"There is no file '{path}' to load a backbone from.")
    model = keras.saving.load_model(path, compile=False)
    if len(model.output_shape) == 4:
        model = keras.Model(model.inputs, keras.layers.GlobalAveragePooling2D()(model.output))
    if len(model.output_shape) != 2:
        raise EncoderError(
            f"The backbone in '{path}' must give one vector a picture. It gives {model.output_shape}: add pooling."
        )
    return trained(model, tuned)


def from_hub(preset: str, height: int, width: int, tuned: bool | str = True) -> Any:
    """A backbone of keras-hub with its own scaling, averaged to a vector.

    Args:
        preset: A preset's name, or a folder that keras-hub's ``save_to_preset`` wrote.
        height: Of the pictures.
        width: Of the pictures.
        tuned: See ``trained``.

    Raises:
        EncoderError: If keras-hub is not installed, or has no such preset within reach.
    """
    import keras

    try:
        import keras_hub
    except ImportError as error:
        raise EncoderError(
            f"The backbone 'hub:{preset}' needs keras-hub, which is not installed: pip install keras-hub. "
            "Or give a .keras file, or a name in keras.applications."
        ) from error
    try:
        body = keras_hub.models.Backbone.from_preset(preset)
        converter = keras_hub.layers.ImageConverter.from_preset(preset)
    except Exception as error:
        raise EncoderError(
            f"keras-hub cannot load the preset {preset!r}: {error}. Without a network, give a folder with a saved preset, "
            "'hub:path/to/folder', or a .keras file."
        ) from error
    scale, offset = getattr(converter, "scale", None), getattr(converter, "offset", None)
    pixels = keras.Input((height, width, 3))
    scaled = keras.layers.Rescaling(
        1.0 if scale is None else scale, offset=0.0 if offset is None else offset
    )(pixels)
    features = body(scaled)
    if len(features.shape) == 4:
        features = keras.layers.GlobalAveragePooling2D()(features)
    elif len(features.shape) == 3:
        features = keras.layers.GlobalAveragePooling1D()(features)
    return trained(keras.Model(pixels, features), tuned)


def trained(model: Any, tuned: bool | str) -> Any:
    """Mark what of a backbone is trained further.

    Batch normalisation keeps its pretrained statistics in every case: those of small batches would undo what the weights know.

    Args:
        model: The backbone.
        tuned: False for nothing, "last" for the last three tenths of its layers with weights, True for all.
    """
    import keras

    model.trainable = bool(tuned)
    if not tuned:
        return model
    weighted, inside = [], list(model.layers)
    while inside:
        layer = inside.pop(0)
        if isinstance(layer, keras.Model):
            inside = [*layer.layers, *inside]
        elif layer.weights:
            weighted.append(layer)
    first = len(weighted) - max(1, round(LAST * len(weighted))) if tuned == "last" else 0
    for place, layer in enumerate(weighted):
        if place < first or isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return model


@block("backbone")
def backbone(
    pixels: Any,
    *,
    model: str,
    height: int,
    width: int,
    weights: str | None = "imagenet",
    tune: Any = Choice(False, "last", True),
    augment: Any = Choice(**PLAIN),
) -> Any:
    """Pictures to a vector through a pretrained model.

    Args:
        pixels: ``(h, w, 3)``, 0 to 255; resized to what the backbone takes. Grey ones are given three equal channels.
        model: A name in ``keras.applications``; ``hub:`` and a keras-hub preset or folder; or the path of a ``.keras`` file that
            takes 0 to 255.
        height: Of the backbone's input.
        width: Of the backbone's input.
        weights: Of an application.
        tune: What of the backbone is trained further: nothing, its last three tenths, or all of it.
        augment: What is done to training pictures.
    """
    x = pick(augment, layers.Rescaling(1 / 127.5, offset=-1.0)(pixels))
    x = layers.Resizing(height, width)(layers.Rescaling(127.5, offset=127.5)(x))
    x = when(channels(x) == 1, lambda: layers.Concatenate()([x, x, x]), x)
    if model.endswith(".keras"):
        return external(from_file, path=model, tuned=tune, name="backbone")(x)
    if model.startswith("hub:"):
        preset = model.removeprefix("hub:")
        return external(from_hub, preset=preset, height=height, width=width, tuned=tune, name="backbone")(x)
    return external(
        application, model=model, height=height, width=width, weights=weights, tuned=tune, name="backbone"
    )(x)
