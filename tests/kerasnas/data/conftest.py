from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("KERASNAS_CACHE", str(folder))
    return folder


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Encoded bytes of a picture of one colour."""
    from PIL import Image

    def make(
        colour: object = (200, 30, 30), size: tuple[int, int] = (12, 8), mode: str = "RGB", kind: str = "PNG"
    ) -> bytes:
        buffer = io.BytesIO()
        Image.new(mode, size, colour).save(buffer, kind)  # type: ignore[arg-type]
        return buffer.getvalue()

    return make


@pytest.fixture
def mixed(picture: Callable[..., bytes]) -> pd.DataFrame:
    """120 rows with a picture, a text, numbers and categories, and holes in all of them."""
    rng = np.random.default_rng(0)
    rows = 120
    label = rng.choice(["cat", "dog", "owl"], rows)
    frame = pd.DataFrame(
        {
            "photo": [picture((40 * ("cat", "dog", "owl").index(c), i, 9)) for i, c in enumerate(label)],
            "story": [f"a {c} went number {i} home and slept" for i, c in enumerate(label)],
            "weight": rng.lognormal(size=rows) + (label == "dog"),
            "paws": rng.integers(2, 6, rows),
            "colour": rng.choice(["red", "grey", "black"], rows),
            "animal": label,
        }
    )
    for column in ("photo", "story", "weight", "colour"):
        frame[column] = frame[column].astype(object)
        frame.loc[rng.choice(rows, 6, replace=False), column] = None
    frame["weight"] = frame["weight"].astype(float)
    return frame
