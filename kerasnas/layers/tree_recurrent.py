"""A recurrent layer whose cell is a tree of simple steps."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class TreeRecurrent(keras.layers.Layer):  # type: ignore[misc]
    """A recurrent layer with a cell that is a binary tree: ``(length, d)`` -> ``(units,)``, the last output.

    Each leaf combines a linear map of the input with one of the last output; each inner step combines two steps before it; all
    apply an activation. The memory enters behind one leaf, and leaves from another one before its activation. There are no masks.

    Source: Zoph and Le, "Neural architecture search with reinforcement learning", 2017.

    Args:
        units: Size of the output and of the memory.
        combine: "add" or "multiply", for the leaves and then, level by level, the steps above them.
        activations: Names of Keras' activations, in the same order.
        inject: "add" or "multiply": how the memory enters.
        inject_activation: What is applied then.
        inject_at: Number of the leaf behind which it enters.
        emit_at: Number of the leaf that gives the next memory.
    """

    def __init__(
        self,
        units: int,
        combine: Any,
        activations: Any,
        inject: str = "add",
        inject_activation: str = "relu",
        inject_at: int = 0,
        emit_at: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.combine, self.activations = units, list(combine), list(activations)
        self.inject, self.inject_activation = inject, inject_activation
        self.inject_at, self.emit_at = inject_at, emit_at
        self.leaves = (len(self.combine) + 1) // 2
        if len(self.activations) != len(self.combine) or 2 ** (self.leaves.bit_length() - 1) != self.leaves:
            raise ValueError(
                "TreeRecurrent needs as many activations as combinations: 1, 3, 7, 15, ... "
                f"Received: combine={self.combine}, activations={self.activations}."
            )

    def build(self, shape: Any) -> None:
        """One matrix for all leaves' inputs, one for their last outputs."""
        wide = self.leaves * self.units
        self.kernel = self.add_weight(shape=(shape[-1], wide), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, wide), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(wide,), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        """Step by step; the input's part of all steps is computed at once."""
        given = keras.ops.swapaxes(keras.ops.matmul(x, self.kernel) + self.bias, 0, 1)
        start = keras.ops.zeros_like(given[0][:, : self.units])
        (last, _), _ = keras.ops.scan(self.advance, (start, start), given)
        return last

    def advance(self, state: Any, given: Any) -> Any:
        """One step of the sequence."""
        last, memory = state
        before = keras.ops.matmul(last, self.recurrent_kernel)
        steps, number = [], self.leaves
        for leaf in range(self.leaves):
            part = slice(leaf * self.units, (leaf + 1) * self.units)
            joined = self.join(self.combine[leaf], given[:, part], before[:, part])
            if leaf == self.emit_at:
                following = joined
            out = keras.activations.get(self.activations[leaf])(joined)
            if leaf == self.inject_at:
                out = keras.activations.get(self.inject_activation)(self.join(self.inject, out, memory))
            steps.append(out)
        while len(steps) > 1:
            above = []
            for left, right in zip(steps[::2], steps[1::2], strict=True):
                joined = self.join(self.combine[number], left, right)
                above.append(keras.activations.get(self.activations[number])(joined))
                number += 1
            steps = above
        state = (steps[0], following)
        return state, state  # Keras' scan on TensorFlow wants what is kept of a step to look like the state

    @staticmethod
    def join(how: str, a: Any, b: Any) -> Any:
        """Two tensors to one."""
        return a + b if how == "add" else a * b

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "combine": self.combine,
            "activations": self.activations,
            "inject": self.inject,
            "inject_activation": self.inject_activation,
            "inject_at": self.inject_at,
            "emit_at": self.emit_at,
        }
