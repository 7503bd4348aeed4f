"""The SQLite store passes the contract, and does what is SQLite's own."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import meta_store
from meta_store.sql import migrate
from meta_store.sql.migrate import scripts
from meta_store.sql.tables import metadata
from meta_store.testing import SPACE, TASK, StoreContract, search_record


class TestSqlite(StoreContract):
    def make_store(self, folder: Path) -> meta_store.Store:
        return meta_store.open(folder / "team" / "store.db")


WRITER = """
import sys, meta_store
from meta_store import TrialRecord
with meta_store.open(sys.argv[1]) as store:
    lease = store.acquire_lease(sys.argv[2], sys.argv[2], pid=0, host="x")
    for n in range(25):
        store.open_trial(lease, TrialRecord(sys.argv[2], n, {"a": n}))
        store.record_epoch(lease, n, 1, {"loss": 0.5})
        store.close_trial(lease, n, state="completed", value=n / 10)
"""


def test_processes_write_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with meta_store.open(path) as store:
        store.put_task(TASK)
        store.put_space(SPACE)
        ids = [store.create_search(search_record(id=f"search-{i}")) for i in range(3)]
        runners = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(path), i], stderr=subprocess.PIPE, text=True)
            for i in ids
        ]
        for runner in runners:
            _, said = runner.communicate()
            assert runner.returncode == 0, said
        for search_id in ids:
            trials = store.trials(search_id)
            assert [t.number for t in trials] == list(range(25))
            assert all(t.state == "completed" for t in trials)


def test_several_processes_may_create_one_store(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    code = "import sys, meta_store; meta_store.open(sys.argv[1]).close()"
    makers = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for maker in makers:
        _, said = maker.communicate()
        assert maker.returncode == 0, said


def test_write_ahead_logging_is_on(tmp_path: Path) -> None:
    meta_store.open(tmp_path / "store.db").close()
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_path_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "what? #1 100% ünï.db"
    meta_store.open(path).close()
    assert path.exists()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    meta_store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(meta_store.StoreError, match="Update kerasnas"):
        meta_store.open(path)


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database, and long enough to be taken for none at all " * 50)
    with pytest.raises(meta_store.StoreError, match=r"cannot be opened as a store|could not be"):
        meta_store.open(path)


def test_the_migrations_make_the_tables_that_the_code_has(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine

    meta_store.open(tmp_path / "store.db").close()
    with create_engine(f"sqlite:///{tmp_path / 'store.db'}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, metadata) == []


REBUILD = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "mood", "{head}", None, None
def upgrade():
    with op.batch_alter_table("search", recreate="always") as batch:
        batch.add_column(sa.Column("mood", sa.Text()))
"""


def test_a_migration_may_rebuild_a_table_that_others_refer_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((Path(__file__).parent / "released" / "0001.sql").read_text())
    shutil.copytree(migrate.FOLDER, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "mood.py").write_text(
        REBUILD.replace("{head}", str(scripts().get_current_head()))
    )
    monkeypatch.setattr(migrate, "FOLDER", tmp_path / "migrations")
    with meta_store.open(path) as store:
        (search,) = store.list_searches()
        assert [t.value for t in store.trials(search.id)] == [0.5]
    with sqlite3.connect(path) as connection:
        assert "mood" in [row[1] for row in connection.execute("PRAGMA table_info(search)")]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("mood",)


def test_every_released_schema_still_opens(tmp_path: Path) -> None:
    fixtures = Path(__file__).parent / "released"
    names = {p.stem for p in fixtures.glob("*.sql")}
    assert {r.revision for r in scripts().walk_revisions()} <= names, (
        "Add a dump of the new revision to tests/meta_store/released."
    )
    for dump in fixtures.glob("*.sql"):
        path = tmp_path / f"{dump.stem}.db"
        with sqlite3.connect(path) as connection:
            connection.executescript(dump.read_text())
        with meta_store.open(path) as store:
            (search,) = store.list_searches()
            assert store.trials(search.id)[0].value == 0.5
            assert store.get_task(search.task_id).name == "toy"
