"""The few things that Keras 3 has no API for, one file a backend."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..errors import EvaluationError

KNOWN = ("tensorflow", "jax")


def current() -> ModuleType:
    """The module for the backend that Keras runs on.

    It has ``prepare(threads)``, ``reproducible()``, ``devices()``, ``jit()``, ``memory(device)``, ``release()``,
    ``trainer(model)``, ``forward(model)``, ``within_switch(layer)`` and ``ONE_SHAPE``; where that is False also
    ``batches(inputs, targets, weights, batch_size, seed, first)``.

    Raises:
        EvaluationError: If Keras runs on a backend that kerasnas does not train on.
    """
    import keras

    name = keras.backend.backend()
    if name not in KNOWN:
        raise EvaluationError(
            f"kerasnas trains on the backends {KNOWN}. Keras runs on '{name}': set KERAS_BACKEND to one of them."
        )
    return importlib.import_module(f".{name}", __name__)
