"""Texts by the features of a frozen, pretrained encoder, alone or beside TF-IDF."""

from __future__ import annotations

from typing import Any

from ...space import Choice, FloatRange, block, layers
from .tfidf import tfidf


@block("frozen")
def frozen_text(
    features: Any, *, units: Any = Choice(128, 256, 512), rate: Any = FloatRange(0.0, 0.5, default=0.2)
) -> Any:
    """Normalise the features and learn a layer on them: ``(d,)`` -> ``(units,)``."""
    x = layers.BatchNormalization(momentum=0.9)(features)
    x = layers.Dropout(rate)(x)
    return layers.Dense(units, activation="relu", name="dense")(x)


@block("both")
def frozen_and_tfidf(features: Any, weights: Any) -> Any:
    """What the encoder understood beside the very words: two vectors in one."""
    return layers.Concatenate()([frozen_text(features), tfidf(weights)])
