"""The independent count, against what the backend itself counts."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from kerasnas.testing.flops import count_flops


def small() -> keras.Model:
    """Mostly products, so that the rest hardly shows."""
    inputs = keras.Input((16, 16, 8))
    x = keras.layers.Conv2D(32, 3, padding="same", use_bias=False)(inputs)
    x = keras.layers.Conv2D(48, 3, strides=2, use_bias=False)(x)
    x = keras.layers.Reshape((49, 48))(x)
    x = keras.layers.Dense(64, use_bias=False)(x)
    x = keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))
    return keras.Model(inputs, keras.layers.Dense(10, use_bias=False)(x))


def by_backend(model: keras.Model) -> float:
    """FLOPs of one row, by TensorFlow's profiler or XLA's cost analysis."""
    shape = (1, *model.input_shape[1:])
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        traced = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec(shape))
        options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
        options["output"] = "none"
        return float(tf.compat.v1.profiler.profile(traced.graph, options=options).total_float_ops)
    import jax

    compiled = jax.jit(lambda x: model(x, training=False)).lower(np.zeros(shape, "float32")).compile()
    counted: Any = compiled.cost_analysis()
    return float((counted[0] if isinstance(counted, list) else counted)["flops"])


def test_the_backend_counts_the_same() -> None:
    model = small()
    assert count_flops(model) == pytest.approx(
        by_backend(model), rel=0.01 if keras.backend.backend() == "tensorflow" else 0.1
    )


def test_by_hand() -> None:
    model = small()
    convolutions = 16 * 16 * 9 * 8 * 32 + 7 * 7 * 9 * 32 * 48
    products = 49 * 48 * 64 + 49 * 49 * 64 + 49 * 49 * 10
    assert count_flops(model) == 2 * (convolutions + products)


def test_a_matrix_it_does_not_know_is_refused() -> None:
    class Odd(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.table = self.add_weight(shape=(shape[-1], 3), name="table")

        def call(self, x: Any) -> Any:
            return x @ self.table

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Odd(name="odd")(inputs))
    with pytest.raises(AssertionError, match="does not know the layer 'odd'"):
        count_flops(model)
