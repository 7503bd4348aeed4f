"""What a model says of rows: class probabilities, or numbers in original units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse

from .. import backend, problems
from ..problems.base import Scaling

BATCH = 256
TOGETHER = 256  # batches whose outputs are read as predictions together


class Predict:
    """A model's predictions, compiled once however often it is asked.

    Args:
        model: Gives logits ``(n, classes)``, or standardised numbers ``(n, k)``.
        problem: A name in ``kerasnas.problems``.
        scaling: Mean and standard deviation that a regression's numbers are scaled back with.
    """

    def __init__(self, model: Any, problem: str, scaling: Scaling) -> None:
        self._backend = backend.current()
        self._run = self._backend.forward(model)
        self.problem, self.scaling = problems.get(problem), scaling

    def __call__(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Predict.

        Args:
            inputs: By name: arrays or CSR matrices, one row each; at least one row.

        Returns:
            Predictions as the kind of problem gives them: probabilities ``(n, classes)``, or for regression values ``(n,)`` or
            ``(n, k)`` in original units.
        """
        rows = next(iter(inputs.values())).shape[0]
        out, parts, kept = np.empty(0), [], 0
        for start in range(0, rows, BATCH):
            parts.append(self._batch(inputs, start, min(start + BATCH, rows)))
            if len(parts) < TOGETHER and start + BATCH < rows:
                continue
            said = self.problem.read(np.concatenate(parts).astype("float64"), self.scaling)
            if not kept:
                out = np.empty((rows, *said.shape[1:]), said.dtype)
            out[kept : kept + len(said)] = said
            kept += len(said)
            parts.clear()
        return out

    def _batch(self, inputs: Mapping[str, Any], start: int, stop: int) -> np.ndarray:
        count = stop - start
        size = 1 << (count - 1).bit_length() if self._backend.ONE_SHAPE else count
        fed = {}
        for name, rows in inputs.items():
            part = rows[start:stop]
            part = part.toarray().astype("float32") if scipy.sparse.issparse(part) else np.asarray(part)
            fed[name] = (
                part if size == count else np.pad(part, [(0, size - count), *[(0, 0)] * (part.ndim - 1)])
            )
        return np.asarray(self._run(fed)[:count])
