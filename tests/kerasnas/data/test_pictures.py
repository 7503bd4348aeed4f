from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kerasnas.data.adapters.base import Rows
from kerasnas.data.adapters.pixels import Pixels
from kerasnas.data.files import Reader, is_address
from kerasnas.data.pictures import PICTURES, decoded, to_array
from kerasnas.errors import DataError


def rows_of(*cells: object, base: Path | None = None) -> Rows:
    column = pd.Series(np.empty(len(cells), dtype=object))
    column[:] = cells
    return Rows(pd.DataFrame({"p": column}), base)


def test_names_of_pictures() -> None:
    assert PICTURES.names("a/b.JPG")
    assert PICTURES.names("https://x.org/a.png?size=3")
    assert not PICTURES.names("a.txt")
    assert is_address("https://x.org")
    assert not is_address("images/3.png")


def test_every_kind_of_picture_becomes_the_same_array(picture: Callable[..., bytes]) -> None:
    red = np.full((4, 6, 3), (200, 30, 30), np.uint8)
    for raw in (
        picture(size=(6, 4)),
        picture(size=(12, 8)),
        picture((200, 30, 30, 255), (6, 4), "RGBA"),
        red,
        red / 255,
        np.moveaxis(red, -1, 0),
        Image.fromarray(red),
    ):
        assert np.abs(to_array(raw, (4, 6), 3).astype(int) - red).max() <= 1
    assert to_array(picture(77, mode="L"), (4, 6), 1).tolist() == np.full((4, 6, 1), 77).tolist()
    assert to_array(np.zeros((5, 5, 1)), (4, 6), 1).shape == (4, 6, 1)


def test_transparency_is_white_and_wide_numbers_are_stretched(picture: Callable[..., bytes]) -> None:
    assert to_array(picture((0, 0, 0, 0), mode="RGBA"), (4, 4), 3).min() == 255
    deep = Image.fromarray(np.full((4, 4), 65535, np.uint16))
    assert to_array(deep, (4, 4), 1).max() == 255


def test_a_picture_is_turned_upright() -> None:
    array = np.zeros((4, 8, 3), np.uint8)
    array[:, :4] = 255
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[274] = 3  # upside down
    Image.fromarray(array).save(buffer, "PNG", exif=exif)
    assert to_array(buffer.getvalue(), (4, 8), 3)[0, 0, 0] == 0


def test_the_size_is_the_data_s_own_up_to_a_bound(picture: Callable[..., bytes]) -> None:
    assert Pixels.fit(rows_of(picture(size=(60, 80))), "p", "v").view.shape == (80, 60, 3)
    assert Pixels.fit(rows_of(picture(size=(500, 250))), "p", "v").view.shape == (48, 96, 3)
    assert Pixels.fit(rows_of(picture(9, (28, 28), "L")), "p", "v").view.shape == (28, 28, 1)
    assert Pixels.fit(rows_of(picture((9, 9, 9), (28, 28))), "p", "v").view.shape == (28, 28, 1)
    assert Pixels.fit(rows_of(picture()), "p", "v", (32, 40)).view.shape == (32, 40, 3)
    assert Pixels.fit(rows_of(picture()), "p", "v", (32, 40, 1)).view.shape == (32, 40, 1)
    with pytest.raises(DataError, match=r"`image_size`. Expected .*Received: \(32,\)"):
        Pixels.fit(rows_of(picture()), "p", "v", (32,))


def test_missing_pictures_are_black_and_broken_ones_are_counted(
    picture: Callable[..., bytes], caplog: pytest.LogCaptureFixture
) -> None:
    rows = rows_of(picture(), None, np.nan, "", picture()[:40], picture(), picture())
    adapter = Pixels.fit(rows, "p", "v")
    with caplog.at_level(logging.WARNING, "kerasnas"):
        found = adapter.transform(rows)
    assert [bool(one.any()) for one in found] == [True, False, False, False, False, True, True]
    assert "1 of 4 pictures in column 'p' cannot be read: row 4" in caplog.text


def test_most_pictures_broken_is_an_error(picture: Callable[..., bytes]) -> None:
    adapter = Pixels.fit(rows_of(picture()), "p", "v")
    with pytest.raises(DataError, match=r"2 of 3 pictures in column 'p' cannot be read: a.png"):
        adapter.transform(rows_of("a.png", "b.png", picture()))
    with pytest.raises(DataError, match="No picture in column 'p' can be read"):
        Pixels.fit(rows_of(None, b"\x89PNG\r\n\x1a\nbroken"), "p", "v")


def test_a_decompression_bomb_is_a_broken_picture(
    monkeypatch: pytest.MonkeyPatch, picture: Callable[..., bytes]
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    reader = Reader([picture(size=(50, 50))], None, PICTURES)
    assert not next(decoded(reader, (4, 4), 3)).any()
    assert "DecompressionBombError" in reader.problems.unreadable[0]


def test_paths_from_a_folder_and_from_an_archive(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "here").mkdir()
    with zipfile.ZipFile(tmp_path / "here" / "data.zip", "w") as archive:
        archive.writestr("images/b.png", picture())
    assert next(decoded(Reader(["a.png"], tmp_path, PICTURES), (4, 4), 3)).any()
    assert next(decoded(Reader([Path("a.png")], tmp_path, PICTURES), (4, 4), 3)).any()
    assert next(decoded(Reader([str(tmp_path / "a.png")], None, PICTURES), (4, 4), 3)).any()
    assert next(decoded(Reader([b"a.png"], tmp_path, PICTURES), (4, 4), 3)).any()
    assert next(decoded(Reader(["images/b.png"], tmp_path / "here", PICTURES), (4, 4), 3)).any()
