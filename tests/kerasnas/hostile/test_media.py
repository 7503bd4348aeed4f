"""Pictures and sounds made to do harm: each is one unreadable file, said with its cause, and the row is still predicted."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from kerasnas.data.adapters.base import Rows
from kerasnas.data.adapters.mel import Mel
from kerasnas.data.adapters.pixels import Pixels
from kerasnas.errors import DataError


def picture(kind: str = "PNG", size: tuple[int, int] = (12, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, kind)
    return buffer.getvalue()


def sound(form: str = "WAV") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.sin(np.arange(4000) / 5).astype("float32"), 8000, format=form)
    return buffer.getvalue()


def png(width: int, height: int, *, data: bytes = b"\0" * 99, more: bytes = b"", colour: int = 2) -> bytes:
    """A PNG that says it has a size, whatever it holds."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    content = b"Comment\0\0" + zlib.compress(b"A" * (80 * 2**20), 9)
    return (
        struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    )


def tiff(width: int, height: int, *, loop: bool = False) -> bytes:
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (279, 4, 1, 10),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return (
        b"II*\0"
        + struct.pack("<I", 8)
        + struct.pack("<H", len(tags))
        + entries
        + struct.pack("<I", 8 if loop else 0)
    )


def bmp(width: int, height: int) -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        + b"\0" * 46
    )


def gif(width: int, height: int) -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02D\x01\x00;"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame


def jpeg_of(width: int, height: int) -> bytes:
    raw = bytearray(picture("JPEG"))
    place = raw.index(b"\xff\xc0")
    raw[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(raw)


PICTURES: dict[str, bytes] = {
    "PNG of 60,000 x 60,000": png(60_000, 60_000),
    "PNG of 2^31 x 2^31": png(2**31 - 1, 2**31 - 1),
    "PNG of 30,000 x 30,000, really": png(30_000, 30_000, data=b"\0" * (30_001 * 30_000 // 8), colour=0),
    "PNG of no size": png(0, 0),
    "PNG with 80 MiB of text in 80 KiB": png(12, 8, more=text_bomb()),
    "PNG whose data is no zlib": picture()[:40] + b"\xff" * 60,
    "PNG cut in its head": picture()[:20],
    "PNG cut in its data": picture()[:-40],
    "PNG with a wrong checksum": picture().replace(b"IHDR", b"IHDX"),
    "GIF of 65,535 x 65,535": gif(65_535, 65_535),
    "GIF cut": picture("GIF")[:15],
    "BMP of 100,000 x 100,000": bmp(100_000, 100_000),
    "BMP of negative width": bmp(-5, 5),
    "BMP without its pixels": bmp(500, 500),
    "TIFF of 2^31 x 2^31": tiff(2**31, 2**31),
    "TIFF whose directories are a loop": tiff(4000, 4000, loop=True),
    "TIFF cut": tiff(40, 40)[:30],
    "JPEG of 65,500 x 65,500": jpeg_of(65_500, 65_500),
    "JPEG cut in its head": picture("JPEG")[:60],
    "JPEG of nothing but its mark": b"\xff\xd8\xff",
    "WEBP cut": picture("WEBP")[:24],
    "WEBP of noise": b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(range(256)),
    "PPM of 999,999 x 999,999": b"P6 999999 999999 255\n" + b"\0" * 99,
    "PPM of words": b"P6 a b c\n",
    "PGM of a size of a million digits": b"P5 " + b"9" * 1_000_000 + b" 1 255\n",
    "EPS that starts a program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(%pipe%touch canary) (w) file\n",
    "PDF": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/Launch/F(touch canary)>>>>endobj\n",
    "SVG that reads a file": b'<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg">&e;</svg>',
    "PSD": b"8BPS\0\1" + b"\0" * 6 + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + b"\0" * 20,
    "FITS": b"SIMPLE  =                    T" + b" " * 2850,
    "ICO": picture("ICO") if "ICO" in Image.SAVE else b"\0\0\1\0",
    "a program": b"#!/bin/sh\ntouch canary\n",
    "a pickle": b"cos\nsystem\n(S'touch canary'\ntR.",
    "a zip": b"PK\x05\x06" + b"\0" * 18,
    "nothing": b"",
    "NUL bytes": b"\0" * 500,
}  # fmt: skip


def wav(
    rate: int, channels: int, *, bits: int = 16, form: int = 1, data: int = 400, said: int | None = None
) -> bytes:
    block = max(1, channels * bits // 8) % 65_536
    head = struct.pack("<HHIIHH", form, channels, rate, (rate * block) % 2**32, block, bits)
    return (
        b"RIFF\xff\xff\xff\x7fWAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", data if said is None else said)
        + b"\1" * data
    )


def flac(*, rate: int = 8000, total: int = 2**36 - 1) -> bytes:
    """A FLAC that says how long it is, and holds nothing."""
    info = (
        struct.pack(">HH", 4096, 4096)
        + b"\0" * 6
        + ((rate << 44) | (0 << 41) | (15 << 36) | total).to_bytes(8, "big")
        + b"\0" * 16
    )
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info


SOUNDS: dict[str, bytes] = {
    "WAV of four thousand million samples a second": wav(2**32 - 1, 1),
    "WAV of no samples a second": wav(0, 1),
    "WAV of no channels": wav(8000, 0),
    "WAV of 65,535 channels": wav(8000, 65_535, bits=8),
    "WAV without data": wav(8000, 1, data=0),
    "WAV of an unknown form": wav(8000, 1, form=0x7777),
    "WAV of 3-bit samples": wav(8000, 1, bits=3, form=3),
    "WAV cut in its head": sound()[:30],
    "WAV of NaN": (lambda raw: raw)(wav(8000, 1, bits=32, form=3, data=0, said=400) + struct.pack("<f", float("nan")) * 100),
    "WAV of nothing but its mark": b"RIFF\0\0\0\0WAVE",
    "FLAC of 2^36 samples": flac(),
    "FLAC of 655,350 samples a second": flac(rate=655_350),
    "FLAC cut": sound("FLAC")[:50],
    "OGG of noise": b"OggS" + bytes(range(256)) * 4,
    "OGG cut": sound("OGG")[:60],
    "MP3 of noise": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(range(256)),
    "AIFF of noise": b"FORM\xff\xff\xff\xffAIFFCOMM" + b"\xff" * 60,
    "AU of noise": b".snd" + b"\xff" * 60,
    "CAF of noise": b"caff" + b"\xff" * 60,
    "a program": b"#!/bin/sh\ntouch canary\n",
    "a picture": picture(),
    "nothing": b"",
    "NUL bytes": b"\0" * 500,
}  # fmt: skip


def column(*cells: Any) -> pd.DataFrame:
    out = np.empty(len(cells), dtype=object)
    for index, cell in enumerate(cells):
        out[index] = cell
    return pd.DataFrame({"c": out})


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    return Pixels.fit(Rows(column(*[picture()] * 5)), "c", "v")


@pytest.fixture(scope="module")
def mel() -> Mel:
    return Mel.fit(Rows(column(*[sound()] * 5)), "c", "v")


def held(
    adapter: Pixels | Mel, good: bytes, bad: bytes, ending: str, folder: Path, limit: Callable[[], Any]
) -> str:
    """Read bad content in a cell and in a file, beside good content; what is said of it."""
    (folder / f"bad{ending}").write_bytes(bad)
    rows = Rows(column(good, bad, f"bad{ending}", good), folder, "missing")
    with limit():
        seen = adapter.transform(rows)
    assert [bool(one.any()) for one in seen] == [True, False, False, True], rows.notes
    (said,) = rows.notes
    assert f"bad{ending}" in said
    assert "MemoryError" not in said
    assert "AssertionError" not in said
    with pytest.raises(DataError, match="in column 'c' cannot be read"):
        adapter.transform(Rows(rows.frame, folder, "error"))
    with pytest.raises(
        DataError, match="No (picture|sound) in column 'c' can be read; 3 training rows were tried"
    ):
        type(adapter).fit(Rows(column(*[f"bad{ending}"] * 3), folder), "c", "v")
    return said


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(name: str, pixels: Pixels, tmp_path: Path, canary: Path, bounded: Any) -> None:
    said = held(pixels, picture(), PICTURES[name], ".png", tmp_path, bounded)
    assert "cannot be read" in said
    if " of 60,000" in name or "99,999" in name or "really" in name or "100,000" in name or "65,5" in name:
        assert "pixels; more than 67,108,864 are not decoded" in said or "DecompressionBomb" in said
    if name in (
        "EPS that starts a program",
        "PDF",
        "SVG that reads a file",
        "a program",
        "a pickle",
        "PSD",
        "FITS",
        "ICO",
        "a zip",
    ):
        assert "no picture" in said


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds(name: str, mel: Mel, tmp_path: Path, canary: Path, bounded: Any) -> None:
    held(mel, sound(), SOUNDS[name], ".wav", tmp_path, bounded)


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/dev/zero", "no regular file"),
        ("/dev/stdin", "no regular file|No such"),
        ("/proc/self/mem", "Input/output error|Permission|no picture|an empty file"),
        ("../../../../../../etc/hostname", "no picture|No such file"),
        ("a\0b.png", "embedded null"),
        ("x" * 5000 + ".png", "File name too long"),
        ("loop.png", "Too many levels of symbolic links"),
        ("sparse.png", "more than 1,073,741,824 are not read into memory"),
        ("folder.png", "a folder"),
    ],
)
def test_paths(path: str, cause: str, pixels: Pixels, tmp_path: Path, canary: Path, bounded: Any) -> None:
    import re

    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "folder.png").mkdir()
    with (tmp_path / "sparse.png").open("wb") as file:
        file.truncate(2**34)
    rows = Rows(column(picture(), path), tmp_path, "missing")
    with bounded():
        seen = pixels.transform(rows)
    assert seen[0].any()
    assert not seen[1].any()
    assert re.search(cause, rows.notes[0]), rows.notes


def test_a_zip_whose_entry_is_a_bomb(pixels: Pixels, tmp_path: Path, bounded: Any) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("bomb.png", "w", force_zip64=True) as out:
            for _ in range(1100):
                out.write(b"\0" * 2**20)
        archive.writestr("good.png", picture())
        archive.writestr("../out.png", picture())
    rows = Rows(column("good.png", "bomb.png", "good.png"), tmp_path, "missing")
    with bounded():
        seen = pixels.transform(rows)
    assert [bool(one.any()) for one in seen] == [True, False, True]
    assert "are not read into memory" in rows.notes[0]
    assert not (tmp_path.parent / "out.png").exists()
