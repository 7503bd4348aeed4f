"""Learning rates of their own for some weights: pretrained ones move more slowly than new ones.

Source: Howard, Ruder, "Universal language model fine-tuning for text classification", 2018 (discriminative fine-tuning).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

UNDECAYED = ["bias", "gamma", "beta"]  # names of weights that do not decay


def discriminative(cls: type) -> type:
    """A Keras optimizer's class of which some weights are updated at a share of the learning rate.

    What is scaled is the rate of each weight's own update, not its gradient: Adam would undo that. Keras applies the decay of all
    weights at one rate beforehand; so those with a share are left out there and decay here, at their own rate.

    Args:
        cls: One of Keras' optimizers whose update is in proportion to the rate: Adam, AdamW, SGD.

    Returns:
        The same with a first argument more: shares by the identity of a ``keras.Variable``.
    """

    class Discriminative(cls):  # type: ignore[misc]
        def __init__(self, shares: Mapping[int, float], **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self._given = shares
            self._shares: dict[int, float] = {}
            self._decaying: frozenset[int] = frozenset()

        def build(self, variables: Any) -> None:
            super().build(variables)
            slowed = [v for v in variables if id(v) in self._given]
            self._shares = {self._get_variable_index(v): float(self._given[id(v)]) for v in slowed}
            if self.weight_decay:
                plain = [v for v in slowed if not any(name in v.name for name in UNDECAYED)]
                self._decaying = frozenset(self._get_variable_index(v) for v in plain)

        def _use_weight_decay(self, variable: Any) -> bool:
            return self._get_variable_index(variable) not in self._shares and super()._use_weight_decay(
                variable
            )

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            index = self._get_variable_index(variable)
            share = self._shares.get(index)
            if share is None:
                super().update_step(gradient, variable, learning_rate)
                return
            rate = keras.ops.cast(learning_rate, variable.dtype) * share
            if index in self._decaying:
                self.assign_sub(variable, keras.ops.convert_to_tensor(variable) * rate * self.weight_decay)
            super().update_step(gradient, variable, rate)

    Discriminative.__name__ = f"Discriminative{cls.__name__}"
    return Discriminative
