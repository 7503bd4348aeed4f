"""One of several classes that have an order: grades, stars, stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .classification import Multiclass


class Ordinal(Multiclass):
    """As several classes, whose numbers stand in their order; to be two classes off costs more than one."""

    name = "ordinal"
    metric = "quadratic_kappa"
    ordered = True

    def loss(self, settings: Mapping[str, Any]) -> Any:
        """Cross-entropy and the squared distance of the cumulated probabilities.

        Source: Hou, Yu, Samaras, "Squared earth mover's distance-based loss for training deep neural networks", 2016.
        """
        from ..evaluators.losses import OrderedCrossentropy

        return OrderedCrossentropy(float(settings["label_smoothing"]))
