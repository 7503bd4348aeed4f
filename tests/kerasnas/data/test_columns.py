from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasnas.data.columns import ColumnInfo, describe
from kerasnas.errors import DataError

ROWS = 200


def kind_of(cells: object, name: str = "x", base: Path | None = None) -> ColumnInfo:
    return describe(pd.DataFrame({name: cells}), base=base)[0]


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


NUMBERS = draw().normal(size=ROWS)
TAGS = ["cat", "dog", "owl", "elk", "ant", "bee"]
WORDS = [" ".join(draw(i).choice(["good", "bad", "film", "😀", "naïve", "plot"], 6)) for i in range(ROWS)]


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        (NUMBERS, "numeric", "numbers, 200 values"),
        (np.where(NUMBERS > 0, np.nan, NUMBERS), "numeric", "numbers"),
        ([f"{v:,.2f}" for v in 1e4 * NUMBERS], "numeric", "numbers written as text"),
        ([f"{v:.2f}".replace(".", ",") for v in NUMBERS], "numeric", "numbers written as text"),
        ([f"${v:,.2f}" for v in 1e4 + 1e3 * NUMBERS], "numeric", "numbers written as text"),
        (
            [f"{v:.3f}" if i % 20 else "?" for i, v in enumerate(NUMBERS)],
            "numeric",
            "10 cells are no numbers",
        ),
        ([v if i % 20 else "n/a" for i, v in enumerate(NUMBERS)], "numeric", "10 cells are no numbers"),
        (pd.array([None, *range(ROWS - 1)], dtype="Int64") % 77, "numeric", "whole numbers"),
        (draw().integers(0, 5, ROWS), "numeric", "read as a number and as a code"),
        (draw().integers(0, 5, ROWS).astype(float), "numeric", "read as a number and as a code"),
        (draw().integers(0, 2, ROWS), "categorical", "two values"),
        (NUMBERS > 0, "categorical", "true or false"),
        (draw().choice(np.array([True, False, None]), ROWS), "categorical", "true or false"),
        ([f"{v:05d}" for v in draw().integers(0, 50, ROWS)], "categorical", "repeat"),
        (pd.Categorical(draw().integers(0, 9, ROWS)), "categorical", "declared as a category"),
        (draw().choice(["🎉", "😀", "👍🏽"], ROWS), "categorical", "3 values"),
        (draw().choice(["Anna Smith", "Bo Chen", "Cy Meyer"], ROWS), "categorical", "3 values"),
        (np.where(NUMBERS > 0, "x", None), "categorical", "one value or empty"),
        (pd.date_range("2020", periods=ROWS), "numeric", "dates"),
        ([d.strftime("%d/%m/%Y") for d in pd.date_range("2020", periods=ROWS)], "numeric", "dates"),
        ([d.date() for d in pd.date_range("2020", periods=ROWS)], "numeric", "dates"),
        (WORDS, "text", "words a cell"),
        ([w.encode() for w in WORDS], "text", "words a cell"),
        (
            ["".join(draw(i).choice(list("日本語文章私猫犬"), 12)) for i in range(ROWS)],
            "text",
            "characters a cell",
        ),
        ([w.split() for w in WORDS], "text", "lists of words"),
        (["".join(draw(i).choice(list("ACGT"), 30)) for i in range(ROWS)], "text", "read by their letters"),
        (["; ".join(draw(i).choice(TAGS, 3)) for i in range(ROWS)] * 3, "text", "lists of words"),
        ([None] * ROWS, "dropped", "every cell is empty"),
        (["", "  "] * (ROWS // 2), "dropped", "every cell is empty"),
        ([7] * ROWS, "dropped", "every row has the same value, '7'"),
        (["same"] * ROWS, "dropped", "every row has the same value, 'same'"),
        (np.arange(ROWS) + 1000, "dropped", "whole numbers without a gap"),
        ([f"{draw(i).integers(1 << 60):032x}" for i in range(ROWS)], "dropped", "a key in every row"),
        ([f"AB-{i:04d}-X" for i in range(ROWS)], "dropped", "codes of one shape"),
        ([f"u{i}@example.org" for i in range(ROWS)], "dropped", "e-mail"),
        ([f"+49 30 {i * 7919 % 99991}" for i in range(ROWS)], "dropped", "a code of its own"),
        ([f"https://example.org/{i}.jpg" for i in range(ROWS)], "dropped", "addresses of pictures"),
        ([[1.0, 2.0]] * ROWS, "dropped", "every row has the same value"),
        ([{"a": 1}] * ROWS, "dropped", "dictionaries"),
        ([b"\x00\x01\x02" + bytes([i]) for i in range(ROWS)], "dropped", "neither pictures nor text"),
        (NUMBERS + 1j, "dropped", "complex"),
    ],
)
def test_kinds_and_reasons(cells: object, kind: str, reason: str) -> None:
    found = kind_of(cells)
    assert (found.kind, reason in found.reason) == (kind, True), found


@pytest.mark.parametrize("name", ["id", "PassengerId", "user_id", "Customer ID", "uuid"])
def test_a_number_named_identifier_is_dropped_where_it_differs_and_a_code_where_it_repeats(name: str) -> None:
    differs = draw().permutation(10 * ROWS)[:ROWS]
    assert kind_of(differs, name).kind == "dropped"
    assert kind_of(differs % 17, name).kind == "categorical"


@pytest.mark.parametrize("name", ["paid", "grid", "valid", "humidity"])
def test_names_that_only_end_like_an_identifier_are_none(name: str) -> None:
    assert kind_of(draw().permutation(10 * ROWS)[:ROWS], name).kind == "numeric"


def test_facts_for_people() -> None:
    found = kind_of(["red", None, "  ", *["red", "blue"] * 40, "x" * 100])
    assert (found.missing, found.distinct) == (2, 3)
    assert found.examples[:2] == ("red", "blue")
    assert ColumnInfo.from_json(found.to_json()) == found


def test_what_a_person_says_is_done() -> None:
    frame = pd.DataFrame({"a": draw().integers(0, 5, ROWS), "b": WORDS})
    a, b = describe(frame, given={"a": "categorical"}, dropped={"b": "you said so"})
    assert (a.kind, a.reason) == ("categorical", "you said categorical")
    assert (b.kind, b.reason) == ("dropped", "you said so")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": "picture"}, "Invalid kind for column 'a'.*Expected one of.*Received: 'picture'"),
        ({"z": "text"}, "names a column that is not there: 'z'"),
        ({"b": "numeric"}, "Column 'b' was said to be numeric, but hardly any cell is a number"),
    ],
)
def test_what_a_person_says_must_be_possible(given: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        describe(pd.DataFrame({"a": range(ROWS), "b": WORDS}), given=given)


def test_pictures_in_cells(picture: Callable[..., bytes]) -> None:
    from PIL import Image

    assert kind_of([picture((i, 0, 0)) for i in range(10)]).kind == "image"
    assert kind_of([*[picture((i, 0, 0), kind="JPEG") for i in range(10)], None]).kind == "image"
    assert kind_of([np.zeros((8, 8, 3), np.uint8)] * 10).kind == "image"
    assert kind_of([Image.new("RGB", (4, 4))] * 10).kind == "image"


def test_paths_of_pictures_are_looked_for(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    names = [f"images/{i}.png" for i in range(10)]
    with pytest.raises(
        DataError, match=r"Column 'x' names pictures, but none of 10 tried is there.*base=.*drop="
    ):
        kind_of(names, base=tmp_path)
    inside = tmp_path / "unpacked" / "images"
    inside.mkdir(parents=True)
    for i in range(10):
        (inside / f"{i}.png").write_bytes(picture((i, 0, 0)))
    assert kind_of(names, base=tmp_path).kind == "image"
    assert kind_of([str(inside / f"{i}.png") for i in range(10)], base=tmp_path).kind == "image"


def test_paths_into_a_zip_archive_are_found(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for i in range(5):
            archive.writestr(f"images/{i}.png", picture((i, 0, 0)))
    assert kind_of([f"images/{i}.png" for i in range(5)], base=tmp_path).kind == "image"
