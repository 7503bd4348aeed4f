"""Connections: how SQLite is set up, how a transaction begins, how a busy one is tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from ..errors import StoreError, StoreGone

T = TypeVar("T")
BUSY_SECONDS = 10.0
TRIES = 6


def make_engine(where: str | Path, *, foreign_keys: bool = True) -> Engine:
    """An engine for a path or an address.

    Args:
        where: Path of an SQLite file, or an SQLAlchemy address.
        foreign_keys: Whether SQLite enforces them. A migration that rebuilds a table must not: dropping the old
            one would delete what refers to it.

    Raises:
        StoreError: If the folder does not exist and cannot be made, or SQLite refuses write-ahead logging.
    """
    address = str(where)
    if "://" not in address:
        path = Path(address).expanduser().resolve()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder of the store '{path}' cannot be made: {error}. Choose another path."
            ) from error
        url = sa.URL.create(
            "sqlite", database=str(path)
        )  # not as text, where '?' and '#' of a path would mean something
    else:
        url = sa.make_url(address)
    engine = sa.create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine, foreign_keys)
        if url.database and not url.database.startswith((":", "file:")):
            _watch_file(engine, Path(url.database))
    return engine


def _set_up_sqlite(engine: Engine, foreign_keys: bool) -> None:
    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = (
            None  # transactions are begun below, in the words that SQLite has for them
        )
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
        mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode not in ("wal", "memory"):
            raise StoreError(
                f"SQLite answered journal mode '{mode}' where 'wal' was asked for: the store lies on a file "
                "system (a network share?) "
                "that cannot lock as needed. Put it on a local disk."
            )
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("kerasnas_reading", False)
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def _watch_file(engine: Engine, path: Path) -> None:
    """Refuse to go on with a file that is no longer the one at its path: what is written there nobody would find."""

    @sa.event.listens_for(engine, "connect")
    def connect(_: Any, record: Any) -> None:
        record.info["file"] = _identity(path)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if _identity(path) != connection.info["file"]:
            raise StoreGone(
                f"The store '{path}' was removed, moved or replaced while it was open. Put it back and go on from there; the runner of a "
                "search that was under way has left a copy of it as rescued.db in its run folder."
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def writing(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run one write transaction, again from its start where the database was busy.

    Raises:
        StoreError: If it stays busy, the disk is full, or the file is damaged.
    """
    for attempt in range(TRIES):
        try:
            with engine.begin() as connection:
                return work(connection)
        except OperationalError as error:
            if not _busy(error) or attempt == TRIES - 1:
                raise StoreError(
                    f"The store could not be written: {error.orig}. Nothing of this step was stored."
                ) from error
            time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311  (a pause, not a secret)
    raise StoreError("The store could not be written.")


def reading(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run one read transaction: everything in it is of one moment.

    Raises:
        StoreError: If the store cannot be read.
    """
    for attempt in range(TRIES):
        try:
            with engine.connect().execution_options(kerasnas_reading=True) as connection, connection.begin():
                return work(connection)
        except OperationalError as error:
            if not _busy(error) or attempt == TRIES - 1:
                raise StoreError(f"The store could not be read: {error.orig}.") from error
            time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311
    raise StoreError("The store could not be read.")


def _busy(error: OperationalError) -> bool:
    text = str(error.orig).lower()
    return "locked" in text or "busy" in text or "deadlock" in text or "could not serialize" in text


def now(connection: Connection) -> float:
    """Seconds since 1970 on the database's clock."""
    if connection.dialect.name == "sqlite":
        return float(
            connection.exec_driver_sql("SELECT (julianday('now') - 2440587.5) * 86400.0").scalar_one()
        )
    return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())
