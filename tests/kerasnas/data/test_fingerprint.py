from __future__ import annotations

import numpy as np
import pandas as pd

from kerasnas.data.fingerprint import fingerprint, row_numbers

FRAME = pd.DataFrame(
    {
        "a": [1.0, 2.0, np.nan, 4.0],
        "b": ["x", "y", None, "😀"],
        "c": [b"1", b"2", b"3", b"4"],
        "y": [0, 1, 0, 1],
    }
)
COLUMNS = ["a", "b", "c"]


def mark(frame: pd.DataFrame = FRAME, columns: list[str] = COLUMNS, target: str = "y") -> str:
    return fingerprint(row_numbers(frame, [*columns, target], None), target)


def test_order_and_types_do_not_matter() -> None:
    assert mark() == mark(FRAME.iloc[[2, 0, 3, 1]], ["c", "a", "b"])
    assert mark() == mark(FRAME.astype({"b": object, "y": "int8"}))


def test_content_does() -> None:
    others = [
        mark(FRAME.assign(a=[1.0, 2.0, np.nan, 5.0])),
        mark(FRAME.assign(b=["x", "y", None, "z"])),
        mark(FRAME.assign(y=[0, 1, 1, 0])),
        mark(FRAME.assign(a=FRAME.a[[1, 0, 2, 3]].to_numpy())),
        mark(FRAME.rename(columns={"a": "d"}), ["d", "b", "c"]),
        mark(columns=["a", "b"]),
        mark(target="b"),
        mark(FRAME.iloc[:3]),
        mark(pd.concat([FRAME, FRAME])),
    ]
    assert len({mark(), *others}) == len(others) + 1


def test_columns_do_not_cancel_each_other() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [2, 1], "y": [0, 1]})
    swapped = pd.DataFrame({"a": [2, 1], "b": [1, 2], "y": [0, 1]})
    assert mark(frame, ["a", "b"]) != mark(swapped, ["a", "b"])
