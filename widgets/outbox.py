"""What is still to be told to the page: parts that changed, packed into messages that are small enough."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

MOST_BYTES = 60_000  # of JSON a message; with the comm's own envelope it stays below 64 KB
ORDER = ("head", "best", "budget", "top", "failure", "code", "board", "progress", "learning")


class Outbox:
    """Keeps the newest value of every part and hands out what the page does not have yet.

    Messages are ``{"revision", "base", "parts"}``: ``base`` is the revision before, or None after
    ``restart``; a page that sees another base than the revision it holds has missed something
    and asks for a restart.

    Threads: safe; a handler may restart while the poller packs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._dirty: set[str] = set()
        self._revision = 0
        self._anew = True

    def put(self, parts: Mapping[str, Any]) -> None:
        """Take new values; what equals the value before is not sent again.

        Raises:
            ValueError: If one part alone is larger than a message may be.
        """
        with self._lock:
            for name, value in parts.items():
                text = json.dumps(value, allow_nan=False, ensure_ascii=False)
                size = len(text.encode())
                if size > MOST_BYTES:
                    raise ValueError(
                        f"Part '{name}' has {size:,} bytes; at most {MOST_BYTES:,} fit a message."
                    )
                if self._texts.get(name) != text:
                    self._parts[name], self._texts[name] = value, text
                    self._dirty.add(name)

    def restart(self) -> None:
        """Send everything again, beginning with a message that needs no predecessor."""
        with self._lock:
            self._dirty = set(self._parts)
            self._anew = True

    @property
    def pending(self) -> bool:
        """Whether there is something to send."""
        with self._lock:
            return bool(self._dirty)

    def next(self, *, beat: bool = False) -> dict[str, Any] | None:
        """The next message: as many changed parts as fit, the most urgent first.

        Args:
            beat: Give a message even when nothing changed, so that the page knows that somebody is there.

        Returns:
            A message, or None when there is nothing to say.
        """
        with self._lock:
            if not self._dirty and not beat:
                return None
            taken: dict[str, Any] = {}
            room = MOST_BYTES
            rank = {name: place for place, name in enumerate(ORDER)}
            for name in sorted(self._dirty, key=lambda part: (rank.get(part, len(ORDER)), part)):
                size = len(self._texts[name].encode()) + len(name) + 4
                if size <= room or not taken:
                    taken[name] = self._parts[name]
                    room -= size
            self._dirty -= set(taken)
            base = None if self._anew else self._revision
            self._revision += 1
            self._anew = False
            return {"revision": self._revision, "base": base, "parts": taken}
