"""One score against thresholds in order."""

from __future__ import annotations

import math
from typing import Any

import keras

SPAN = 4.0  # between the first and the last threshold at the start, in units of the score


@keras.saving.register_keras_serializable("kerasnas")
class CumulativeLogits(keras.layers.Layer):  # type: ignore[misc]
    """A score ``(1,)`` to the log-probabilities ``(classes,)`` of classes in order, by learned thresholds that keep their order.

    The chance to be above a class is the sigmoid of the score less that class' threshold; a class has what lies between two of them. As
    log-probabilities they are logits, too: a softmax gives them back.

    Source: McCullagh, "Regression models for ordinal data", 1980; Cao, Mirjalili, Raschka, "Rank consistent ordinal regression for neural
    networks with application to age estimation" (CORAL), 2020.

    Args:
        classes: How many, at least 2.

    Raises:
        ValueError: If there are fewer.
    """

    def __init__(self, classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if classes < 2:
            raise ValueError(
                f"Invalid value for argument `classes` of CumulativeLogits. Expected 2 or more. Received: classes={classes}."
            )
        self.classes = classes

    def build(self, shape: Any) -> None:
        """The first threshold, and the distances to the others: positive, whatever is learned."""
        del shape
        inner = self.classes - 2
        first, gap = (-SPAN / 2, SPAN / inner) if inner else (0.0, 1.0)
        self.first = self.add_weight(
            shape=(1,), initializer=keras.initializers.Constant(first), name="bias_first"
        )
        self.gaps = (
            self.add_weight(
                shape=(inner,),
                initializer=keras.initializers.Constant(math.log(math.expm1(gap))),
                name="bias_gaps",
            )
            if inner
            else None
        )

    def call(self, score: Any) -> Any:
        """The logarithm of each class' share."""
        if self.gaps is None:
            above = score - self.first
            return keras.ops.concatenate(
                [keras.ops.log_sigmoid(-above), keras.ops.log_sigmoid(above)], axis=-1
            )
        gaps = keras.ops.softplus(self.gaps) + 1e-3
        above = score - keras.ops.concatenate([self.first, self.first + keras.ops.cumsum(gaps)], axis=0)
        rises, falls = keras.ops.log_sigmoid(above), keras.ops.log_sigmoid(-above)
        # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)): no difference of two near numbers
        inner = rises[:, :-1] + falls[:, 1:] + keras.ops.log(-keras.ops.expm1(-gaps))
        return keras.ops.concatenate([falls[:, :1], inner, rises[:, -1:]], axis=-1)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (*shape[:-1], self.classes)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {**super().get_config(), "classes": self.classes}
