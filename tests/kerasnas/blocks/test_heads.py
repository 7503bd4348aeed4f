"""Heads."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import pytest

from kerasnas import Input, Space, spaces
from kerasnas.blocks import classification, cumulative, regression
from kerasnas.data.views import View
from kerasnas.layers import own
from kerasnas.testing.blocks import check_block


def test_heads() -> None:
    check_block(classification.using(classes=3), {"x": Input((4,))}, samples=2)
    check_block(regression, {"x": Input((4,))}, samples=2)
    space = Space.trace(classification.using(classes=3), {"x": Input((4,))})
    assert "softmax" not in space.source(space.default())  # logits


def test_classes_in_order_by_thresholds() -> None:
    checked = check_block(cumulative.using(classes=5), {"x": Input((4,))}, samples=2)
    assert not checked.unknown
    check_block(cumulative.using(classes=2), {"x": Input((4,))}, samples=1)


def test_cumulative_logits_are_log_probabilities_with_their_peak_moving_up() -> None:
    layer = own("CumulativeLogits")(4)  # type: ignore[misc]
    scores = np.array([[-40.0], [-1.0], [1.0], [40.0]], "float32")
    logs = np.asarray(keras.ops.convert_to_numpy(layer(scores)))
    assert np.isfinite(logs).all()
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0, atol=1e-5)
    assert logs.argmax(axis=1).tolist() == [0, 1, 2, 3]
    first, gaps = (keras.ops.convert_to_numpy(w) for w in layer.weights)
    edges = first[0] + np.concatenate([[0.0], np.cumsum(np.log1p(np.exp(gaps)) + 1e-3)])
    above = 1 / (1 + np.exp(edges - scores[1:3].astype("float64")))
    by_hand = np.concatenate([1 - above[:, :1], above[:, :-1] - above[:, 1:], above[:, -1:]], axis=1)
    np.testing.assert_allclose(np.exp(logs[1:3]), by_hand, atol=1e-5)


def test_cumulative_logits_learn_an_order() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2)).astype("float32")
    grade = np.digitize(x[:, 0], [-0.8, 0.0, 0.8])
    space = Space.trace(cumulative.using(classes=4), {"x": Input((2,))})
    keras.utils.set_random_seed(0)
    model = space.build(space.default())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.1), loss)
    model.fit({"x": x}, grade, epochs=25, batch_size=64, verbose=0)
    said = keras.tree.flatten(model.predict({"x": x}, verbose=0))[0]
    assert (said.argmax(axis=1) == grade).mean() > 0.9


def test_one_class_has_no_order() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        own("CumulativeLogits")(1)  # type: ignore[misc]


def test_ordinal_tasks_choose_their_head() -> None:
    @dataclass
    class Task:
        views: dict[str, View]
        problem: str
        outputs: int = 4
        name: str = "grades"

    views = {"table_numbers": View("table_numbers", "table", (5,), "float32")}
    space = spaces.multimodal(Task(views, "ordinal"))  # type: ignore[arg-type]
    assert space.decisions["head/kind"].options == ("classes", "cumulative")
    assert space.default()["head/kind"] == "classes"
    other, _ = space.adapt({**space.default(), "head/kind": "cumulative"})
    assert "CumulativeLogits" in space.source(other)
    plain = spaces.multimodal(Task(views, "multiclass"))  # type: ignore[arg-type]
    assert set(space.decisions) - set(plain.decisions) == {"head/kind", "head/cumulative/rate"}
    assert set(plain.decisions) <= set(space.decisions)
    check_block(space, samples=2)
