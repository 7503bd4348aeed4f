"""Ensembles of finalists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "ensemble",
        sa.Column("search_id", sa.String(length=40), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("validation", sa.Float(), nullable=False),
        sa.Column("holdout", sa.Float(), nullable=True),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name=op.f("fk_ensemble_search_id_search"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", name=op.f("pk_ensemble")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("ensemble")
