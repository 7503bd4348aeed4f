"""Convolutions prepared for a branch compute what Keras' own do, gradients included."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from kerasnas.backend import current

# kernel, stride, padding, dilation, size of the input
CASES = [(3, 2, "same", 1, 7), (4, 2, "valid", 1, 9), (3, 1, "same", 2, 6)]
KINDS = ["Conv2D", "DepthwiseConv2D", "Conv1D", "DepthwiseConv1D"]


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="TensorFlow's layers stay as they are")
@pytest.mark.parametrize("kind", KINDS)
def test_prepared_convolutions_equal_keras_own(kind: str) -> None:
    import jax

    def made(case: tuple[Any, ...]) -> Any:
        kernel, stride, padding, dilation, _ = case
        options = {
            "strides": stride,
            "padding": padding,
            "dilation_rate": dilation,
            "bias_initializer": "ones",
        }
        cls = getattr(keras.layers, kind)
        return cls(kernel, depth_multiplier=2, **options) if "Depth" in kind else cls(5, kernel, **options)

    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, *[c[-1]] * int(kind[-2]), 3)).astype("float32") for c in CASES]
    own, prepared = [made(c) for c in CASES], [made(c) for c in CASES]
    for a, b, x in zip(own, prepared, inputs, strict=True):
        a.build(x.shape)
        b.build(x.shape)
        b.set_weights(a.get_weights())
        current().within_switch(b)

    def both(layers: list[Any]) -> Any:
        def total(weights: Any, inputs: Any) -> Any:
            outs = [
                layer.stateless_call(w, [], x)[0] for layer, w, x in zip(layers, weights, inputs, strict=True)
            ]
            return sum(jax.numpy.sin(y).mean() for y in outs), outs

        weights = [[v.value for v in layer.trainable_variables] for layer in layers]
        return jax.jit(jax.grad(total, (0, 1), has_aux=True))(weights, inputs)

    for a, b in zip(*(jax.tree.leaves(both(layers)) for layers in (own, prepared)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_layer_of_another_kind_stays_as_it_is() -> None:
    layer = keras.layers.Conv2DTranspose(2, 3)
    current().within_switch(layer)
    assert not {"call", "convolution_op"} & set(vars(layer))
