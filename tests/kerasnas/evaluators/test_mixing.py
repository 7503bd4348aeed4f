"""Mixed rows: targets, weights, seeds, every kind of problem, and a training with them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from kerasnas import Input, Space, Task, problems
from kerasnas.errors import EvaluationError
from kerasnas.evaluators.batches import Batches
from kerasnas.evaluators.full_training import train
from kerasnas.evaluators.losses import OrderedCrossentropy, SmoothedCrossentropy
from kerasnas.evaluators.mixing import MIXES, Mixing, mixing
from kerasnas.space import layers
from kerasnas.spaces import training


def batch(rows: int = 16) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    inputs = {
        "pixels": rng.integers(0, 256, (rows, 8, 6, 3)).astype("uint8"),
        "features": rng.normal(size=(rows, 5)).astype("float32"),
    }
    classes = rng.integers(0, 4, rows)
    shares = problems.get("multiclass").mixable(classes.astype("int32"), 4)
    return inputs, shares, rng.uniform(0.5, 2, rows).astype("float32")


@pytest.mark.parametrize("kind", MIXES)
def test_targets_sum_to_one_and_inputs_keep_their_shape(kind: str) -> None:
    inputs, targets, _ = batch()
    for seed in range(20):
        mixed, soft, weights = Mixing(kind)(inputs, targets, None, np.random.default_rng(seed))
        np.testing.assert_allclose(soft.sum(1), 1.0, atol=1e-5)
        assert weights is None
        assert {n: (r.shape, r.dtype) for n, r in mixed.items()} == {
            n: (r.shape, r.dtype) for n, r in inputs.items()
        }


@pytest.mark.parametrize("kind", MIXES)
def test_the_share_of_the_pixels_is_the_share_of_the_target(kind: str) -> None:
    """Rows that are all white or all black: the mean brightness says what was mixed."""
    bright = (np.arange(8) % 2).astype("int32")
    pictures = np.broadcast_to((255 * bright)[:, None, None, None], (8, 10, 10, 1)).astype("uint8")
    targets = problems.get("binary").mixable(bright, 2)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        mixed, soft, _ = Mixing(kind)({"x": pictures}, targets, None, rng)
        np.testing.assert_allclose(mixed["x"].mean((1, 2, 3)) / 255, soft[:, 1], atol=0.003)


@pytest.mark.parametrize("problem", ["multiclass", "ordinal", "multilabel", "regression"])
def test_a_weighted_mix_is_the_sum_of_both_weighted_losses(problem: str) -> None:
    """For every loss but a constant: the gradient is that of the two rows, each at its share of its weight."""
    rng = np.random.default_rng(3)
    kind, n = problems.get(problem), 12
    if problem == "regression":
        targets = rng.normal(size=(n, 3)).astype("float32")
    elif problem == "multilabel":
        targets = rng.integers(0, 2, (n, 3)).astype("float32")
    else:
        targets = rng.integers(0, 3, n).astype("int32")
    targets = kind.mixable(targets, 3)
    weights = rng.uniform(0, 2, n).astype("float32")
    loss = kind.loss({"label_smoothing": 0.1})
    rows = {"index": np.arange(n, dtype="float32")[:, None]}

    class Known(Mixing):
        """With a share and partners that the test knows."""

        def __call__(self, *given: Any) -> Any:
            again = np.random.default_rng(5)
            self.share, self.partner = again.beta(0.2, 0.2), again.permutation(n)
            return super().__call__(*given)

    made = Known("mixup")
    _, soft, total = made(rows, targets, weights, np.random.default_rng(5))
    assert total is not None

    def value(said: np.ndarray, true: np.ndarray, counts: np.ndarray) -> float:
        return float(np.sum(counts * keras.ops.convert_to_numpy(loss.call(true, said))))

    constants = []
    for seed in range(3):
        said = np.random.default_rng(seed).normal(size=(n, 3)).astype("float32")
        apart = value(said, targets, made.share * weights)
        apart += value(said, targets[made.partner], (1 - made.share) * weights[made.partner])
        constants.append(apart - value(said, soft, total))
    np.testing.assert_allclose(constants, constants[0], rtol=1e-3, atol=1e-3)


def test_a_row_without_weight_says_nothing_of_the_target() -> None:
    inputs, targets, weights = batch(4)
    weights[:] = [1, 0, 0, 0]
    _, soft, total = Mixing("mixup")(inputs, targets, weights, np.random.default_rng(1))
    assert total is not None
    np.testing.assert_allclose(soft[total > 0], np.broadcast_to(targets[0], soft[total > 0].shape), atol=1e-6)
    assert np.isfinite(soft).all()
    assert total.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("kind", MIXES)
def test_the_same_seed_gives_the_same_batches(kind: str) -> None:
    inputs, targets, weights = batch(20)

    def drawn(seed: int, first: int = 0) -> list[Any]:
        made = Batches(inputs, targets, weights, 8, seed, first=first, mixing=Mixing(kind))
        out = [made[i] for i in range(len(made))]
        made.on_epoch_end()
        return [*out, *(made[i] for i in range(len(made)))]

    def same(a: list[Any], b: list[Any]) -> bool:
        return all(
            np.array_equal(p, q)
            for one, two in zip(a, b, strict=True)
            for p, q in zip(keras.tree.flatten(one), keras.tree.flatten(two), strict=True)
        )

    assert same(drawn(1), drawn(1))
    assert same(
        drawn(1)[3:], drawn(1, first=1)[:3]
    )  # a training that begins in the second epoch sees the same
    assert not same(drawn(1), drawn(2))


@pytest.mark.parametrize("loss", [SmoothedCrossentropy(0.1), OrderedCrossentropy(0.1)])
def test_whole_shares_are_class_numbers(loss: Any) -> None:
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 4, 6).astype("int32")
    said = rng.normal(size=(6, 4)).astype("float32")
    shares = problems.get("multiclass").mixable(classes, 4)
    assert float(loss(shares, said)) == pytest.approx(float(loss(classes, said)), rel=1e-5)


def test_unknown_ways_and_inputs_without_halves_are_refused() -> None:
    assert mixing({"mix": "none"}, {}) is None
    with pytest.raises(EvaluationError, match="mix='blend'. Expected 'none', 'mixup', 'cutmix'"):
        mixing({"mix": "blend"}, {})
    with pytest.raises(EvaluationError, match=r"the numbers of \['tokens'\] are tokens or categories"):
        mixing({"mix": "mixup"}, {"tokens": np.zeros((2, 3), "int32")})


@pytest.mark.parametrize(("kind", "weighted"), [("mixup", False), ("cutmix", True)])
def test_a_training_with_mixed_rows_learns_and_repeats_itself(kind: str, weighted: bool) -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 160)
    pictures = rng.integers(0, 60, (160, 8, 8, 1))
    pictures[:, 2:6, 2:6] += (120 * label)[:, None, None, None]
    frame = pd.DataFrame({"picture": list(pictures.astype("uint8")), "target": np.array(["a", "b"])[label]})
    weights = {"class_weights": "balanced"} if weighted else {}
    data = Task(frame, target="target", seed=1, **weights).data()  # type: ignore[arg-type]

    def net(image_pixels: Any) -> Any:
        x = layers.Flatten()(layers.Rescaling(1 / 127.5, offset=-1.0)(image_pixels))
        return {"logits": layers.Dense(2)(x)}

    (name,) = [n for n, v in data.views.items() if v.modality == "image"]
    assert name.endswith("_pixels")
    space = Space.trace(
        lambda **given: net(*given.values()),
        {name: Input(data.views[name].shape, "uint8")},
        training=training.using(mix=kind, learning_rate=0.01, batch_size=16),
    )
    first, again = (
        train(space, space.default(), data, seed=3, max_epochs=6, patience=6)[1] for _ in range(2)
    )
    assert first.value > 0.85
    assert [p["loss"] for p in first.curve] == [p["loss"] for p in again.curve]
