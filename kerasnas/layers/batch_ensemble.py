"""Several perceptrons that share their matrices."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasnas")
class BatchEnsemble(keras.layers.Layer):  # type: ignore[misc]
    """A multilayer perceptron that is an ensemble: ``(d,)`` -> ``(units,)``.

    All members have the same matrices. What a layer reads and what it gives is scaled by numbers of each member's own, which begin
    about 1, with a standard deviation of 0.5, at the input, and as 1 elsewhere; biases are each member's own, too. (Random signs at the
    input, as in TabM, need many more epochs where a row trains one member at a time.)

    In training every row goes through one member, drawn anew each time, so that the loss is always that of a single member: over the
    draws its mean is the mean of the members' own losses, although the model has one output. When the model is used every row goes
    through all members, and what they give is averaged; a linear layer behind averages their logits.

    Source: Wen, Tran, Ba, "BatchEnsemble: an alternative approach to efficient ensemble and lifelong learning", 2020 (rows dealt out
    among members); Gorishniy, Kotelnikov, Babenko, "TabM", 2024 (for tables; where the random scales stand, biases of their own).

    Args:
        members: Perceptrons.
        units: Of each layer.
        depth: Layers.
        rate: Dropout.
    """

    def __init__(self, members: int, units: int, depth: int = 2, rate: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.members, self.units, self.depth, self.rate = members, units, depth, rate
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, shape: Any) -> None:
        """A matrix a layer; scales and biases a layer and member."""
        read = shape[-1]
        self.kernels, self.reads, self.gives, self.biases = [], [], [], []
        for i in range(self.depth):
            begin = keras.initializers.RandomNormal(1.0, 0.5) if i == 0 else "ones"
            self.kernels.append(
                self.add_weight(shape=(read, self.units), initializer="he_normal", name=f"kernel_{i}")
            )
            self.reads.append(
                self.add_weight(shape=(self.members, read), initializer=begin, name=f"gamma_read_{i}")
            )
            size = (self.members, self.units)
            self.gives.append(self.add_weight(shape=size, initializer="ones", name=f"gamma_give_{i}"))
            self.biases.append(self.add_weight(shape=size, initializer="zeros", name=f"bias_{i}"))
            read = self.units

    def call(self, rows: Any, training: bool = False) -> Any:
        """One member's vector of each row in training, the mean of all members' otherwise."""
        if training:
            drawn = keras.random.randint(
                (keras.ops.shape(rows)[0],), 0, self.members, seed=self.seed_generator
            )
            chosen = keras.ops.one_hot(drawn, self.members, dtype=rows.dtype)
        else:
            rows = keras.ops.expand_dims(rows, 1)
        weights = zip(self.kernels, self.reads, self.gives, self.biases, strict=True)
        for kernel, *own in weights:
            # of one member by a product with ones and zeros: its gradient is as dense as those of other weights
            read, give, bias = (keras.ops.matmul(chosen, w) for w in own) if training else own
            rows = keras.ops.relu(keras.ops.matmul(rows * read, kernel) * give + bias)
            if training and self.rate:
                rows = keras.random.dropout(rows, self.rate, seed=self.seed_generator)
        return rows if training else keras.ops.mean(rows, axis=1)

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """See the class."""
        return (shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Its arguments."""
        own = {"members": self.members, "units": self.units, "depth": self.depth, "rate": self.rate}
        return {**super().get_config(), **own}
