"""The kinds of files that a column may hold."""

from __future__ import annotations

from typing import Any

from .files import Medium
from .pictures import PICTURES
from .sounds import SOUNDS

MEDIA: tuple[Medium, ...] = (PICTURES, SOUNDS)


def medium_of(cell: Any) -> Medium | None:
    """What a cell holds itself, not by its path; None where it holds none of them."""
    return next((medium for medium in MEDIA if medium.holds(cell)), None)


def medium_named(word: str) -> Medium | None:
    """What kind of file a text names; None where it names none."""
    return next((medium for medium in MEDIA if medium.names(word)), None)


def medium_of_kind(kind: str) -> Medium | None:
    """What a column of a kind holds; None where it holds no files."""
    return next((medium for medium in MEDIA if medium.kind == kind), None)
