"""What the parts of the store share: the engine, a query, and a write under a lease."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records as r
from ..errors import LeaseLost, StoreError
from ..store import Store
from . import tables as t
from .engine import make_engine, reading, writing
from .migrate import migrate
from .trials import Remembered

T = TypeVar("T")


class Base(Store):
    """An open database.

    Args:
        where: Path of an SQLite file, or an SQLAlchemy address.
    """

    def __init__(self, where: str | Path) -> None:
        self.where = str(where)
        self._engine = make_engine(where)
        self._remembered = Remembered()
        try:
            migrate(self._engine, where)
        except sa.exc.DatabaseError as error:
            self._engine.dispose()
            raise StoreError(f"'{where}' cannot be opened as a store: {error.orig}.") from error

    def rescue(self, path: str | Path) -> None:
        """See ``Store``."""
        target = sqlite3.connect(str(path))
        try:
            source = self._engine.raw_connection()
            try:
                source.driver_connection.backup(target)  # type: ignore[union-attr]
            finally:
                source.close()
        except (sqlite3.Error, AttributeError) as error:
            raise StoreError(f"'{self.where}' could not be copied to {path}: {error}.") from error
        finally:
            target.close()

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()

    def _all(self, query: Any) -> list[Any]:
        return reading(self._engine, lambda c: list(c.execute(query).mappings().all()))

    def _one(self, query: Any) -> Any:
        return reading(self._engine, lambda c: c.execute(query).mappings().first())

    def _fenced(self, lease: r.Lease, work: Any, **changes: Any) -> Any:
        """One write of a runner: refused where its lease was lost."""

        def fenced(c: Connection) -> Any:
            changed = c.execute(
                sa.update(t.search).where(*held(lease)).values(revision=t.search.c.revision + 1, **changes)
            ).rowcount
            if not changed:
                raise lost(lease)
            return None if work is None else work(c)

        return writing(self._engine, fenced)


def held(lease: r.Lease) -> tuple[Any, ...]:
    """Where a lease is the present one."""
    return (
        t.search.c.id == lease.search_id,
        t.search.c.lease_fence == lease.fence,
        t.search.c.lease_owner == lease.owner,
    )


def lost(lease: r.Lease) -> LeaseLost:
    """What a runner hears that writes under an old lease."""
    return LeaseLost(
        f"The runner '{lease.owner}' no longer owns the search '{lease.search_id}' "
        f"(its number was {lease.fence}): it must stop."
    )
