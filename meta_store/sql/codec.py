"""JSON columns, packed curves and identities."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from array import array
from collections.abc import Mapping, Sequence
from typing import Any


def dump(value: Any) -> str:
    """Any JSON value as text; NaN and infinities are kept, as ``NaN`` and ``Infinity``."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def load(text: str | None) -> Any:
    """The inverse of ``dump``; None for None."""
    return None if text is None else json.loads(text)


def config_id(space_id: str, genotype: Mapping[str, Any]) -> str:
    """Identity of a candidate in a space: SHA-256 of the space's id and the canonical genotype."""
    return hashlib.sha256(f"{space_id}\n{dump(dict(genotype))}".encode()).hexdigest()


def new_id() -> str:
    """A new search's name: sortable by second, short enough to type."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"


def pack(points: Sequence[Mapping[str, Any]]) -> tuple[str | None, bytes | None]:
    """Epochs as names and one block of 32-bit floats, row by row."""
    if not points:
        return None, None
    names = list(dict.fromkeys(k for p in points for k in p))
    numbers = array("f", (_number(p.get(n)) for p in points for n in names))
    return dump(names), numbers.tobytes()


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def unpack(names: str | None, block: bytes | None) -> tuple[dict[str, Any], ...]:
    """The inverse of ``pack``, to single precision."""
    if names is None or block is None:
        return ()
    columns = json.loads(names)
    numbers = array("f")
    numbers.frombytes(block)
    width = len(columns)
    rows = []
    for start in range(0, len(numbers), width):
        row: dict[str, Any] = dict(zip(columns, numbers[start : start + width], strict=True))
        row["epoch"] = int(row["epoch"])
        rows.append(row)
    return tuple(rows)
