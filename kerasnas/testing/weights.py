"""Weights that tell models apart, and copies of weights by layer name."""

from __future__ import annotations

from typing import Any

import numpy as np


def scramble(model: Any, seed: int = 0) -> None:
    """Set weights that no initialiser would give, and statistics, so that a wrong wiring cannot hide.

    Args:
        model: A built Keras model.
        seed: Of the values.
    """
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "seed" in weight.path or not str(weight.dtype).startswith(("float", "bfloat")):
            continue
        fan_in = int(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 1
        value = rng.normal(size=weight.shape) * (fan_in**-0.5 if len(weight.shape) > 1 else 0.3)
        positive = "variance" in weight.path or "gamma" in weight.path
        weight.assign(np.abs(value) + 0.5 if positive else value)


def copy_by_name(source: Any, target: Any) -> None:
    """Copy weights between models of equal layer names.

    Args:
        source: Where from.
        target: Where to.

    Raises:
        AssertionError: If the models' layers with weights differ in name, or a weight in shape.
    """
    there = {layer.name: layer for layer in target.layers if layer.weights}
    here = {layer.name: layer for layer in source.layers if layer.weights}
    assert here.keys() == there.keys(), (
        f"Layers differ: {sorted(here.keys() - there.keys())} are missing, "
        f"{sorted(there.keys() - here.keys())} are new."
    )
    for name, layer in here.items():
        shapes, others = ([tuple(w.shape) for w in x.weights] for x in (layer, there[name]))
        assert shapes == others, f"The weights of '{name}' have the shapes {shapes} here and {others} there."
        there[name].set_weights(layer.get_weights())
