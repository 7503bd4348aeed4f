"""What anybody may read, and the commands and files that anybody may note."""
# ruff: noqa: D102 (the contract, meta_store.store, documents every method)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records as r
from ..errors import StoreError
from . import rows
from . import tables as t
from .base import Base
from .codec import dump
from .engine import now, reading, writing
from .trials import read_curve, read_trials


class Anybody(Base):
    """The part of the contract that needs no lease."""

    def send_command(
        self, search_id: str, verb: str, arguments: Mapping[str, Any] | None = None, *, who: str = ""
    ) -> int:
        def work(c: Connection) -> int:
            changed = c.execute(
                sa.update(t.search).where(t.search.c.id == search_id).values(revision=t.search.c.revision + 1)
            ).rowcount
            if not changed:
                raise StoreError(
                    f"The store '{self.where}' has no search '{search_id}', so nobody would read the command "
                    f"'{verb}'."
                )
            made = c.execute(
                sa.insert(t.command).values(
                    search_id=search_id,
                    verb=verb,
                    arguments=dump(dict(arguments or {})),
                    who=who,
                    created_at=now(c),
                    state="requested",
                )
            )
            return int(made.inserted_primary_key[0])  # type: ignore[index]

        return writing(self._engine, work)

    def pending_commands(self, search_id: str) -> list[r.CommandRecord]:
        return self._commands(t.command.c.search_id == search_id, t.command.c.state == "requested")

    def commands(self, search_id: str) -> list[r.CommandRecord]:
        return self._commands(t.command.c.search_id == search_id)

    def _commands(self, *where: Any) -> list[r.CommandRecord]:
        return [
            rows.command(row)
            for row in self._all(sa.select(t.command).where(*where).order_by(t.command.c.id))
        ]

    def trials(self, search_id: str, since: int = 0) -> list[r.TrialRecord]:
        return reading(self._engine, lambda c: read_trials(c, search_id, since))

    def curve(self, search_id: str, number: int) -> tuple[Mapping[str, Any], ...]:
        return reading(self._engine, lambda c: read_curve(c, search_id, number))

    def finals(self, search_id: str) -> list[r.FinalRecord]:
        query = sa.select(t.final).where(t.final.c.search_id == search_id).order_by(t.final.c.rank)
        return [rows.final(row) for row in self._all(query)]

    def ensemble(self, search_id: str) -> r.EnsembleRecord | None:
        found = self._all(sa.select(t.ensemble).where(t.ensemble.c.search_id == search_id))
        return rows.ensemble(found[0]) if found else None

    def gate_history(self, search_id: str) -> list[r.GateRecord]:
        query = (
            sa.select(t.gate_history)
            .where(t.gate_history.c.search_id == search_id)
            .order_by(t.gate_history.c.id)
        )
        return [rows.gate(row) for row in self._all(query)]

    def transfer_events(self, search_id: str) -> list[r.TransferRecord]:
        query = (
            sa.select(t.transfer_event)
            .where(t.transfer_event.c.search_id == search_id)
            .order_by(t.transfer_event.c.id)
        )
        return [rows.transfer(row) for row in self._all(query)]

    def snapshot(self, search_id: str, after: int | None = None) -> r.Snapshot | None:
        def work(c: Connection) -> r.Snapshot | None:
            row = c.execute(sa.select(t.search).where(t.search.c.id == search_id)).mappings().first()
            if row is None:
                raise StoreError(f"The store '{self.where}' has no search '{search_id}'.")
            if after is not None and row["revision"] <= after:
                return None

            def listed(table: sa.Table, order: Any, make: Any) -> Any:
                found = c.execute(
                    sa.select(table).where(table.c.search_id == search_id).order_by(order)
                ).mappings()
                return tuple(make(x) for x in found)

            return r.Snapshot(
                rows.search(row),
                self._remembered(c, search_id),
                listed(t.final, t.final.c.rank, rows.final),
                listed(t.command, t.command.c.id, rows.command),
                listed(t.gate_history, t.gate_history.c.id, rows.gate),
                row["revision"],
                now(c),
                next(iter(listed(t.ensemble, t.ensemble.c.search_id, rows.ensemble)), None),
            )

        return reading(self._engine, work)

    def put_artifact(
        self, artifact: r.ArtifactRecord, *, search_id: str, number: int | None = None, role: str = ""
    ) -> None:
        def work(c: Connection) -> None:
            if (
                c.execute(
                    sa.select(t.artifact.c.sha256).where(t.artifact.c.sha256 == artifact.sha256)
                ).first()
                is None
            ):
                c.execute(
                    sa.insert(t.artifact).values(
                        sha256=artifact.sha256,
                        kind=artifact.kind,
                        size=artifact.size,
                        path=artifact.path,
                        created_at=now(c),
                    )
                )
            c.execute(
                sa.insert(t.artifact_ref).values(
                    sha256=artifact.sha256, search_id=search_id, number=number, role=role
                )
            )

        writing(self._engine, work)

    def artifacts(self, search_id: str) -> list[r.ArtifactRecord]:
        joined = t.artifact.join(t.artifact_ref, t.artifact.c.sha256 == t.artifact_ref.c.sha256)
        query = (
            sa.select(t.artifact)
            .select_from(joined)
            .where(t.artifact_ref.c.search_id == search_id)
            .order_by(t.artifact_ref.c.id)
        )
        return [rows.artifact(row) for row in self._all(query)]

    def put_lineage(self, child: str, parent: str, kind: str) -> None:
        def work(c: Connection) -> None:
            key = {"child": child, "parent": parent, "kind": kind}
            if c.execute(sa.select(t.lineage).filter_by(**key)).first() is None:
                c.execute(sa.insert(t.lineage).values(key))

        writing(self._engine, work)

    def parents_of(self, child: str) -> Sequence[tuple[str, str]]:
        query = sa.select(t.lineage).where(t.lineage.c.child == child).order_by(t.lineage.c.parent)
        return [(row["parent"], row["kind"]) for row in self._all(query)]
