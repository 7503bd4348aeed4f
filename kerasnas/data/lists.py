"""Cells that hold several values: tags of a set, or numbers in a row."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from .values import is_null, text

AGREE = 0.9  # share of the cells that must be of one form
SEPARATORS = (";", "|", ",")
MOST_TAGS = 500  # different tags beyond which they are words
USES = 3  # how often a tag occurs at least, on average, in cells that are lists
USES_IN_TEXT = 5  # the same in cells of text, which may as well be prose
MOST_WORDS = 3  # a tag has on average, at most
FEWEST_BARE = 8  # numbers of a text without brackets before it is a series, and not a telephone number

_LISTED = (list, tuple, set, frozenset, np.ndarray)
_BRACKETS = re.compile(r"^\s*[\[({](.*)[\])}]\s*$", re.S)
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|nan|null|none"
_NUMBERS = re.compile(rf"(?:{_NUMBER})(?:[,;\s]+(?:{_NUMBER}))*[,;\s]*", re.I)
_EACH = re.compile(_NUMBER, re.I)


def is_list(cell: Any) -> bool:
    """Whether a cell is a list, a set or an array of one axis."""
    return isinstance(cell, _LISTED) and getattr(cell, "ndim", 1) == 1


def tags(cell: Any, separator: str = ";") -> list[str]:
    """The tags of a cell, each once, without outer white space; none where it is empty.

    Args:
        cell: A list or set, or a text: ``"a;b"``, ``"['a', 'b']"``.
        separator: Between the tags of a text without brackets.
    """
    if is_list(cell):
        parts = [text(part) for part in cell if not is_null(part)]
    elif is_null(cell):
        return []
    else:
        word = text(cell)
        inside = _BRACKETS.match(word)
        parts = _bracketed(word, inside[1]) if inside else word.split(separator)
    return list(dict.fromkeys(part for part in (part.strip() for part in parts) if part))


def _bracketed(word: str, inside: str) -> list[str]:
    try:
        found = json.loads(word)
    except ValueError:
        found = None
    if isinstance(found, list):
        return [text(part) for part in found if not is_null(part)]
    return [part.strip().strip("'\"") for part in inside.split(",")]


def series(cell: Any) -> np.ndarray | None:
    """The numbers of a cell as float64 ``(n,)``, NaN where one is missing; None where it holds none.

    Args:
        cell: A list or an array of one axis, or a text: ``"[1, 2.5, 3]"``, ``"1 2.5 3"``.
    """
    if isinstance(cell, str):
        word = cell.strip()
        word = word[1:-1].strip() if word[:1] in ("[", "(") and word[-1:] in ("]", ")") else word
        if not any(map(str.isdigit, word)) or not _NUMBERS.fullmatch(word):
            return None
        words = _EACH.findall(word)
        return np.array([float(word) if word[-1] in ".0123456789" else np.nan for word in words])
    if not is_list(cell) or isinstance(cell, set | frozenset) or not len(cell):
        return None
    if isinstance(cell, np.ndarray) and cell.dtype.kind in "iufb":
        numbers = cell.astype(np.float64)
    else:
        try:
            numbers = np.array(
                [np.nan if is_null(part) else _number(part) for part in cell], dtype=np.float64
            )
        except (TypeError, ValueError, OverflowError):
            return None
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _number(part: Any) -> float:
    if isinstance(part, str | bytes):
        raise TypeError
    return float(part)


def separator_of(words: Sequence[str]) -> str:
    """What stands between the tags in most of some texts; ";" where nothing does."""
    counts = {mark: sum(mark in word for word in words) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: counts[mark])


def as_tags(cells: Sequence[Any]) -> tuple[dict[str, Any], str] | None:
    """Settings and reason to read cells as sets of tags; None where they are none.

    A tag occurs again and again, and not twice in one cell.
    """
    listed = sum(map(is_list, cells)) >= AGREE * len(cells)
    words = [] if listed else [text(cell) for cell in cells]
    mark = separator_of(words)
    bracketed = not listed and sum(bool(_BRACKETS.match(word)) for word in words) >= AGREE * len(words)
    if not listed and not bracketed and sum(mark in word for word in words) * 2 <= len(words):
        return None
    if listed and not all(
        isinstance(part, str | bytes | int | np.integer) for cell in cells for part in list(cell)
    ):
        return None
    found = [tags(cell, mark) for cell in cells]
    counts = Counter(tag for one in found for tag in one)
    if not 1 < len(counts) <= MOST_TAGS:
        return None
    uses = USES if listed else USES_IN_TEXT
    if sum(counts.values()) < uses * len(counts) or max(map(len, found)) < 2:
        return None
    if sum(len(tag.split()) for tag in counts) > MOST_WORDS * len(counts):
        return None
    if sum(len(one) == _raw_length(cell, mark) for one, cell in zip(found, cells, strict=True)) < AGREE * len(
        cells
    ):
        return None
    if not listed and len({tuple(one) for one in found}) <= 20:  # few combinations: a category
        return None
    example = ", ".join(next(one for one in found if len(one) > 1)[:3])
    settings = {} if listed or bracketed else {"separator": mark}
    return settings, f"lists of tags, {len(counts):,} different ones, such as {example!r}"


def _raw_length(cell: Any, mark: str) -> int:
    """How many parts a cell has, repeated ones too."""
    if is_list(cell):
        return len(cell)
    word = text(cell)
    inside = _BRACKETS.match(word)
    parts = _bracketed(word, inside[1]) if inside else word.split(mark)
    return sum(bool(part.strip()) for part in parts)


def as_series(cells: Sequence[Any]) -> tuple[dict[str, Any], str] | None:
    """Settings and reason to read cells as numbers in a row; None where they are none."""
    found = [one for one in map(series, cells) if one is not None]
    if len(found) < AGREE * len(cells) or not found:
        return None
    lengths = [len(one) for one in found]
    bare = any(isinstance(cell, str) and not _BRACKETS.match(cell) for cell in cells)
    if bare and min(lengths) < FEWEST_BARE:
        return None
    if max(lengths) < 2:
        return None
    short, long = min(lengths), max(lengths)
    return {}, f"lists of {long:,} numbers" if short == long else f"lists of {short:,} to {long:,} numbers"
