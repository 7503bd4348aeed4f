"""Searches in the database, and who owns them."""
# ruff: noqa: D102 (the contract, meta_store.store, documents every method)

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records as r
from ..errors import LeaseHeld, StoreError
from . import rows
from . import tables as t
from .base import Base, held, lost
from .codec import dump, new_id
from .engine import now, writing


class Searches(Base):
    """The part of the contract about searches and leases."""

    def create_search(self, search: r.SearchRecord) -> str:
        search_id = search.id or new_id()

        def work(c: Connection) -> None:
            for table, key, what in ((t.task, search.task_id, "task"), (t.space, search.space_id, "space")):
                if c.execute(sa.select(table.c.id).where(table.c.id == key)).first() is None:
                    raise StoreError(
                        f"The search '{search_id}' names the {what} '{key}', which the store does not have. "
                        "Put it first."
                    )
            if c.execute(sa.select(t.search.c.id).where(t.search.c.id == search_id)).first() is not None:
                raise StoreError(f"The store already has a search '{search_id}'.")
            c.execute(
                sa.insert(t.search).values(
                    id=search_id,
                    task_id=search.task_id,
                    space_id=search.space_id,
                    strategy=search.strategy,
                    seed=search.seed,
                    budget=dump(search.budget),
                    settings=dump(search.settings),
                    hint=None if search.hint is None else dump(search.hint),
                    versions=dump(search.versions),
                    parent=search.parent,
                    run_folder=search.run_folder,
                    state="created",
                    reason=None,
                    revision=1,
                    progress=dump(search.progress),
                    lease_fence=0,
                    pid=search.pid,
                    host=search.host,
                    created_at=now(c),
                )
            )

        writing(self._engine, work)
        return search_id

    def get_search(self, search_id: str) -> r.SearchRecord:
        row = self._one(sa.select(t.search).where(t.search.c.id == search_id))
        if row is None:
            newest = [s.id for s in self.list_searches()[:3]]
            known = f"The newest are {newest}." if newest else "It has none yet."
            raise StoreError(f"The store '{self.where}' has no search '{search_id}'. {known}")
        return rows.search(row)

    def list_searches(self, *, state: str | None = None, task_id: str | None = None) -> list[r.SearchRecord]:
        query = sa.select(t.search).order_by(t.search.c.created_at.desc(), t.search.c.id.desc())
        if state is not None:
            query = query.where(t.search.c.state == state)
        if task_id is not None:
            query = query.where(t.search.c.task_id == task_id)
        return [rows.search(row) for row in self._all(query)]

    def delete_search(self, search_id: str) -> None:
        self.get_search(search_id)

        def work(c: Connection) -> None:
            row = c.execute(sa.select(t.search).where(t.search.c.id == search_id)).mappings().one()
            if row["lease_owner"] is not None and (row["lease_until"] or 0) > now(c):
                raise LeaseHeld(
                    f"The search '{search_id}' is run by {row['lease_owner']} (pid {row['pid']}). "
                    "Stop it first."
                )
            c.execute(sa.delete(t.search).where(t.search.c.id == search_id))

        writing(self._engine, work)

    def acquire_lease(self, search_id: str, owner: str, *, pid: int, host: str, ttl: float = 15.0) -> r.Lease:
        self.get_search(search_id)

        def work(c: Connection) -> r.Lease:
            row = c.execute(sa.select(t.search).where(t.search.c.id == search_id)).mappings().one()
            time = now(c)
            if row["lease_owner"] not in (None, owner) and (row["lease_until"] or 0) > time:
                raise LeaseHeld(
                    f"The search '{search_id}' is run by {row['lease_owner']} (pid {row['pid']} on "
                    f"{row['host']}). Its lease ends in {row['lease_until'] - time:.0f} s unless renewed."
                )
            fence = row["lease_fence"] + 1
            c.execute(
                sa.update(t.search)
                .where(t.search.c.id == search_id)
                .values(
                    lease_owner=owner,
                    lease_fence=fence,
                    lease_until=time + ttl,
                    lease_ttl=ttl,
                    pid=pid,
                    host=host,
                    heartbeat_at=time,
                    revision=t.search.c.revision + 1,
                )
            )
            return r.Lease(search_id, owner, fence)

        return writing(self._engine, work)

    def renew_lease(self, lease: r.Lease) -> None:
        def work(c: Connection) -> None:
            time = now(c)
            changed = c.execute(
                sa.update(t.search)
                .where(*held(lease))
                .values(
                    lease_until=time + sa.func.coalesce(t.search.c.lease_ttl, 15.0),
                    heartbeat_at=time,
                    revision=t.search.c.revision + 1,
                )
            ).rowcount
            if not changed:
                raise lost(lease)

        writing(self._engine, work)

    def release_lease(self, lease: r.Lease) -> None:
        def work(c: Connection) -> None:
            c.execute(
                sa.update(t.search)
                .where(*held(lease))
                .values(lease_owner=None, lease_until=None, revision=t.search.c.revision + 1)
            )

        writing(self._engine, work)
