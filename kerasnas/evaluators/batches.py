"""Rows for ``fit``: arrays where they fit into memory dense, else batches made dense one at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import scipy.sparse

DENSE_BYTES = 256 * 2**20


def dense_where_small(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Sparse matrices that are small when dense, made dense; everything else as it is."""
    out = {}
    for name, rows in inputs.items():
        small = scipy.sparse.issparse(rows) and rows.shape[0] * rows.shape[1] * 4 <= DENSE_BYTES
        out[name] = rows.toarray().astype("float32") if small else rows
    return out


@dataclass(frozen=True)
class Feed:
    """What ``fit`` is given.

    Attributes:
        arguments: Its arguments about rows and batches.
        steps: Batches an epoch.
    """

    arguments: dict[str, Any]
    steps: int


def feed(
    inputs: Mapping[str, Any],
    targets: np.ndarray,
    weights: np.ndarray | None,
    batch_size: int,
    seed: int,
    one_shape: bool,
) -> Feed:
    """Rows for ``fit``.

    Args:
        inputs: By name: arrays or CSR matrices, one row each.
        targets: One each.
        weights: How much each row counts; None where all count alike.
        batch_size: Rows a batch; all rows where there are fewer.
        seed: Of the order.
        one_shape: Whether each batch must have the same size: the last ones of an epoch, chosen by chance, then wait for the
            next.
    """
    rows = len(targets)
    batch_size = min(batch_size, rows)
    ragged = bool(rows % batch_size)
    if any(scipy.sparse.issparse(x) for x in inputs.values()) or (one_shape and ragged):
        batches = Batches(inputs, targets, weights, batch_size, seed, one_shape)
        return Feed({"x": batches}, batches.num_batches)
    given = {"x": dict(inputs), "y": targets, "batch_size": batch_size}
    if weights is not None:
        given["sample_weight"] = weights
    return Feed(given, -(-rows // batch_size))


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of inputs of which some may be sparse.

    Args:
        inputs: By name: arrays or CSR matrices, one row each.
        targets: One each.
        weights: How much each row counts; None where all count alike.
        batch_size: Rows a batch.
        seed: Of the order, a new one each epoch.
        whole: Whether to leave out the last batch where it is smaller.
    """

    def __init__(
        self,
        inputs: Mapping[str, Any],
        targets: np.ndarray,
        weights: np.ndarray | None,
        batch_size: int,
        seed: int,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self.inputs, self.targets, self.weights = inputs, targets, weights
        self.batch_size, self.seed = batch_size, seed
        self.count = len(targets) // batch_size if whole else math.ceil(len(targets) / batch_size)
        self.epoch = -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        chosen = np.sort(self.order[index * self.batch_size : (index + 1) * self.batch_size])
        fed = {}
        for name, rows in self.inputs.items():
            part = rows[chosen]
            fed[name] = part.toarray().astype("float32") if scipy.sparse.issparse(part) else np.asarray(part)
        rows = (fed, self.targets[chosen])
        return rows if self.weights is None else (*rows, self.weights[chosen])

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order."""
        self.epoch += 1
        self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.targets))
