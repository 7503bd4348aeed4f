"""The store on SQLAlchemy Core: SQLite now, any database that SQLAlchemy speaks later.

One file of this length, since the contract is one class; queries are short and follow its order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records as r
from ..errors import LeaseHeld, LeaseLost, StoreError
from ..store import Store
from . import rows
from . import tables as t
from .codec import config_id, dump, load, new_id, pack
from .engine import make_engine, now, reading, writing
from .migrate import migrate
from .trials import Remembered, live_epochs, read_curve, read_trials, trial_key


class SqlStore(Store):
    """See ``meta_store.store`` for the contract.

    Args:
        where: Path of an SQLite file, or an SQLAlchemy address.
    """

    def __init__(self, where: str | Path) -> None:
        self.where = str(where)
        self._engine = make_engine(where)
        self._remembered = Remembered()
        try:
            migrate(self._engine)
        except sa.exc.DatabaseError as error:
            self._engine.dispose()
            raise StoreError(f"'{where}' cannot be opened as a store: {error.orig}.") from error

    def close(self) -> None:
        self._engine.dispose()

    # -- tasks and spaces

    def put_task(self, task: r.TaskRecord) -> str:
        def work(c: Connection) -> None:
            values = {
                "fingerprint": task.fingerprint, "name": task.name, "modalities": dump(list(task.modalities)), "problem": task.problem,
                "metric": task.metric, "direction": task.direction, "rows": task.rows, "outputs": task.outputs, "origin": task.origin,
                "shareable": task.shareable,
            }  # fmt: skip
            if c.execute(sa.update(t.task).where(t.task.c.id == task.id).values(values)).rowcount == 0:
                c.execute(sa.insert(t.task).values(id=task.id, created_at=now(c), **values))
            for extractor, vector in task.features.items():
                key = (t.task_feature.c.task_id == task.id, t.task_feature.c.extractor == extractor)
                c.execute(sa.delete(t.task_feature).where(*key, t.task_feature.c.version == task.feature_version))
                c.execute(
                    sa.insert(t.task_feature).values(
                        task_id=task.id, extractor=extractor, version=task.feature_version, vector=dump(dict(vector))
                    )
                )

        writing(self._engine, work)
        return task.id

    def get_task(self, task_id: str) -> r.TaskRecord:
        found = [x for x in self._tasks(t.task.c.id == task_id)]
        if not found:
            raise StoreError(f"The store '{self.where}' has no task '{task_id}'.")
        return found[0]

    def list_tasks(self) -> list[r.TaskRecord]:
        return self._tasks()

    def _tasks(self, *where: Any) -> list[r.TaskRecord]:
        def work(c: Connection) -> list[r.TaskRecord]:
            found = c.execute(sa.select(t.task).where(*where).order_by(t.task.c.created_at, t.task.c.id)).mappings().all()
            vectors: dict[str, dict[int, dict[str, Any]]] = {}
            query = sa.select(t.task_feature).where(t.task_feature.c.task_id.in_([row["id"] for row in found]))
            for row in c.execute(query).mappings():
                vectors.setdefault(row["task_id"], {}).setdefault(row["version"], {})[row["extractor"]] = load(row["vector"])
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
                c.execute(sa.insert(t.space).values(id=space.id, family=space.family, version=space.version, json=dump(space.json)))

        writing(self._engine, work)
        return space.id

    def get_space(self, space_id: str) -> r.SpaceRecord:
        row = self._one(sa.select(t.space).where(t.space.c.id == space_id))
        if row is None:
            raise StoreError(f"The store '{self.where}' has no space '{space_id}'.")
        return r.SpaceRecord(row["id"], row["family"], row["version"], load(row["json"]))

    # -- searches

    def create_search(self, search: r.SearchRecord) -> str:
        search_id = search.id or new_id()

        def work(c: Connection) -> None:
            for table, key, what in ((t.task, search.task_id, "task"), (t.space, search.space_id, "space")):
                if c.execute(sa.select(table.c.id).where(table.c.id == key)).first() is None:
                    raise StoreError(f"The search '{search_id}' names the {what} '{key}', which the store does not have. Put it first.")
            if c.execute(sa.select(t.search.c.id).where(t.search.c.id == search_id)).first() is not None:
                raise StoreError(f"The store already has a search '{search_id}'.")
            c.execute(
                sa.insert(t.search).values(
                    id=search_id, task_id=search.task_id, space_id=search.space_id, strategy=search.strategy, seed=search.seed,
                    budget=dump(search.budget), settings=dump(search.settings), hint=None if search.hint is None else dump(search.hint),
                    versions=dump(search.versions), parent=search.parent, run_folder=search.run_folder, state="created", reason=None,
                    revision=1, progress=dump(search.progress), lease_fence=0, pid=search.pid, host=search.host, created_at=now(c),
                )
            )  # fmt: skip

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
                raise LeaseHeld(f"The search '{search_id}' is run by {row['lease_owner']} (pid {row['pid']}). Stop it first.")
            c.execute(sa.delete(t.search).where(t.search.c.id == search_id))

        writing(self._engine, work)

    # -- ownership

    def acquire_lease(self, search_id: str, owner: str, *, pid: int, host: str, ttl: float = 15.0) -> r.Lease:
        self.get_search(search_id)

        def work(c: Connection) -> r.Lease:
            row = c.execute(sa.select(t.search).where(t.search.c.id == search_id)).mappings().one()
            time = now(c)
            if row["lease_owner"] not in (None, owner) and (row["lease_until"] or 0) > time:
                raise LeaseHeld(
                    f"The search '{search_id}' is run by {row['lease_owner']} (pid {row['pid']} on {row['host']}). "
                    f"Its lease ends in {row['lease_until'] - time:.0f} s unless renewed."
                )
            fence = row["lease_fence"] + 1
            c.execute(
                sa.update(t.search).where(t.search.c.id == search_id).values(
                    lease_owner=owner, lease_fence=fence, lease_until=time + ttl, lease_ttl=ttl, pid=pid, host=host, heartbeat_at=time,
                    revision=t.search.c.revision + 1,
                )
            )  # fmt: skip
            return r.Lease(search_id, owner, fence)

        return writing(self._engine, work)

    def renew_lease(self, lease: r.Lease) -> None:
        def work(c: Connection) -> None:
            time = now(c)
            changed = c.execute(
                sa.update(t.search)
                .where(*_held(lease))
                .values(lease_until=time + sa.func.coalesce(t.search.c.lease_ttl, 15.0), heartbeat_at=time, revision=t.search.c.revision + 1)
            ).rowcount
            if not changed:
                raise _lost(lease)

        writing(self._engine, work)

    def release_lease(self, lease: r.Lease) -> None:
        def work(c: Connection) -> None:
            c.execute(
                sa.update(t.search)
                .where(*_held(lease))
                .values(lease_owner=None, lease_until=None, revision=t.search.c.revision + 1)
            )

        writing(self._engine, work)

    # -- what a runner writes

    def _fenced(self, lease: r.Lease, work: Any, **changes: Any) -> Any:
        """One write of a runner: refused where its lease was lost."""

        def fenced(c: Connection) -> Any:
            changed = c.execute(
                sa.update(t.search)
                .where(*_held(lease))
                .values(revision=t.search.c.revision + 1, **changes)
            ).rowcount
            if not changed:
                raise _lost(lease)
            return None if work is None else work(c)

        return writing(self._engine, fenced)

    def set_search_state(self, lease: r.Lease, state: str, reason: str | None = None) -> None:
        if state not in r.SEARCH_STATES:
            raise StoreError(f"The state of a search is one of {r.SEARCH_STATES}. Received: {state!r}.")

        def work(c: Connection) -> None:
            finished = now(c) if state in r.ENDED else None
            c.execute(sa.update(t.search).where(t.search.c.id == lease.search_id).values(finished_at=finished))

        self._fenced(lease, work, state=state, reason=reason)

    def set_progress(self, lease: r.Lease, progress: Mapping[str, Any]) -> None:
        self._fenced(lease, None, progress=dump(dict(progress)))

    def update_budget(self, lease: r.Lease, budget: Mapping[str, Any]) -> None:
        self._fenced(lease, None, budget=dump(dict(budget)))

    def open_trial(self, lease: r.Lease, trial: r.TrialRecord) -> None:
        def work(c: Connection) -> None:
            space_id = c.execute(sa.select(t.search.c.space_id).where(t.search.c.id == lease.search_id)).scalar_one()
            config = config_id(space_id, trial.genotype)
            if c.execute(sa.select(t.config.c.id).where(t.config.c.id == config)).first() is None:
                c.execute(sa.insert(t.config).values(id=config, space_id=space_id, genotype=dump(dict(trial.genotype))))
            known = c.execute(trial_key(lease.search_id, trial.number)).mappings().first()
            if known is not None and (known["attempt"] >= trial.attempt or known["state"] == "completed"):
                return
            values = {
                "config_id": config, "state": "running", "origin": trial.origin, "parents": dump(list(trial.parents)),
                "init_kind": trial.init_kind, "seed": trial.seed, "attempt": trial.attempt, "value": None, "cost": dump(dict(trial.cost)),
                "error": None, "started_at": now(c), "finished_at": None, "curve": None, "curve_names": None,
            }  # fmt: skip
            if known is None:
                c.execute(sa.insert(t.trial).values(search_id=lease.search_id, number=trial.number, **values))
            else:
                c.execute(sa.delete(t.curve_point).where(t.curve_point.c.trial_id == known["id"]))
                c.execute(sa.update(t.trial).where(t.trial.c.id == known["id"]).values(values))

        self._fenced(lease, work)

    def record_epoch(self, lease: r.Lease, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        def work(c: Connection) -> None:
            row = self._opened(c, lease, number)
            key = (t.curve_point.c.trial_id == row["id"], t.curve_point.c.epoch == epoch)
            c.execute(sa.delete(t.curve_point).where(*key))
            c.execute(sa.insert(t.curve_point).values(trial_id=row["id"], epoch=epoch, metrics=dump(dict(metrics))))

        self._fenced(lease, work)

    def close_trial(
        self,
        lease: r.Lease,
        number: int,
        *,
        state: str,
        value: float | None = None,
        metrics: Mapping[str, Any] | None = None,
        cost: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        if state not in r.TRIAL_STATES or state == "running":
            raise StoreError(f"A trial ends as one of {r.TRIAL_STATES[1:]}. Received: {state!r}.")
        if state == "completed" and (value is None or math.isnan(value)):
            raise StoreError(f"Trial {number} is completed and needs a number as its value. Received: {value!r}.")

        def work(c: Connection) -> None:
            row = self._opened(c, lease, number)
            if row["state"] != "running":
                return
            points = live_epochs(c, [row["id"]]).get(row["id"], ())
            names, block = pack(points)
            c.execute(sa.delete(t.curve_point).where(t.curve_point.c.trial_id == row["id"]))
            c.execute(sa.delete(t.trial_metric).where(t.trial_metric.c.trial_id == row["id"]))
            for name, figure in (metrics or {}).items():
                c.execute(sa.insert(t.trial_metric).values(trial_id=row["id"], name=name, value=dump(figure)))
            c.execute(
                sa.update(t.trial).where(t.trial.c.id == row["id"]).values(
                    state=state, value=value, cost=dump({**load(row["cost"]), **(cost or {})}), error=None if error is None else dump(dict(error)),
                    finished_at=now(c), curve=block, curve_names=names,
                )
            )  # fmt: skip

        self._fenced(lease, work)

    def _opened(self, c: Connection, lease: r.Lease, number: int) -> Any:
        row = c.execute(trial_key(lease.search_id, number)).mappings().first()
        if row is None:
            raise StoreError(f"The search '{lease.search_id}' has no trial {number}. Open it first.")
        return row

    def put_final(self, lease: r.Lease, final: r.FinalRecord) -> None:
        if math.isnan(final.validation):
            raise StoreError(f"The finalist {final.number} needs a number as its validation figure. Received: {final.validation!r}.")

        def work(c: Connection) -> None:
            c.execute(sa.delete(t.final).where(t.final.c.search_id == lease.search_id, t.final.c.number == final.number))
            c.execute(
                sa.insert(t.final).values(
                    search_id=lease.search_id, number=final.number, rank=final.rank, validation=final.validation, holdout=final.holdout,
                    metrics=dump(dict(final.metrics)), bundle=final.bundle, seed=final.seed,
                )
            )  # fmt: skip

        self._fenced(lease, work)

    def record_gate(self, lease: r.Lease, gate: r.GateRecord) -> None:
        statement = sa.insert(t.gate_history).values(
            search_id=lease.search_id, trial_number=gate.trial_number, statistic=gate.statistic, verdict=gate.verdict,
            details=dump(dict(gate.details)),
        )  # fmt: skip
        self._fenced(lease, lambda c: c.execute(statement))

    def record_transfer(self, lease: r.Lease, transfer: r.TransferRecord) -> None:
        statement = sa.insert(t.transfer_event).values(
            search_id=lease.search_id, source_search=transfer.source_search, source_trial=transfer.source_trial, kind=transfer.kind,
            details=dump(dict(transfer.details)),
        )  # fmt: skip
        self._fenced(lease, lambda c: c.execute(statement))

    def settle_command(self, lease: r.Lease, command_id: int, state: str, result: str, trial: int | None = None) -> None:
        if state not in ("applied", "refused"):
            raise StoreError(f"A command ends as 'applied' or 'refused'. Received: {state!r}.")

        def work(c: Connection) -> None:
            changed = c.execute(
                sa.update(t.command)
                .where(t.command.c.id == command_id, t.command.c.search_id == lease.search_id)
                .values(state=state, result=result, applied_at_trial=trial, settled_at=now(c))
            ).rowcount
            if not changed:
                raise StoreError(f"The search '{lease.search_id}' has no command {command_id}.")

        self._fenced(lease, work)

    # -- what anybody does

    def send_command(self, search_id: str, verb: str, arguments: Mapping[str, Any] | None = None, *, who: str = "") -> int:
        def work(c: Connection) -> int:
            changed = c.execute(sa.update(t.search).where(t.search.c.id == search_id).values(revision=t.search.c.revision + 1)).rowcount
            if not changed:
                raise StoreError(f"The store '{self.where}' has no search '{search_id}', so nobody would read the command '{verb}'.")
            made = c.execute(
                sa.insert(t.command).values(
                    search_id=search_id, verb=verb, arguments=dump(dict(arguments or {})), who=who, created_at=now(c), state="requested"
                )
            )
            return int(made.inserted_primary_key[0])  # type: ignore[index]

        return writing(self._engine, work)

    def pending_commands(self, search_id: str) -> list[r.CommandRecord]:
        return self._commands(t.command.c.search_id == search_id, t.command.c.state == "requested")

    def commands(self, search_id: str) -> list[r.CommandRecord]:
        return self._commands(t.command.c.search_id == search_id)

    def _commands(self, *where: Any) -> list[r.CommandRecord]:
        return [rows.command(row) for row in self._all(sa.select(t.command).where(*where).order_by(t.command.c.id))]

    def trials(self, search_id: str, since: int = 0) -> list[r.TrialRecord]:
        return reading(self._engine, lambda c: read_trials(c, search_id, since))

    def curve(self, search_id: str, number: int) -> tuple[Mapping[str, Any], ...]:
        return reading(self._engine, lambda c: read_curve(c, search_id, number))

    def finals(self, search_id: str) -> list[r.FinalRecord]:
        query = sa.select(t.final).where(t.final.c.search_id == search_id).order_by(t.final.c.rank)
        return [rows.final(row) for row in self._all(query)]

    def gate_history(self, search_id: str) -> list[r.GateRecord]:
        query = sa.select(t.gate_history).where(t.gate_history.c.search_id == search_id).order_by(t.gate_history.c.id)
        return [rows.gate(row) for row in self._all(query)]

    def transfer_events(self, search_id: str) -> list[r.TransferRecord]:
        query = sa.select(t.transfer_event).where(t.transfer_event.c.search_id == search_id).order_by(t.transfer_event.c.id)
        return [rows.transfer(row) for row in self._all(query)]

    def snapshot(self, search_id: str, after: int | None = None) -> r.Snapshot | None:
        def work(c: Connection) -> r.Snapshot | None:
            row = c.execute(sa.select(t.search).where(t.search.c.id == search_id)).mappings().first()
            if row is None:
                raise StoreError(f"The store '{self.where}' has no search '{search_id}'.")
            if after is not None and row["revision"] <= after:
                return None

            def listed(table: sa.Table, order: Any, make: Any) -> Any:
                found = c.execute(sa.select(table).where(table.c.search_id == search_id).order_by(order)).mappings()
                return tuple(make(x) for x in found)

            return r.Snapshot(
                rows.search(row), self._remembered(c, search_id), listed(t.final, t.final.c.rank, rows.final),
                listed(t.command, t.command.c.id, rows.command), listed(t.gate_history, t.gate_history.c.id, rows.gate),
                row["revision"], now(c),
            )  # fmt: skip

        return reading(self._engine, work)

    # -- files

    def put_artifact(self, artifact: r.ArtifactRecord, *, search_id: str, number: int | None = None, role: str = "") -> None:
        def work(c: Connection) -> None:
            if c.execute(sa.select(t.artifact.c.sha256).where(t.artifact.c.sha256 == artifact.sha256)).first() is None:
                c.execute(
                    sa.insert(t.artifact).values(
                        sha256=artifact.sha256, kind=artifact.kind, size=artifact.size, path=artifact.path, created_at=now(c)
                    )
                )
            c.execute(sa.insert(t.artifact_ref).values(sha256=artifact.sha256, search_id=search_id, number=number, role=role))

        writing(self._engine, work)

    def artifacts(self, search_id: str) -> list[r.ArtifactRecord]:
        joined = t.artifact.join(t.artifact_ref, t.artifact.c.sha256 == t.artifact_ref.c.sha256)
        query = sa.select(t.artifact).select_from(joined).where(t.artifact_ref.c.search_id == search_id).order_by(t.artifact_ref.c.id)
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

    def _all(self, query: Any) -> list[Any]:
        return reading(self._engine, lambda c: list(c.execute(query).mappings().all()))

    def _one(self, query: Any) -> Any:
        return reading(self._engine, lambda c: c.execute(query).mappings().first())


def _held(lease: r.Lease) -> tuple[Any, ...]:
    """Where a lease is the present one."""
    return t.search.c.id == lease.search_id, t.search.c.lease_fence == lease.fence, t.search.c.lease_owner == lease.owner


def _lost(lease: r.Lease) -> LeaseLost:
    return LeaseLost(f"The runner '{lease.owner}' no longer owns the search '{lease.search_id}' (its number was {lease.fence}): it must stop.")
