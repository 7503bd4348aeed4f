"""Views of all rows of a table, each row written where it belongs, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from . import room
from .adapters.base import Adapter, Rows, Streamed
from .tables import Table
from .views import View

TOGETHER = 32 * 2**20  # bytes of a view that are made together, at most, where a table is read in pieces
MOST_SPARSE = 2**29  # bytes that all rows of a sparse view may take, which is held in memory


class Places:
    """An array whose rows are written by other numbers.

    Args:
        array: Where they go.
        places: The place of each row.
    """

    def __init__(self, array: np.ndarray, places: np.ndarray) -> None:
        self._array, self._places = array, places

    def __setitem__(self, row: int, value: Any) -> None:
        self._array[self._places[row]] = value


def fill(
    adapters: Mapping[str, Adapter],
    table: Table,
    order: np.ndarray,
    dress: Callable[[pd.DataFrame], Rows],
    make: Callable[[View], np.ndarray],
) -> dict[str, Any]:
    """Views of all rows, of which row ``order[i]`` stands at place ``i``.

    Args:
        adapters: By the name of their view; none of them is that of an encoder.
        table: The rows.
        order: All row numbers.
        dress: Makes rows that adapters read of a frame.
        make: Gives the array, of zeros, that a view is written into; not asked for sparse views.

    Returns:
        View to array or CSR matrix.

    Raises:
        DataError: If a sparse view takes too much memory, or as adapters do.
    """
    columns = list(dict.fromkeys(column for adapter in adapters.values() for column in adapter.columns))
    out: dict[str, Any] = {n: [] if a.view.sparse else make(a.view) for n, a in adapters.items()}
    for places, frame in table.in_order(order, columns):
        rows = dress(frame)
        for name, adapter in adapters.items():
            if adapter.view.sparse:
                out[name].append(adapter.transform(rows))
                _check_sparse(name, adapter, out[name])
            elif isinstance(adapter, Streamed):
                array = out[name]
                wanted: Any = array if isinstance(places, slice) else Places(array, places)
                adapter.transform(rows, out=wanted)
            else:
                _write(adapter, rows, out[name], places)
        for array in out.values():
            if not isinstance(array, list):
                room.forget(array)
    for name, adapter in adapters.items():
        if adapter.view.sparse:
            out[name] = _joined(out[name], order)
    return out


def _write(adapter: Adapter, rows: Rows, out: np.ndarray, places: Any) -> None:
    if isinstance(places, slice):
        out[places] = adapter.transform(rows)
        return
    size = int(np.prod(adapter.view.shape)) * np.dtype(adapter.view.dtype).itemsize
    step = max(1, TOGETHER // max(size, 1))
    for start in range(0, len(rows), step):
        part = np.arange(start, min(start + step, len(rows)))
        out[places[part]] = adapter.transform(rows if len(part) == len(rows) else rows.take(part))


def _check_sparse(name: str, adapter: Adapter, parts: list[Any]) -> None:
    if len(parts) > 1 and sum(p.data.nbytes + p.indices.nbytes for p in parts) > MOST_SPARSE:
        raise DataError(
            f"The view '{name}' of {list(adapter.columns)} would take more than {MOST_SPARSE // 2**20} MiB in memory, where views of mostly "
            "zeros are held: this table has too many rows for it. Leave these columns out with drop=[...], read them in another way with "
            "column_types=, or give fewer rows."
        )


def _joined(parts: list[Any], order: np.ndarray) -> Any:
    """Matrices of pieces as one in the order that is wanted; one piece is in it already."""
    if len(parts) == 1 and parts[0].shape[0] == len(order):
        return parts[0]
    import scipy.sparse

    return scipy.sparse.vstack(parts, format="csr")[order]
