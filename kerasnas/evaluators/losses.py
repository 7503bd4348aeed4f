"""Losses of class numbers, or of shares of classes where rows are mixed, and of quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


class SmoothedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy of logits ``(n, classes)`` with label smoothing.

    Targets are class numbers ``(n,)`` or ``(n, 1)``, or shares of classes ``(n, classes)``.

    Args:
        smoothing: Share of the target that is spread over all classes, 0 to 1.
    """

    def __init__(self, smoothing: float = 0.0, name: str = "crossentropy") -> None:
        super().__init__(name=name)
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row."""
        if are_shares(y_true, y_pred):
            shares = keras.ops.cast(y_true, y_pred.dtype)
            exact = -keras.ops.sum(shares * keras.ops.log_softmax(y_pred, axis=-1), axis=-1)
        else:
            targets = keras.ops.reshape(keras.ops.cast(y_true, "int32"), (-1,))
            exact = keras.losses.sparse_categorical_crossentropy(targets, y_pred, from_logits=True)
        if not self.smoothing:
            return exact
        spread = -keras.ops.mean(keras.ops.log_softmax(y_pred, axis=-1), axis=-1)
        return (1.0 - self.smoothing) * exact + self.smoothing * spread


def are_shares(y_true: Any, y_pred: Any) -> bool:
    """Whether targets are shares of classes, one number for each, and not class numbers."""
    return len(y_true.shape) == 2 and y_true.shape[-1] == y_pred.shape[-1] and y_pred.shape[-1] > 1


class OrderedCrossentropy(SmoothedCrossentropy):
    """Cross-entropy of class numbers that have an order, and the squared distance of the cumulated probabilities.

    Source: Hou, Yu, Samaras, "Squared earth mover's distance-based loss for training deep neural networks", 2016.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row."""
        ops = keras.ops
        said = ops.cumsum(ops.softmax(y_pred, axis=-1), axis=-1)
        if are_shares(y_true, y_pred):
            shares = y_true
        else:
            targets = ops.reshape(ops.cast(y_true, "int32"), (-1,))
            shares = ops.one_hot(targets, y_pred.shape[-1])
        true = ops.cumsum(ops.cast(shares, said.dtype), axis=-1)
        return super().call(y_true, y_pred) + ops.sum(ops.square(said - true), axis=-1)


class Pinball(keras.losses.Loss):  # type: ignore[misc]
    """The pinball loss of numbers ``(n, 1)`` and one quantile a level ``(n, levels)``, averaged over the levels.

    Args:
        levels: Shares that shall lie below each quantile, between 0 and 1.
    """

    def __init__(self, levels: Sequence[float], name: str = "pinball") -> None:
        super().__init__(name=name)
        self.levels = tuple(levels)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row."""
        ops = keras.ops
        over = ops.reshape(ops.cast(y_true, y_pred.dtype), (-1, 1)) - y_pred
        levels = ops.convert_to_tensor(self.levels, y_pred.dtype)
        return ops.mean(ops.maximum(levels * over, (levels - 1) * over), axis=-1)
