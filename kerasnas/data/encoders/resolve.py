"""From what a person names to an encoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...errors import EncoderError
from .base import Encoder

MODALITIES = ("image", "text")


def resolve(encoders: Mapping[str, str | Path]) -> dict[str, Encoder]:
    """The encoders by modality.

    Args:
        encoders: "image" -> a ``.keras`` file or a name in ``keras.applications``; "text" -> a folder in
            Hugging Face layout, a hub name, or a folder with a ``.keras`` file and a tokenizer.

    Raises:
        EncoderError: If a modality or an encoder is unknown or cannot be reached.
    """
    found: dict[str, Encoder] = {}
    for modality, named in encoders.items():
        if modality not in MODALITIES:
            raise EncoderError(
                f"Invalid key in `encoders`. Expected one of {MODALITIES}. Received: {modality!r}."
            )
        if modality == "image":
            from . import image

            found[modality] = image.resolve(named)
        else:
            from . import text

            found[modality] = text.resolve(named)
    return found
