"""From rows to records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..records import (
    ArtifactRecord,
    CommandRecord,
    EnsembleRecord,
    FinalRecord,
    GateRecord,
    SearchRecord,
    TaskRecord,
    TransferRecord,
    TrialRecord,
)
from .codec import load, unpack

Row = Any  # a row of SQLAlchemy's, by column name


def task(row: Row, features: Mapping[str, Mapping[str, float]], version: int) -> TaskRecord:
    """A task with its features."""
    return TaskRecord(
        row["id"],
        row["fingerprint"],
        row["name"],
        tuple(load(row["modalities"])),
        row["problem"],
        row["metric"],
        row["direction"],
        row["rows"],
        row["outputs"],
        features,
        version,
        row["origin"],
        bool(row["shareable"]),
    )


def search(row: Row) -> SearchRecord:
    """A search."""
    return SearchRecord(
        row["id"],
        row["task_id"],
        row["space_id"],
        row["strategy"],
        row["seed"],
        load(row["budget"]),
        load(row["settings"]),
        load(row["hint"]),
        load(row["versions"]),
        row["parent"],
        row["run_folder"],
        row["state"],
        row["reason"],
        row["revision"],
        row["pid"],
        row["host"],
        row["created_at"],
        row["heartbeat_at"],
        row["finished_at"],
        load(row["progress"]),
    )


def trial(row: Row, metrics: Mapping[str, Any], live: tuple[Mapping[str, Any], ...]) -> TrialRecord:
    """A trial with its figures and epochs."""
    return TrialRecord(
        row["search_id"],
        row["number"],
        load(row["genotype"]),
        row["config_id"],
        row["state"],
        row["origin"],
        tuple(load(row["parents"])),
        row["init_kind"],
        row["seed"],
        row["attempt"],
        row["value"],
        metrics,
        load(row["cost"]),
        load(row["error"]),
        row["started_at"],
        row["finished_at"],
        unpack(row["curve_names"], row["curve"]) or live,
    )


def final(row: Row) -> FinalRecord:
    """A finalist."""
    return FinalRecord(
        row["search_id"],
        row["number"],
        row["rank"],
        row["validation"],
        row["holdout"],
        load(row["metrics"]),
        row["bundle"],
        row["seed"],
    )


def ensemble(row: Row) -> EnsembleRecord:
    """An ensemble."""
    return EnsembleRecord(
        row["search_id"],
        tuple(load(row["members"])),
        row["validation"],
        row["holdout"],
        load(row["metrics"]),
        row["bundle"],
    )


def command(row: Row) -> CommandRecord:
    """A command."""
    return CommandRecord(
        row["id"],
        row["search_id"],
        row["verb"],
        load(row["arguments"]),
        row["who"],
        row["created_at"],
        row["state"],
        row["result"],
        row["applied_at_trial"],
        row["settled_at"],
    )


def gate(row: Row) -> GateRecord:
    """A test of the past."""
    return GateRecord(
        row["search_id"], row["trial_number"], row["statistic"], row["verdict"], load(row["details"])
    )


def transfer(row: Row) -> TransferRecord:
    """What was taken from elsewhere."""
    return TransferRecord(
        row["search_id"], row["source_search"], row["source_trial"], row["kind"], load(row["details"])
    )


def artifact(row: Row) -> ArtifactRecord:
    """A file."""
    return ArtifactRecord(row["sha256"], row["kind"], row["size"], row["path"])
