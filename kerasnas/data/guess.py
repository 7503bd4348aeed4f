"""The rules that guess what a column holds from its cells; each gives its reason."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from . import lists, values
from .files import is_address
from .media import MEDIA

# cells looked at where a rule reads words
SAMPLE = 2000
# share of the cells that must agree before a column of words is read as numbers, dates or pictures
AGREE = 0.9
# whole numbers with so few values are read as codes too: months, hours, ranks
MOST_CODES = 32
ROWS_A_CODE = 20
# from so many rows on, values that all differ are an identifier and not chance
ROWS_FOR_IDENTIFIER = 20

IDENTIFIER = "an identifier"  # how the reasons of such columns begin

# a name that says identifier; the loose ones count only where every value differs
_ID_NAME = re.compile(r"(^|[\s_.\-])(id|ids|uuid|guid|pk|rowid|sku|isbn)$|^unnamed: ?\d+$", re.I)
_CAMEL_ID = re.compile(r"[a-z](Id|ID|Uuid|UUID)$")
_LOOSE_ID_NAME = re.compile(
    r"(^|[\s_.\-])(key|index|idx|row_?number|row|serial|no|nr|number)$|[a-z](Key|Index|No|Nr)$"
)
_UUID = re.compile(r"^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$|^[0-9a-f]{16,64}$", re.I)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_WORD = re.compile(r"\w+")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class Guess:
    """A kind with its reason and how the cells are read."""

    kind: str
    reason: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """What the rules look at.

    Attributes:
        name: Of the column.
        filled: The cells that hold something.
        rows: All rows, the empty ones too.
        distinct: Different values.
        sample: Some cells, as they are.
        words: Those as text without outer white space.
    """

    name: str
    filled: pd.Series
    rows: int
    distinct: int
    sample: list[Any]
    words: list[str]

    @property
    def share(self) -> float:
        """Distinct values a filled cell, 0 to 1."""
        return self.distinct / max(len(self.filled), 1)

    @property
    def named_id(self) -> bool:
        """Whether the column's name says identifier."""
        return bool(_ID_NAME.search(self.name.strip()) or _CAMEL_ID.search(self.name.strip()))

    @property
    def perhaps_id(self) -> bool:
        """Whether the name says identifier where all values differ."""
        return self.named_id or bool(_LOOSE_ID_NAME.search(self.name.strip()))


def by_values(name: str, filled: pd.Series, rows: int, distinct: int) -> Guess:
    """The kind of a column.

    Args:
        name: Of the column.
        filled: Its cells that hold something.
        rows: How many rows there are, the empty cells included.
        distinct: Different values in ``filled``.
    """
    step = max(1, len(filled) // SAMPLE)
    sample = list(values.cells(filled.iloc[::step].head(SAMPLE)))
    evidence = Evidence(name, filled, rows, distinct, sample, [values.text(cell).strip() for cell in sample])
    for rule in RULES:
        found = rule(evidence)
        if found is not None:
            return found
    return _category(evidence)


def _nothing(seen: Evidence) -> Guess | None:
    if not len(seen.filled):
        return Guess("dropped", "every cell is empty")
    return None


def _files(seen: Evidence) -> Guess | None:
    """Pictures or sounds, or the paths of some."""
    for medium in MEDIA:
        held = sum(medium.holds(cell) for cell in seen.sample)
        if held >= AGREE * len(seen.sample):
            return Guess(medium.kind, f"the cells are {medium.word}s")
        if not _are_words(seen):
            continue
        named = sum(medium.names(word) for word in seen.words)
        if named < AGREE * len(seen.words):
            continue
        if sum(map(is_address, seen.words)) * 2 > len(seen.words):
            return Guess(
                "dropped", f"addresses of {medium.word}s elsewhere: download them, and give paths or bytes"
            )
        return Guess(medium.kind, f"the cells name {medium.word} files, such as {seen.words[0]!r}")
    return None


def _structure(seen: Evidence) -> Guess | None:
    """Cells that are lists, dicts or raw bytes."""
    if getattr(seen.filled.dtype, "kind", "O") == "c":
        return Guess("dropped", "complex numbers: give real and imaginary parts as columns")
    if any(isinstance(cell, dict) for cell in seen.sample):
        return Guess("dropped", "the cells are dictionaries: spread them over columns")
    listed = [cell for cell in seen.sample if isinstance(cell, list | tuple | set | frozenset | np.ndarray)]
    if 2 * len(listed) <= len(seen.sample):
        raw = [cell for cell in seen.sample if isinstance(cell, bytes | bytearray)]
        if raw and sum(b"\x00" in bytes(cell) for cell in raw) * 2 > len(seen.sample):
            return Guess("dropped", "bytes that are neither pictures nor text")
        return None
    if seen.distinct < 2:
        return None
    for kind, found in (("tags", lists.as_tags(seen.sample)), ("series", lists.as_series(seen.sample))):
        if found is not None:
            return Guess(kind, found[1], found[0])
    if all(isinstance(part, str) for cell in listed for part in list(cell)[:5]):
        return Guess("text", "lists of words, read as text")
    return Guess("dropped", "the cells are lists of several things: spread them over columns")


def _constant(seen: Evidence) -> Guess | None:
    if seen.distinct > 1:
        return None
    if len(seen.filled) < seen.rows:
        return Guess("categorical", "one value or empty: whether it is filled may tell something")
    return Guess("dropped", f"every row has the same value, {seen.words[0][:40]!r}")


def _date(seen: Evidence) -> Guess | None:
    kind = getattr(seen.filled.dtype, "kind", "O")
    if kind == "M" or isinstance(seen.filled.dtype, pd.PeriodDtype):
        return Guess(
            "numeric", "dates, read as time, year, month, weekday and hour", {"date": {"day_first": False}}
        )
    as_objects = all(isinstance(cell, datetime.date | np.datetime64) for cell in seen.sample)
    settings = date_settings(seen.words) if _are_words(seen) or as_objects else None
    if settings is None:
        return None
    return Guess(
        "numeric", f"dates, such as {seen.words[0]!r}, read as time, year, month, weekday and hour", settings
    )


def date_settings(words: list[str]) -> dict[str, Any] | None:
    """How to read a column of words as dates; None where it holds none."""
    if not words or sum(map(values.looks_like_date, words)) < AGREE * len(words):
        return None
    sample = pd.Series(words, dtype=object)
    read = {first: int(np.sum(~np.asarray(values.dates(sample, first).isna()))) for first in (False, True)}
    if max(read.values()) < AGREE * len(words):
        return None
    # a column is read with the day first as soon as one cell, "14/08/2005", cannot be read otherwise
    day_first = any(
        (m := re.match(r"^(\d{1,2})[-/. ]\d{1,2}[-/. ]\d{2,4}", word)) and int(m[1]) > 12 for word in words
    )
    return {"date": {"day_first": day_first}}


def _declared(seen: Evidence) -> Guess | None:
    if isinstance(seen.filled.dtype, pd.CategoricalDtype):
        return Guess("categorical", f"declared as a category, {seen.distinct:,} values")
    return None


def _boolean(seen: Evidence) -> Guess | None:
    if seen.distinct == 2 and (
        seen.filled.dtype == bool or all(isinstance(c, bool | np.bool_) for c in seen.sample)
    ):
        return Guess("categorical", "true or false")
    return None


def _number(seen: Evidence) -> Guess | None:
    settings = reading_of_numbers(seen.filled, seen.words)
    if settings is None or "date" in settings:
        return None
    numbers = values.numbers(seen.filled, settings.get("decimal", "."))
    finite = numbers[np.isfinite(numbers)]
    lost = len(numbers) - len(finite)
    distinct = len(np.unique(finite))
    whole = bool((finite == np.floor(finite)).all())
    written = "numbers written as text" if _are_words(seen) else "numbers"
    odd = f"; {lost:,} cells are no numbers and count as missing" if lost else ""
    if distinct < 2:
        return Guess("categorical", f"one number, and {lost:,} cells that are none") if lost else None
    if _are_words(seen) and _digit_codes(seen.words):
        return None
    identifier = _number_identifier(seen, finite, distinct, whole)
    if identifier is not None:
        return identifier
    if distinct == 2:
        return Guess("categorical", "two values")
    if whole and seen.named_id:
        return Guess(
            "categorical",
            f"an identifier by its name that repeats ({distinct:,} values): a code, not a quantity",
        )
    if whole and distinct <= MOST_CODES and len(finite) >= ROWS_A_CODE * distinct:
        return Guess(
            "numeric",
            f"whole {written}, {distinct} values: read as a number and as a code{odd}",
            {**settings, "codes": True},
        )
    return Guess("numeric", f"{'whole ' if whole else ''}{written}, {distinct:,} values{odd}", settings)


def _number_identifier(seen: Evidence, finite: np.ndarray, distinct: int, whole: bool) -> Guess | None:
    if not whole or distinct < len(finite) or len(finite) < ROWS_FOR_IDENTIFIER:
        return None
    if finite.max() - finite.min() + 1 == distinct:
        return Guess("dropped", f"{IDENTIFIER}: whole numbers without a gap, another one in every row")
    if seen.perhaps_id:
        return Guess("dropped", "an identifier by its name: another number in every row")
    return None


def reading_of_numbers(filled: pd.Series, words: list[str] | None = None) -> dict[str, Any] | None:
    """How to read a column as numbers or dates; None where its cells are neither."""
    kind = getattr(filled.dtype, "kind", "O")
    if kind == "M" or isinstance(filled.dtype, pd.PeriodDtype):
        return {"date": {"day_first": False}}
    if kind in "iufbm" and not isinstance(filled.dtype, pd.CategoricalDtype):
        return {}
    if kind == "c":
        return None
    if words is None:
        words = [values.text(cell).strip() for cell in values.cells(filled.head(SAMPLE))]
    told = [word for word in words if word.lower() not in values.PLACEHOLDERS]
    if not told:
        return None
    dotted, comma = (sum(np.isfinite(values.number(word, mark)) for word in told) for mark in (".", ","))
    if max(dotted, comma) >= AGREE * len(told):
        return {"decimal": ","} if comma > dotted else {}
    return date_settings(words)


def _digit_codes(words: list[str]) -> bool:
    """Postal codes, telephone numbers: "00123" is not the number 123, nor "+49 30 1234" a large one."""
    zeros = [word for word in words if word.isdigit()]
    if len(zeros) >= AGREE * len(words) and any(len(word) > 1 and word[0] == "0" for word in zeros):
        return True
    return all(re.match(r"^(\+|00)\d", word) for word in words)


def _are_words(seen: Evidence) -> bool:
    kinds = (str, bytes, bytearray)
    return sum(isinstance(cell, kinds) or hasattr(cell, "__fspath__") for cell in seen.sample) * 2 > len(
        seen.sample
    )


def _word_identifier(seen: Evidence) -> Guess | None:
    """Words that differ in (nearly) every row and have the shape of keys."""
    if not _are_words(seen) or seen.share < 0.95 or len(seen.filled) < ROWS_FOR_IDENTIFIER:
        return None
    if sum(bool(_EMAIL.match(word)) for word in seen.words) >= AGREE * len(seen.words):
        return Guess("dropped", "e-mail addresses, another one in nearly every row")
    if sum(bool(_UUID.match(word)) for word in seen.words) >= AGREE * len(seen.words):
        return Guess("dropped", "an identifier: a key in every row")
    if any(len(word.split()) > 2 for word in seen.words):
        return None
    if seen.perhaps_id:
        return Guess("dropped", "an identifier by its name: another value in nearly every row")
    shapes = {re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "a", word)) for word in seen.words}
    numbered = sum(any(c.isdigit() for c in word) for word in seen.words)
    if numbered >= AGREE * len(seen.words) and len(shapes) <= max(3, 0.02 * len(seen.words)):
        return Guess(
            "dropped",
            f"an identifier: codes of one shape, such as {seen.words[0]!r}, another one in nearly every row",
        )
    return None


def _several(seen: Evidence) -> Guess | None:
    """Texts that are lists: of numbers, or of tags."""
    if not _are_words(seen):
        return None
    for kind, found in (("series", lists.as_series(seen.sample)), ("tags", lists.as_tags(seen.sample))):
        if found is not None:
            return Guess(kind, found[1], found[0])
    return None


def _text(seen: Evidence) -> Guess | None:
    if not _are_words(seen):
        return None
    words = float(np.mean([len(_WORD.findall(word)) for word in seen.words]))
    length = float(np.mean([len(word) for word in seen.words]))
    unspaced = sum(bool(_NO_SPACES.search(word)) for word in seen.words) * 2 > len(seen.words)
    letters = float(np.mean([sum(c.isalpha() for c in word) / len(word) for word in seen.words]))
    share, many = seen.share, seen.distinct > 20 or seen.share >= 0.8
    prose = (
        (words >= 10 and (share >= 0.02 or length >= 100) and seen.distinct > 5)
        or (words >= 4 and share >= 0.1 and many and letters >= 0.3)
        or (words >= 1.8 and share >= 0.4 and many and letters >= 0.3)
        or (unspaced and length >= 6 and share >= 0.2 and many)
    )
    tags = sum(len(re.split(r"\s*[;|,]\s*", word)) > 1 for word in seen.words) * 2 > len(seen.words)
    if tags and seen.distinct > 50 and not prose:
        return Guess("text", f"lists of words in one cell, such as {seen.words[0][:40]!r}")
    if prose:
        much = f"about {words:.0f} words" if words >= 1.5 else f"about {length:.0f} characters"
        return Guess("text", f"{much} a cell, {share:.0%} of them different")
    if share >= 0.6 and seen.distinct > 50 and length >= 3 and letters >= 0.6:
        return Guess("text", f"single words, {share:.0%} of them different: read by their letters")
    return None


def _category(seen: Evidence) -> Guess:
    if seen.share >= 0.95 and len(seen.filled) >= ROWS_FOR_IDENTIFIER:
        return Guess("dropped", f"a code of its own in nearly every row, such as {seen.words[0][:40]!r}")
    return Guess("categorical", f"{seen.distinct:,} values{' that repeat' if seen.share < 0.9 else ''}")


RULES: tuple[Callable[[Evidence], Guess | None], ...] = (
    _nothing, _files, _structure, _constant, _declared, _date, _boolean, _number, _several, _word_identifier, _text,
)  # fmt: skip
