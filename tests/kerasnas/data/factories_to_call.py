"""Functions that give data, for a test that imports them by name."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd


def frame() -> pd.DataFrame:
    """80 rows, two of them without a target."""
    rng = np.random.default_rng(0)
    label = rng.choice(["a", "b"], 80)
    table = pd.DataFrame(
        {
            "x": rng.normal(size=80) + (label == "a"),
            "t": [f"{one} said number {i}" for i, one in enumerate(label)],
            "y": label,
        }
    )
    table.loc[[3, 70], "y"] = None
    return table


def changing() -> pd.DataFrame:
    return frame().assign(x=float(os.environ.get("KERASNAS_TEST_X", "1")) * frame()["x"])


def arrays() -> dict[str, np.ndarray]:
    return {"x": np.arange(6.0), "y": np.array(["a", "b"] * 3)}


def broken() -> None:
    raise RuntimeError("the disk is full")


def nothing() -> None:
    return None


def another() -> object:
    return frame


NUMBER = 3
