"""The tables, as SQLAlchemy Core. A change here needs a migration of its own in ``migrations/versions``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)


def _search(**options: Any) -> sa.Column[str]:
    return sa.Column(
        "search_id", sa.String(40), sa.ForeignKey("search.id", ondelete="CASCADE"), nullable=False, **options
    )


space = sa.Table(
    "space", metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("family", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("json", sa.Text, nullable=False),
)  # fmt: skip
task = sa.Table(
    "task", metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("modalities", sa.Text, nullable=False),
    sa.Column("problem", sa.String(40), nullable=False),
    sa.Column("metric", sa.String(80), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("outputs", sa.Integer, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("shareable", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)  # fmt: skip
task_feature = sa.Table(
    "task_feature", metadata,
    sa.Column("task_id", sa.String(64), sa.ForeignKey("task.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("extractor", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("vector", sa.Text, nullable=False),
)  # fmt: skip
search = sa.Table(
    "search", metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("task_id", sa.String(64), sa.ForeignKey("task.id"), nullable=False, index=True),
    sa.Column("space_id", sa.String(64), sa.ForeignKey("space.id"), nullable=False, index=True),
    sa.Column("strategy", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("budget", sa.Text, nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("hint", sa.Text),
    sa.Column("versions", sa.Text, nullable=False),
    sa.Column("parent", sa.String(40)),
    sa.Column("run_folder", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("reason", sa.Text),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("lease_owner", sa.String(100)),
    sa.Column("lease_fence", sa.BigInteger, nullable=False),
    sa.Column("lease_until", sa.Float),
    sa.Column("lease_ttl", sa.Float),
    sa.Column("pid", sa.Integer),
    sa.Column("host", sa.Text),
    sa.Column("heartbeat_at", sa.Float),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
)  # fmt: skip
config = sa.Table(
    "config", metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("space_id", sa.String(64), sa.ForeignKey("space.id"), nullable=False, index=True),
    sa.Column("genotype", sa.Text, nullable=False),
)  # fmt: skip
trial = sa.Table(
    "trial", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _search(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("config_id", sa.String(64), sa.ForeignKey("config.id"), nullable=False, index=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("origin", sa.String(40), nullable=False),
    sa.Column("parents", sa.Text, nullable=False),
    sa.Column("init_kind", sa.String(20), nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("idempotency_key", sa.String(80)),
    sa.Column("value", sa.Float),
    sa.Column("cost", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("started_at", sa.Float),
    sa.Column("finished_at", sa.Float),
    sa.Column("curve_names", sa.Text),
    sa.Column("curve", sa.LargeBinary),
    sa.UniqueConstraint("search_id", "number"),
    sa.UniqueConstraint("search_id", "idempotency_key"),
)  # fmt: skip
trial_metric = sa.Table(
    "trial_metric", metadata,
    sa.Column("trial_id", sa.Integer, sa.ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)  # fmt: skip
curve_point = sa.Table(
    "curve_point", metadata,
    sa.Column("trial_id", sa.Integer, sa.ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("metrics", sa.Text, nullable=False),
)  # fmt: skip
final = sa.Table(
    "final", metadata,
    _search(primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("validation", sa.Float, nullable=False),
    sa.Column("holdout", sa.Float),
    sa.Column("metrics", sa.Text, nullable=False),
    sa.Column("bundle", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
)  # fmt: skip
ensemble = sa.Table(
    "ensemble", metadata,
    _search(primary_key=True),
    sa.Column("members", sa.Text, nullable=False),
    sa.Column("validation", sa.Float, nullable=False),
    sa.Column("holdout", sa.Float),
    sa.Column("metrics", sa.Text, nullable=False),
    sa.Column("bundle", sa.Text, nullable=False),
)  # fmt: skip
command = sa.Table(
    "command", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _search(index=True),
    sa.Column("verb", sa.String(40), nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("result", sa.Text),
    sa.Column("applied_at_trial", sa.Integer),
    sa.Column("settled_at", sa.Float),
)  # fmt: skip
gate_history = sa.Table(
    "gate_history", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _search(index=True),
    sa.Column("trial_number", sa.Integer, nullable=False),
    sa.Column("statistic", sa.Float),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
)  # fmt: skip
transfer_event = sa.Table(
    "transfer_event", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _search(index=True),
    sa.Column("source_search", sa.String(40), nullable=False),
    sa.Column("source_trial", sa.Integer),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
)  # fmt: skip
artifact = sa.Table(
    "artifact", metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)  # fmt: skip
artifact_ref = sa.Table(
    "artifact_ref", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.String(64), sa.ForeignKey("artifact.sha256"), nullable=False, index=True),
    _search(index=True),
    sa.Column("number", sa.Integer),
    sa.Column("role", sa.String(40), nullable=False),
)  # fmt: skip
lineage = sa.Table(
    "lineage", metadata,
    sa.Column("child", sa.String(120), primary_key=True),
    sa.Column("parent", sa.String(120), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
)  # fmt: skip
tag = sa.Table(
    "tag", metadata,
    _search(primary_key=True),
    sa.Column("name", sa.String(80), primary_key=True),
)  # fmt: skip
annotation = sa.Table(
    "annotation", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _search(index=True),
    sa.Column("number", sa.Integer),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)  # fmt: skip
store_meta = sa.Table(
    "store_meta", metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)  # fmt: skip
