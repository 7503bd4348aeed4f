"""Pictures: recognising them, and decoding them to arrays of one size."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .files import Medium, Reader

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
# decoders that read the bytes themselves; Pillow has others, which start programs (EPS) or rarely see a test
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM")
MOST_PIXELS = 2**26
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"P5", b"P6")


def is_picture(cell: Any) -> bool:
    """Whether a cell is a picture: encoded bytes, an array (height, width[, channels]), or a PIL image."""
    if isinstance(cell, bytes | bytearray | memoryview):
        head = bytes(cell[:16])
        return head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    if isinstance(cell, np.ndarray):
        return cell.ndim in (2, 3) and min(cell.shape[:2]) > 1 and cell.dtype.kind in "uif"
    return hasattr(cell, "convert") and hasattr(cell, "getbands")


PICTURES = Medium("image", "picture", SUFFIXES, is_picture)


def decoded(reader: Reader, size: tuple[int, int], channels: int) -> Iterator[np.ndarray]:
    """All pictures of a column in turn, uint8 ``(height, width, channels)``; zeros where there is none."""
    for index in range(len(reader.cells)):
        found = reader.tried(index, lambda raw: to_array(raw, size, channels))
        yield np.zeros((*size, channels), np.uint8) if found is None else found


def to_image(raw: Any, size: tuple[int, int] | None = None) -> Any:
    """A PIL image of mode L or RGB, upright, transparency laid on white.

    Args:
        raw: Encoded bytes, an array or a PIL image.
        size: (height, width) that is wanted in the end; lets JPEG skip detail that would be thrown away.
    """
    from PIL import Image, ImageOps

    if isinstance(raw, np.ndarray):
        _check_pixels(raw.shape[1], raw.shape[0])
        image = Image.fromarray(_bytes_of(raw))
    elif isinstance(raw, bytes | bytearray | memoryview):
        image = _opened(bytes(raw))
        if size is not None and image.format == "JPEG":
            image.draft("RGB" if image.mode not in ("L",) else "L", (2 * size[1], 2 * size[0]))
    elif is_picture(raw):
        image = raw
    else:
        raise ValueError(f"no picture but {type(raw).__name__}")
    _check_pixels(image.width, image.height)
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = Image.fromarray(_bytes_of(np.asarray(image, dtype=np.float32)))
    if image.mode in ("RGBA", "LA", "PA") or (image.mode == "P" and "transparency" in image.info):
        solid = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(solid, image.convert("RGBA")).convert("RGB")
    return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width:,} x {height:,} pixels; more than {MOST_PIXELS:,} are not decoded")


def _opened(raw: bytes) -> Any:
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ``to_image`` has a lower limit
        try:
            return Image.open(io.BytesIO(raw), formats=FORMATS)
        except UnidentifiedImageError:
            raise ValueError("no picture" if raw else "an empty file") from None


def _bytes_of(array: np.ndarray) -> np.ndarray:
    """Numbers as uint8: floats in 0..1 and wider ranges are stretched, uint8 stays."""
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 3 and array.shape[-1] not in (3, 4) and array.shape[0] in (1, 3, 4):
        array = np.moveaxis(array, 0, -1)
        array = array[..., 0] if array.shape[-1] == 1 else array
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    values = np.nan_to_num(array.astype(np.float32))
    top = float(values.max(initial=0.0))
    if top > 255:
        values = values * (255.0 / top)
    elif array.dtype.kind == "f" and top <= 1.0:
        values = values * 255.0
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def to_array(raw: Any, size: tuple[int, int], channels: int) -> np.ndarray:
    """A picture as uint8 ``(height, width, channels)``; channels is 1 (grey) or 3."""
    from PIL import Image

    image = to_image(raw, size)
    image = image.convert("L" if channels == 1 else "RGB")
    height, width = size
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    array = np.asarray(image, dtype=np.uint8)
    return array[..., None] if channels == 1 else array
