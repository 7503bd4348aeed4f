"""The memory of past searches: plain records in a database, and how they become a hint."""

from __future__ import annotations

from pathlib import Path

from .errors import LeaseHeld, LeaseLost, StoreError, StoreGone
from .records import (
    ArtifactRecord,
    CommandRecord,
    EnsembleRecord,
    FinalRecord,
    GateRecord,
    Lease,
    SearchRecord,
    Snapshot,
    SpaceRecord,
    TaskRecord,
    TransferRecord,
    TrialRecord,
)
from .store import Store

__all__ = [
    "ArtifactRecord",
    "CommandRecord",
    "EnsembleRecord",
    "FinalRecord",
    "GateRecord",
    "Lease",
    "LeaseHeld",
    "LeaseLost",
    "SearchRecord",
    "Snapshot",
    "SpaceRecord",
    "Store",
    "StoreError",
    "StoreGone",
    "TaskRecord",
    "TransferRecord",
    "TrialRecord",
    "open",
]


def open(where: str | Path) -> Store:
    """Open a store, making or migrating it as needed.

    Args:
        where: Path of an SQLite file, or an SQLAlchemy address.

    Raises:
        StoreError: If it cannot be opened, was written by a newer release, or does not allow write-ahead
        logging.
    """
    from .sql.store import SqlStore

    return SqlStore(where)
