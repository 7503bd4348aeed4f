"""Pictures as arrays of one size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ...errors import DataError
from .. import pictures, values
from ..views import View
from .base import Rows, Streamed

SAMPLE = 200
# the longer side, where the person names no size: larger pictures are scaled down
LONGEST_SIDE = 96
SHORTEST_SIDE = 8


class Pixels(Streamed):
    """One picture column as uint8 pixels in 0..255; an empty cell is black.

    The size is the median of a sample of training pictures, scaled down to 96 pixels at the longer side;
    pictures of other shapes are stretched to it. One channel where all sampled pictures are grey, else three.
    """

    kind: ClassVar[str] = "pixels"

    def __init__(self, view: View, columns: Sequence[str]) -> None:
        self.view = view
        self.columns = tuple(columns)

    @classmethod
    def fit(cls, rows: Rows, column: str, name: str, size: Sequence[int] | None = None) -> Pixels:
        """Choose the size.

        Args:
            rows: Training rows.
            column: The picture column.
            name: Of the view.
            size: (height, width) or (height, width, channels) that the person wants.

        Raises:
            DataError: If no sampled picture can be read, or the size is no size.
        """
        if size is not None and (
            len(size) not in (2, 3) or min(size) < 1 or (len(size) == 3 and size[2] not in (1, 3))
        ):
            raise DataError(
                f"Invalid value for argument `image_size`. Expected (height, width) or (height, width, 1 "
                f"or 3). Received: {size!r}."
            )
        sizes, grey = _sample(rows, column)
        height, width = (int(np.median([s[axis] for s in sizes])) for axis in (0, 1))
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        wanted = tuple(int(side) for side in size[:2]) if size is not None else tuple(
            max(SHORTEST_SIDE, round(side * scale)) for side in (height, width)
        )  # fmt: skip
        channels = int(size[2]) if size is not None and len(size) == 3 else (1 if grey else 3)
        info = {"columns": [column], "original": [height, width], "rows": len(rows)}
        return cls(View(name, "image", (*wanted, channels), "uint8", info), (column,))

    def transform(self, rows: Rows, out: np.ndarray | None = None) -> np.ndarray:
        """``(rows, height, width, channels)`` uint8, written into ``out`` where it is given."""
        return decode(rows, self.columns[0], self.view.shape, out)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Nothing but the view."""
        return {}, {}

    @classmethod
    def restore(
        cls,
        view: View,
        columns: Sequence[str],
        data: Mapping[str, Any],  # noqa: ARG003 (nothing was fitted)
        arrays: Mapping[str, np.ndarray],  # noqa: ARG003 (there are none)
    ) -> Pixels:
        """As saved."""
        return cls(view, columns)


def decode(rows: Rows, column: str, shape: Sequence[int], out: np.ndarray | None = None) -> np.ndarray:
    """A picture column as uint8 ``(rows, height, width, channels)``.

    Unreadable pictures are black, and a warning counts them.

    Raises:
        DataError: If more of them are unreadable than the rows allow.
    """
    height, width, channels = shape
    out = np.zeros((len(rows), height, width, channels), np.uint8) if out is None else out
    reader = rows.reader(column, pictures.PICTURES)
    for index, picture in enumerate(pictures.decoded(reader, (height, width), channels)):
        out[index] = picture
    rows.report(reader, column)
    return out


def _sample(rows: Rows, column: str) -> tuple[list[tuple[int, int]], bool]:
    """Heights and widths of some pictures, and whether all are grey."""
    filled = np.flatnonzero(~values.missing(rows.column(column)))
    chosen = filled[:: max(1, len(filled) // SAMPLE)][:SAMPLE]
    reader = rows.take(chosen).reader(column, pictures.PICTURES)
    sizes, grey = [], True
    for index in range(len(chosen)):
        image = reader.tried(index, pictures.to_image)
        if image is None:
            continue
        sizes.append((image.size[1], image.size[0]))
        if grey and image.mode != "L":
            pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
            grey = bool((np.abs(pixels - pixels[..., :1]) <= 2).all())
    if rows.unreadable == "error":
        rows.report(reader, column)
    if not sizes:
        raise DataError(
            f"No picture in column '{column}' can be read; {len(chosen)} training rows were tried: "
            f"{'; '.join(reader.problems.unreadable) or 'all are empty'}. Drop the column with "
            f"drop=[{column!r}], or give base=..."
        )
    return sizes, grey
