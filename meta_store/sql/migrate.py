"""Bring a database to this release's schema, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from ..errors import StoreError
from .engine import reading, writing
from .tables import metadata

FOLDER = Path(__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    """The migrations that this release has."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)


def migrate(engine: Engine) -> None:
    """Make or migrate the tables.

    Raises:
        StoreError: If the store was written by a newer release.
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

    writing(engine, upgrade)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
