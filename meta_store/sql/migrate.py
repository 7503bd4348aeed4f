"""Bring a database to this release's schema, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from ..errors import StoreError
from .engine import make_engine, reading, writing
from .tables import metadata

FOLDER = Path(__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    """The migrations that this release has."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)


def migrate(engine: Engine, where: str | Path) -> None:
    """Make or migrate the tables, in one transaction.

    Args:
        engine: Of the store.
        where: The same as path or address.

    Raises:
        StoreError: If the store was written by a newer release, or a migration would lose references.
    """
    script = scripts()
    head = script.get_current_head()
    current = reading(engine, _revision)
    if current == head:
        return
    if current is not None and current not in {r.revision for r in script.walk_revisions()}:
        raise StoreError(
            f"The store is of the schema '{current}', which this release does not know (it knows up to "
            f"'{head}'). Update kerasnas."
        )
    config = Config()
    config.set_main_option("script_location", str(FOLDER))

    def upgrade(connection: Connection) -> None:
        if _revision(connection) == head:
            return  # another process was faster
        environment = EnvironmentContext(
            config, script, fn=lambda revision, _: script._upgrade_revs("head", revision)
        )
        with environment:
            environment.configure(
                connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False
            )
            environment.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StoreError(
                    f"The migration of '{where}' to the schema '{head}' would break references: {broken[:3]}. "
                    "Nothing was changed. Please report this."
                )

    migrating = make_engine(where, foreign_keys=False)
    try:
        writing(migrating, upgrade)
    finally:
        migrating.dispose()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
