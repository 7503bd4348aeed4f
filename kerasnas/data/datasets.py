"""A ``tf.data.Dataset`` or ``keras.utils.PyDataset``, read once, as columns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import DataError
from .media import medium_of

FEATURES = "features"  # the column of features that have no names
MOST_MEMORY = 0.5  # share of the free memory that a dataset may fill before it is taken for endless

HOW = (
    "Give batches that are dicts of named arrays, or pairs (features, target); features of several columns as a dict: "
    "dataset.map(lambda a, b, y: {'a': a, 'b': b, 'y': y})."
)


def is_dataset(data: Any) -> bool:
    """Whether it is a dataset of TensorFlow or Keras; neither is imported to find out."""
    known = (("tensorflow", "data", "Dataset"), ("keras", "utils", "PyDataset"))
    for package, module, name in known:
        kind = getattr(getattr(sys.modules.get(package), module, None), name, None)
        if kind is not None and isinstance(data, kind):
            return True
    return False


def columns(data: Any, target: str) -> dict[str, Any]:
    """Read a dataset to its end.

    Elements are batches, or single rows where one of their parts has no axis. A dict names its columns; of a pair
    ``(features, target)`` the second part is the column ``target`` (class numbers where its rows are one-hot; the names of the
    classes where the dataset knows them as ``class_names``), and features without names are the column "features". Texts that
    come as bytes become ``str``.

    Args:
        data: Of TensorFlow or Keras.
        target: What the target column is called where the dataset gives pairs.

    Returns:
        Column to an array with one entry a row, or a list of cells where they differ in shape.

    Raises:
        DataError: If the dataset is endless, empty, or fails; or its elements have no names, differ in their columns, or are ragged.
    """
    found: dict[str, list[Any]] = {}
    limit, size = _limit(), 0
    for number, element in enumerate(_elements(data)):
        parts = _named(element, target, number)
        if number and set(parts) != set(found):
            raise DataError(
                f"Batch {number} of the dataset has the columns {sorted(parts)}, those before had {sorted(found)}. {HOW}"
            )
        for name, rows in _rows(parts, number).items():
            found.setdefault(name, []).append(rows)
            size += _bytes(rows)
        if size > limit:
            raise DataError(
                f"The dataset has given {size / 2**30:.1f} GiB in {number + 1:,} batches and goes on: it is endless, or too large for "
                "memory. End it with dataset.take(n), or give files, or a factory function that reads them."
            )
    if not found:
        raise DataError("The dataset is empty: it gave no batch. Was it used up, or filtered away?")
    return {
        name: _labels(_joined(parts), data) if name == target else _joined(parts)
        for name, parts in found.items()
    }


def _limit() -> float:
    import psutil

    return float(psutil.virtual_memory().available * MOST_MEMORY)


def _elements(data: Any) -> Iterator[Any]:
    """Its elements, each once.

    Raises:
        DataError: If it says that it is endless, or fails.
    """
    source: Callable[[Any], Iterator[Any]]
    if hasattr(data, "element_spec"):
        endless, source = int(data.cardinality()) == -1, iter
    else:
        endless, source = _count(data) is None, _batches
    if endless:
        raise DataError(
            "The dataset is endless: it was repeated, or does not say how many batches it has. End it with dataset.take(n), or define "
            "__len__."
        )
    try:
        yield from source(data)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"The dataset failed while it was read: {type(error).__name__}: {str(error)[:300]}. Iterate over it yourself to see where."
        ) from error


def _count(data: Any) -> int | None:
    try:
        return data.num_batches  # type: ignore[no-any-return]
    except NotImplementedError:  # neither this nor a length is defined
        return None


def _batches(data: Any) -> Iterator[Any]:
    return (data[index] for index in range(data.num_batches))


def _named(element: Any, target: str, number: int) -> dict[str, Any]:
    """The parts of an element by the name of their column.

    Raises:
        DataError: If they have no names.
    """
    if isinstance(element, Mapping):
        return {str(name): _plain(part, str(name), number) for name, part in element.items()}
    if not isinstance(element, tuple | list) or len(element) != 2:
        what = (
            f"a tuple of {len(element)} parts without names"
            if isinstance(element, tuple | list)
            else f"{type(element).__name__} without a name"
        )
        more = " Sample weights go into a column of their own." if _is_triple(element) else ""
        raise DataError(f"Batch {number} of the dataset is {what}. {HOW}{more}")
    features, wanted = element
    if isinstance(wanted, Mapping | tuple | list):
        raise DataError(
            f"The target in batch {number} of the dataset has {len(wanted)} parts. One target is predicted: leave out the others."
        )
    if isinstance(features, tuple | list):
        raise DataError(
            f"The features in batch {number} of the dataset are {len(features)} parts without names. {HOW}"
        )
    named = features if isinstance(features, Mapping) else {FEATURES: features}
    if target in named:
        raise DataError(
            f"The dataset gives pairs, and the target is to be called '{target}', but a feature has this name. Call it otherwise."
        )
    return {**_named(named, target, number), target: _plain(wanted, target, number)}


def _is_triple(element: Any) -> bool:
    return isinstance(element, tuple | list) and len(element) == 3


def _plain(part: Any, name: str, number: int) -> Any:
    """A tensor as an array, or as a list where its rows differ in length.

    Raises:
        DataError: If it is neither.
    """
    if isinstance(part, Mapping | tuple):
        raise DataError(
            f"'{name}' in batch {number} of the dataset has parts of its own. Flatten it to named arrays."
        )
    if hasattr(part, "to_list"):  # ragged
        return part.to_list()
    if hasattr(part, "dense_shape"):
        raise DataError(
            f"'{name}' in batch {number} of the dataset is sparse. Make it dense with tf.sparse.to_dense(...) in dataset.map."
        )
    if isinstance(part, list):
        return part
    held = part.numpy() if hasattr(part, "numpy") else part
    array = np.array(held, dtype=object) if isinstance(held, bytes) else np.asarray(held)
    if array.dtype.kind in "OS" and array.ndim <= 1:
        return _texts(array.astype(object))
    return (
        array.astype(np.float32) if array.dtype.kind == "V" else array
    )  # bfloat16 is no type of NumPy's own


def _texts(cells: np.ndarray) -> np.ndarray:
    out = np.empty(cells.shape, dtype=object)
    for index, cell in np.ndenumerate(cells):
        out[index] = cell
        if isinstance(cell, bytes) and medium_of(cell) is None:
            try:
                out[index] = cell.decode("utf-8")
            except UnicodeDecodeError:
                continue
    return out


def _rows(parts: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The parts of a batch, or of a single row made a batch of one.

    Raises:
        DataError: If they differ in length.
    """
    if any(isinstance(part, np.ndarray) and part.ndim == 0 for part in parts.values()):
        return {n: part[None] if isinstance(part, np.ndarray) else [part] for n, part in parts.items()}
    lengths = {name: len(part) for name, part in parts.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(
            f"Batch {number} of the dataset is ragged: "
            + ", ".join(f"'{name}' has {length:,} rows" for name, length in lengths.items())
            + ". Each part needs one entry for every row of the batch."
        )
    return dict(parts)


def _bytes(rows: Any) -> int:
    if isinstance(rows, np.ndarray) and rows.dtype != object:
        return int(rows.nbytes)
    return sum(sys.getsizeof(cell) for cell in rows)


def _joined(parts: list[Any]) -> Any:
    arrays = all(isinstance(part, np.ndarray) for part in parts)
    if arrays and len({part.shape[1:] for part in parts}) == 1:
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
    return [cell for part in parts for cell in part]


def _labels(values: Any, data: Any) -> Any:
    """The target as one value a row: one-hot rows as class numbers, numbers as names where the dataset knows them."""
    if isinstance(values, np.ndarray) and values.ndim == 2:
        if values.shape[1] == 1:
            values = values[:, 0]
        elif (
            values.dtype.kind in "iufb"
            and ((values == 0) | (values == 1)).all()
            and (values.sum(axis=1) == 1).all()
        ):
            values = values.argmax(axis=1)
    names = getattr(data, "class_names", None)
    if names and isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "iu":
        within = len(values) == 0 or (values.min() >= 0 and values.max() < len(names))
        return np.asarray(names, dtype=object)[values] if within else values
    return values
