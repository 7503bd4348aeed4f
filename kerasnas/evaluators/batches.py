"""Rows for ``fit``: arrays where they fit into memory dense, else batches made dense one at a time."""

from __future__ import annotations

from collections.abc import Mapping
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


class Batches(keras.utils.PyDataset):
    """Batches of inputs of which some are sparse.

    Args:
        inputs: By name: arrays or CSR matrices, one row each.
        targets: One row each; None for prediction.
        batch_size: Rows a batch.
        seed: Of the order; None keeps the rows' own.
    """

    def __init__(self, inputs: Mapping[str, Any], targets: Any, batch_size: int, seed: int | None) -> None:
        super().__init__()
        self.inputs, self.targets, self.batch_size, self.seed = inputs, targets, batch_size, seed
        self.rows = next(iter(inputs.values())).shape[0]
        self.epoch = 0
        self._shuffle()

    def _shuffle(self) -> None:
        order = np.arange(self.rows)
        if self.seed is not None:
            np.random.default_rng((self.seed, self.epoch)).shuffle(order)
        self.order = order

    def __len__(self) -> int:
        return -(-self.rows // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        fed = {}
        for name, rows in self.inputs.items():
            part = rows[chosen]
            fed[name] = part.toarray().astype("float32") if scipy.sparse.issparse(part) else np.asarray(part)
        return (fed,) if self.targets is None else (fed, {k: v[chosen] for k, v in self.targets.items()})

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self._shuffle()


def is_sparse(inputs: Mapping[str, Any]) -> bool:
    """Whether any input is still sparse."""
    return any(scipy.sparse.issparse(rows) for rows in inputs.values())
