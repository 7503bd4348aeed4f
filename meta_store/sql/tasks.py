"""Tasks and spaces in the database."""
# ruff: noqa: D102 (the contract, meta_store.store, documents every method)

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records as r
from ..errors import StoreError
from . import rows
from . import tables as t
from .base import Base
from .codec import dump, load
from .engine import now, reading, writing


class Tasks(Base):
    """The part of the contract about tasks and spaces."""

    def put_task(self, task: r.TaskRecord) -> str:
        def work(c: Connection) -> None:
            values = {
                "fingerprint": task.fingerprint,
                "name": task.name,
                "modalities": dump(list(task.modalities)),
                "problem": task.problem,
                "metric": task.metric,
                "direction": task.direction,
                "rows": task.rows,
                "outputs": task.outputs,
                "origin": task.origin,
                "shareable": task.shareable,
            }
            if c.execute(sa.update(t.task).where(t.task.c.id == task.id).values(values)).rowcount == 0:
                c.execute(sa.insert(t.task).values(id=task.id, created_at=now(c), **values))
            for extractor, vector in task.features.items():
                key = (t.task_feature.c.task_id == task.id, t.task_feature.c.extractor == extractor)
                c.execute(
                    sa.delete(t.task_feature).where(*key, t.task_feature.c.version == task.feature_version)
                )
                c.execute(
                    sa.insert(t.task_feature).values(
                        task_id=task.id,
                        extractor=extractor,
                        version=task.feature_version,
                        vector=dump(dict(vector)),
                    )
                )

        writing(self._engine, work)
        return task.id

    def get_task(self, task_id: str) -> r.TaskRecord:
        found = self._tasks(t.task.c.id == task_id)
        if not found:
            raise StoreError(f"The store '{self.where}' has no task '{task_id}'.")
        return found[0]

    def list_tasks(self) -> list[r.TaskRecord]:
        return self._tasks()

    def _tasks(self, *where: Any) -> list[r.TaskRecord]:
        def work(c: Connection) -> list[r.TaskRecord]:
            found = (
                c.execute(sa.select(t.task).where(*where).order_by(t.task.c.created_at, t.task.c.id))
                .mappings()
                .all()
            )
            vectors: dict[str, dict[int, dict[str, Any]]] = {}
            query = sa.select(t.task_feature).where(
                t.task_feature.c.task_id.in_([row["id"] for row in found])
            )
            for row in c.execute(query).mappings():
                vectors.setdefault(row["task_id"], {}).setdefault(row["version"], {})[row["extractor"]] = (
                    load(row["vector"])
                )
            out = []
            for row in found:
                versions = vectors.get(row["id"], {})
                newest = max(versions, default=1)
                out.append(rows.task(row, versions.get(newest, {}), newest))
            return out

        return reading(self._engine, work)

    def put_space(self, space: r.SpaceRecord) -> str:
        def work(c: Connection) -> None:
            if c.execute(sa.select(t.space.c.id).where(t.space.c.id == space.id)).first() is None:
                c.execute(
                    sa.insert(t.space).values(
                        id=space.id, family=space.family, version=space.version, json=dump(space.json)
                    )
                )

        writing(self._engine, work)
        return space.id

    def get_space(self, space_id: str) -> r.SpaceRecord:
        row = self._one(sa.select(t.space).where(t.space.c.id == space_id))
        if row is None:
            raise StoreError(f"The store '{self.where}' has no space '{space_id}'.")
        return r.SpaceRecord(row["id"], row["family"], row["version"], load(row["json"]))
