"""Keras layers of our own, one file each, importing Keras only; registered as ``kerasnas>NAME``, so that ``safe_mode`` loads them.

As ``kn.layers`` this is where a search space takes its layers from: ``kn.layers.Dense(8)`` is the recording twin of Keras' own
``Dense``, ``kn.layers.PeriodicEmbedding(8)`` that of the class in ``kerasnas/layers/periodic_embedding.py``.
"""

from __future__ import annotations

import importlib
from typing import Any

OWN = {
    "BatchEnsemble": "batch_ensemble",
    "ClassToken": "class_token",
    "ColumnTokens": "column_tokens",
    "CosineTransform": "cosine_transform",
    "CumulativeLogits": "cumulative_logits",
    "GeneralizedMean2D": "generalized_mean",
    "KeepReal": "keep_real",
    "ModalityDropout": "modality_dropout",
    "PatchPositions": "patch_positions",
    "PeriodicEmbedding": "periodic_embedding",
    "RandomCutout": "random_cutout",
    "SequenceMask": "sequence_mask",
    "SequencePooling": "sequence_pooling",
    "SequencePositions": "sequence_positions",
    "SpectrogramMasking": "spectrogram_masking",
    "StandIn": "stand_in",
    "TreeRecurrent": "tree_recurrent",
}
"""Class -> the file that it stands in."""


def own(name: str) -> type | None:
    """One of our layer classes by its name; None where it is none of ours."""
    if name not in OWN:
        return None
    found: type = getattr(importlib.import_module(f".{OWN[name]}", __name__), name)
    return found


def register() -> None:
    """Have Keras know every layer of ours, when a model is loaded or copied.

    It knows the class that was registered last under a name: a written source that was run in this process brought its own.
    """
    import keras

    for name in OWN:
        keras.saving.register_keras_serializable("kerasnas")(own(name))


def __getattr__(name: str) -> Any:
    """The recording twin of a layer, ours or Keras'.

    Raises:
        AttributeError: If the name is private.
        SpaceError: If there is no such layer.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    from ..space.twins import layers

    return getattr(layers, name)


def __dir__() -> list[str]:
    from ..space.twins import layers

    return sorted({*dir(layers), *OWN, *globals()})
