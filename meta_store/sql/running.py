"""What a runner writes: each write carries its lease."""
# ruff: noqa: D102 (the contract, meta_store.store, documents every method)

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .. import records as r
from ..errors import StoreError
from . import tables as t
from .base import Base
from .codec import config_id, dump, load, pack
from .engine import now
from .trials import live_epochs, trial_key


class Running(Base):
    """The part of the contract that needs a lease."""

    def set_search_state(self, lease: r.Lease, state: str, reason: str | None = None) -> None:
        if state not in r.SEARCH_STATES:
            raise StoreError(f"The state of a search is one of {r.SEARCH_STATES}. Received: {state!r}.")

        def work(c: Connection) -> None:
            finished = now(c) if state in r.ENDED else None
            c.execute(
                sa.update(t.search).where(t.search.c.id == lease.search_id).values(finished_at=finished)
            )

        self._fenced(lease, work, state=state, reason=reason)

    def set_progress(self, lease: r.Lease, progress: Mapping[str, Any]) -> None:
        self._fenced(lease, None, progress=dump(dict(progress)))

    def update_budget(self, lease: r.Lease, budget: Mapping[str, Any]) -> None:
        self._fenced(lease, None, budget=dump(dict(budget)))

    def open_trial(self, lease: r.Lease, trial: r.TrialRecord) -> None:
        def work(c: Connection) -> None:
            space_id = c.execute(
                sa.select(t.search.c.space_id).where(t.search.c.id == lease.search_id)
            ).scalar_one()
            config = config_id(space_id, trial.genotype)
            if c.execute(sa.select(t.config.c.id).where(t.config.c.id == config)).first() is None:
                c.execute(
                    sa.insert(t.config).values(
                        id=config, space_id=space_id, genotype=dump(dict(trial.genotype))
                    )
                )
            known = c.execute(trial_key(lease.search_id, trial.number)).mappings().first()
            if known is not None and (known["attempt"] >= trial.attempt or known["state"] == "completed"):
                return
            values = {
                "config_id": config,
                "state": "running",
                "origin": trial.origin,
                "parents": dump(list(trial.parents)),
                "init_kind": trial.init_kind,
                "seed": trial.seed,
                "attempt": trial.attempt,
                "value": None,
                "cost": dump(dict(trial.cost)),
                "error": None,
                "started_at": now(c),
                "finished_at": None,
                "curve": None,
                "curve_names": None,
            }
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
            c.execute(
                sa.insert(t.curve_point).values(trial_id=row["id"], epoch=epoch, metrics=dump(dict(metrics)))
            )

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
            raise StoreError(
                f"Trial {number} is completed and needs a number as its value. Received: {value!r}."
            )

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
                sa.update(t.trial)
                .where(t.trial.c.id == row["id"])
                .values(
                    state=state,
                    value=value,
                    cost=dump({**load(row["cost"]), **(cost or {})}),
                    error=None if error is None else dump(dict(error)),
                    finished_at=now(c),
                    curve=block,
                    curve_names=names,
                )
            )

        self._fenced(lease, work)

    def _opened(self, c: Connection, lease: r.Lease, number: int) -> Any:
        row = c.execute(trial_key(lease.search_id, number)).mappings().first()
        if row is None:
            raise StoreError(f"The search '{lease.search_id}' has no trial {number}. Open it first.")
        return row

    def put_final(self, lease: r.Lease, final: r.FinalRecord) -> None:
        if math.isnan(final.validation):
            raise StoreError(
                f"The finalist {final.number} needs a number as its validation figure. "
                f"Received: {final.validation!r}."
            )

        def work(c: Connection) -> None:
            c.execute(
                sa.delete(t.final).where(
                    t.final.c.search_id == lease.search_id, t.final.c.number == final.number
                )
            )
            c.execute(
                sa.insert(t.final).values(
                    search_id=lease.search_id,
                    number=final.number,
                    rank=final.rank,
                    validation=final.validation,
                    holdout=final.holdout,
                    metrics=dump(dict(final.metrics)),
                    bundle=final.bundle,
                    seed=final.seed,
                )
            )

        self._fenced(lease, work)

    def put_ensemble(self, lease: r.Lease, ensemble: r.EnsembleRecord | None) -> None:
        if ensemble is not None and (len(ensemble.members) < 2 or math.isnan(ensemble.validation)):
            raise StoreError(
                f"An ensemble has at least two members and a number as its validation figure. Received: members "
                f"{list(ensemble.members)}, validation {ensemble.validation!r}."
            )

        def work(c: Connection) -> None:
            c.execute(sa.delete(t.ensemble).where(t.ensemble.c.search_id == lease.search_id))
            if ensemble is not None:
                c.execute(
                    sa.insert(t.ensemble).values(
                        search_id=lease.search_id,
                        members=dump(list(ensemble.members)),
                        validation=ensemble.validation,
                        holdout=ensemble.holdout,
                        metrics=dump(dict(ensemble.metrics)),
                        bundle=ensemble.bundle,
                    )
                )

        self._fenced(lease, work)

    def record_gate(self, lease: r.Lease, gate: r.GateRecord) -> None:
        statement = sa.insert(t.gate_history).values(
            search_id=lease.search_id,
            trial_number=gate.trial_number,
            statistic=gate.statistic,
            verdict=gate.verdict,
            details=dump(dict(gate.details)),
        )
        self._fenced(lease, lambda c: c.execute(statement))

    def record_transfer(self, lease: r.Lease, transfer: r.TransferRecord) -> None:
        statement = sa.insert(t.transfer_event).values(
            search_id=lease.search_id,
            source_search=transfer.source_search,
            source_trial=transfer.source_trial,
            kind=transfer.kind,
            details=dump(dict(transfer.details)),
        )
        self._fenced(lease, lambda c: c.execute(statement))

    def settle_command(
        self, lease: r.Lease, command_id: int, state: str, result: str, trial: int | None = None
    ) -> None:
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
