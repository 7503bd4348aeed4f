"""Rows for ``fit``, in an order that follows from seed and epoch alone: a training may begin at any epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import scipy.sparse

from .. import backend
from ..data import room
from .mixing import Mixing

DENSE_BYTES = 256 * 2**20
MOST_BYTES = 2**30  # arrays above stay where they lie, mapped from disk, and each batch is read from there


def dense_where_small(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Sparse matrices that are small when dense, made dense; everything else as it is."""
    out = {}
    for name, rows in inputs.items():
        small = scipy.sparse.issparse(rows) and rows.shape[0] * rows.shape[1] * 4 <= DENSE_BYTES
        out[name] = rows.toarray().astype("float32") if small else rows
    return out


def steps_of(rows: int, batch_size: int) -> int:
    """Batches an epoch: where all must have the same size, the last one is left out if it is smaller."""
    return rows // batch_size if backend.current().ONE_SHAPE else -(-rows // batch_size)


def feed(
    inputs: Mapping[str, Any],
    targets: np.ndarray,
    weights: np.ndarray | None,
    batch_size: int,
    seed: int,
    first: int = 0,
    mixing: Mixing | None = None,
) -> dict[str, Any]:
    """Arguments of ``fit`` about rows and batches: by the backend's own way where it has one for arrays, else batches made one at a time.

    Args:
        inputs: By name: arrays or CSR matrices, one row each.
        targets: One each.
        weights: How much each row counts; None where all count alike.
        batch_size: Rows a batch; at most as many as there are.
        seed: Of the order.
        first: The epoch to begin with, from 0.
        mixing: How the rows of a batch are mixed; None leaves them apart. The same seed gives the same batches on every backend that
            takes batches of any size.
    """
    run_on = backend.current()
    if run_on.ONE_SHAPE or mixing is not None or any(map(_by_batches, inputs.values())):
        made = Batches(inputs, targets, weights, batch_size, seed, run_on.ONE_SHAPE, first, mixing)
        return {"x": made, "shuffle": False}  # the batches have been drawn already
    made = run_on.batches(dict(inputs), targets, weights, batch_size, seed, first)
    return {"x": made, "shuffle": False, "steps_per_epoch": steps_of(len(targets), batch_size)}


def _by_batches(rows: Any) -> bool:
    return bool(scipy.sparse.issparse(rows) or rows.nbytes > MOST_BYTES)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of inputs of which some may be sparse, or too large to be held in memory.

    Args:
        inputs: By name: arrays or CSR matrices, one row each.
        targets: One each.
        weights: How much each row counts; None where all count alike.
        batch_size: Rows a batch.
        seed: Of the order, a new one each epoch.
        whole: Whether to leave out the last batch where it is smaller: each then has the same size, and the rows left out, chosen by
            chance, wait for the next epoch.
        first: The epoch to begin with, from 0.
        mixing: How the rows of a batch are mixed; the targets can be averaged then (``Problem.mixable``).
    """

    def __init__(
        self,
        inputs: Mapping[str, Any],
        targets: np.ndarray,
        weights: np.ndarray | None,
        batch_size: int,
        seed: int,
        whole: bool = False,
        first: int = 0,
        mixing: Mixing | None = None,
    ) -> None:
        super().__init__()
        self.mixing = mixing
        self.inputs, self.targets, self.weights = inputs, targets, weights
        self.batch_size, self.seed = batch_size, seed
        self.count = len(targets) // batch_size if whole else -(-len(targets) // batch_size)
        self.epoch = first - 1
        self.on_epoch_end()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        chosen = np.sort(self.order[index * self.batch_size : (index + 1) * self.batch_size])
        fed = {}
        for name, rows in self.inputs.items():
            part = rows[chosen]
            fed[name] = part.toarray().astype("float32") if scipy.sparse.issparse(part) else np.asarray(part)
        targets, weights = self.targets[chosen], None if self.weights is None else self.weights[chosen]
        if self.mixing is not None:
            rng = np.random.default_rng((self.seed, self.epoch, index, 1))
            fed, targets, weights = self.mixing(fed, targets, weights, rng)
        return (fed, targets) if weights is None else (fed, targets, weights)

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order."""
        self.epoch += 1
        self.order = room.shuffled(
            room.counted(len(self.targets)), np.random.default_rng((self.seed, self.epoch))
        )
