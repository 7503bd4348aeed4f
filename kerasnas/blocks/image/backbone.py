"""A pretrained backbone inside the model, from ``keras.applications`` or a ``.keras`` file.

Slower than ``frozen`` features, which are computed once, but it sees augmented pictures and can be trained further.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import EncoderError
from ...space import Choice, block, external, layers, pick
from .residual import shift, shift_and_flip


def application(model: str, height: int, width: int, weights: str | None = "imagenet") -> Any:
    """A model of ``keras.applications`` without its head, pooled to a vector.

    Raises:
        EncoderError: If there is none of that name, or its weights cannot be fetched.
    """
    import keras

    make = getattr(keras.applications, model, None)
    if make is None:
        raise EncoderError(f"keras.applications has no model {model!r}.")
    try:
        return make(include_top=False, pooling="avg", weights=weights, input_shape=(height, width, 3))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"keras.applications.{model} cannot be made with weights={weights!r} for pictures of {height}x{width}: {error}. Without a network, "
            "give a .keras file instead."
        ) from error


def from_file(path: str) -> Any:
    """A saved Keras model that gives a vector a picture.

    Raises:
        EncoderError: If the file is missing or does not hold such a model.
    """
    import keras

    if not Path(path).is_file():
        raise EncoderError(f"There is no file '{path}' to load a backbone from.")
    model = keras.saving.load_model(path, compile=False)
    if len(model.output_shape) != 2:
        raise EncoderError(
            f"The backbone in '{path}' must give one vector a picture. It gives {model.output_shape}: add pooling."
        )
    return model


@block("backbone")
def backbone(
    pixels: Any,
    *,
    model: str,
    height: int,
    width: int,
    weights: str | None = "imagenet",
    tune: Any = Choice(False, True),
    augment: Any = Choice(none=None, shift=shift, shift_and_flip=shift_and_flip),
) -> Any:
    """Pictures to a vector through a pretrained model.

    Args:
        pixels: ``(h, w, 3)``, 0 to 255; resized to what the backbone takes.
        model: A name in ``keras.applications``, or the path of a ``.keras`` file that takes 0 to 255.
        height: Of the backbone's input.
        width: Of the backbone's input.
        weights: Of an application.
        tune: Whether the backbone is trained further.
        augment: What is done to training pictures.
    """
    x = layers.Resizing(height, width)(pick(augment, layers.Rescaling(1.0)(pixels)))
    if model.endswith(".keras"):
        return external(from_file, path=model, trainable=tune)(x)
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(x)
    return external(application, model=model, height=height, width=width, weights=weights, trainable=tune)(x)
