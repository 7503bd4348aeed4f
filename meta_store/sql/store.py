"""The store on SQLAlchemy Core: SQLite now, any database that SQLAlchemy speaks later."""

from __future__ import annotations

from .anybody import Anybody
from .running import Running
from .searches import Searches
from .tasks import Tasks


class SqlStore(Tasks, Searches, Running, Anybody):
    """See ``meta_store.store`` for the contract.

    Args:
        where: Path of an SQLite file, or an SQLAlchemy address.
    """
