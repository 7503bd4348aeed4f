"""What became of frozen features: taken from the cache, or computed and kept there. Written beside the views, read by whoever shows a search."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from . import cache

FILE = "features.json"

log = logging.getLogger("kerasnas.data")


@dataclass(frozen=True)
class Note:
    """Where the features of a view come from.

    Attributes:
        view: Its name.
        encoder: The name of its encoder.
        rows: How many it has.
        state: "cached", "computing" or "computed".
        seconds: That computing took; 0 otherwise.
    """

    view: str
    encoder: str
    rows: int
    state: str
    seconds: float = 0.0

    def __str__(self) -> str:
        said = {
            "cached": f"from the cache ({self.rows:,} rows)",
            "computing": f"being computed ({self.rows:,} rows)",
            "computed": f"computed in {self.seconds:.1f} s ({self.rows:,} rows), kept for the next search",
        }[self.state]
        return f"{self.view.removesuffix('_encoder')}/{self.encoder} features: {said}"


Tell = Callable[[Note], None]


def tell(note: Note) -> None:
    """Say it in the log."""
    log.info("%s", note)


def teller(folder: Path) -> Tell:
    """Says it in the log, and keeps it in a spool folder."""

    def told(note: Note) -> None:
        tell(note)
        known = {each.view: each for each in read(folder)}
        cache.write_json(folder / FILE, [asdict(each) for each in {**known, note.view: note}.values()])

    return told


def read(folder: Path) -> list[Note]:
    """What is kept in a spool folder; none where no features were asked for yet."""
    try:
        return [Note(**each) for each in json.loads((folder / FILE).read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
