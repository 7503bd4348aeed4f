"""What Keras has no API for, on whichever backend it runs."""

from __future__ import annotations

import weakref

import keras
import numpy as np
import pytest

from kerasnas import backend
from kerasnas.errors import EvaluationError


def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    x = keras.Input((4,), name="x")
    y = keras.layers.Dense(3)(keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(x)))
    return keras.Model({"x": x}, {"y": y})


def rows(count: int = 96) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 4)).astype("float32"), rng.normal(size=(count, 3)).astype("float32")


def test_the_current_backend_offers_all_of_it() -> None:
    here = backend.current()
    assert here.__name__.endswith(keras.backend.backend())
    for name in (
        "prepare",
        "reproducible",
        "devices",
        "jit",
        "memory",
        "release",
        "trainer",
        "forward",
        "ONE_SHAPE",
    ):
        assert hasattr(here, name)
    assert here.devices() == ["CPU"] or all(d.startswith("GPU:") for d in here.devices())
    assert here.memory("CPU") is None


def test_another_backend_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(EvaluationError, match="Keras runs on 'torch': set KERAS_BACKEND"):
        backend.current()


def test_forward_is_predict() -> None:
    built, (x, _) = model(), rows()
    said = backend.current().forward(built)
    for count in (96, 5, 1):
        np.testing.assert_allclose(
            said({"x": x[:count]}), built.predict({"x": x[:count]}, verbose=0)["y"], rtol=1e-5
        )


def test_forward_follows_the_weights() -> None:
    built, (x, _) = model(), rows()
    said = backend.current().forward(built)
    before = said({"x": x})
    built.layers[-1].bias.assign([1.0, 2.0, 3.0])
    np.testing.assert_allclose(said({"x": x}) - before, np.tile([1.0, 2.0, 3.0], (96, 1)), atol=1e-5)


def test_the_lean_step_trains_as_keras_does() -> None:
    x, y = rows()
    weights, losses = [], []
    for lean in (False, True):
        built = model()
        built.layers[1].trainable = True
        built.compile(keras.optimizers.Adam(0.05), "mse")
        keras.utils.set_random_seed(3)
        if lean:
            backend.current().trainer(built)
        losses.append(built.fit({"x": x}, {"y": y}, batch_size=32, epochs=3, verbose=0).history["loss"])
        weights.append(built.get_weights())
    if keras.backend.backend() == "jax":
        for a, b in zip(*weights, strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(
        losses[0], losses[1], rtol=0.5
    )  # dropout is drawn in another order on TensorFlow
    assert losses[1][-1] < losses[1][0]


def test_a_step_without_chance_is_the_same_to_the_last_bit() -> None:
    x, y = rows()
    weights = []
    for lean in (False, True):
        keras.utils.set_random_seed(0)
        inner = keras.Input((4,), name="x")
        built = keras.Model({"x": inner}, keras.layers.Dense(3)(keras.layers.BatchNormalization()(inner)))
        built.compile(keras.optimizers.AdamW(0.05), "mse")
        if lean:
            backend.current().trainer(built)
        built.fit({"x": x}, y, batch_size=32, epochs=3, verbose=0, shuffle=False)
        weights.append(built.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_release_and_prepare_can_be_called_at_any_time() -> None:
    here = backend.current()
    here.prepare()
    here.release()
    assert model().count_params() == 4 * 4 + 4 * 3 + 3


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow alone registers gradients for good"
)
def test_release_lets_go_of_graphs_whose_functions_have_gradients_of_their_own() -> None:
    import tensorflow as tf

    here = backend.current()
    here.prepare()

    @tf.function
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.silu(x)
        return tape.gradient(y, x)

    assert float(slope(tf.constant(0.0))) == 0.5
    graph = weakref.ref(slope.get_concrete_function(tf.constant(0.0)).graph)
    del slope
    here.release()
    assert graph() is None
