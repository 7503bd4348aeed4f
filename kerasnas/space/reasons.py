"""Why a space offers what it offers: said where a choice is declared, read where the space is described."""

from __future__ import annotations

import copy
from typing import TypeVar

from .decision import Choice, FloatRange, IntRange, Optional
from .trace import Trace

D = TypeVar("D", Choice, IntRange, FloatRange, Optional)


def because(declared: D, reason: str) -> D:
    """A declaration with the reason for its bounds, which ``space.reasons`` then holds under the decision's path.

    ``residual.using(width=because(Choice(16, 24), "1,200 rows: wider ones overfit"))``

    Args:
        declared: A Choice, IntRange, FloatRange or Optional.
        reason: A short sentence.

    Returns:
        An equal declaration that carries the reason.
    """
    told = copy.copy(declared)
    object.__setattr__(told, "reason", reason)  # ranges are frozen
    return told


def note(path: str, reason: str) -> None:
    """Keep a reason that belongs to no decision: why something is fixed, or is not offered at all.

    Args:
        path: What it is about, by the names of the space, e.g. ``"image/residual/downscale"``.
        reason: A short sentence.

    Raises:
        SpaceError: If no trace is running.
    """
    Trace.current("note").reasons[path] = reason
