"""Tasks on their way to a broker, and the feed of ended calls for monitors."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, Text, text

from weft.storage.entities.tables import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("scoring_tasks", Column("published_until", UtcDateTime, nullable=True))
    op.drop_index("ix_scoring_tasks_next_attempt_at", "scoring_tasks")
    op.create_index(
        "ix_scoring_tasks_published_until_next_attempt_at", "scoring_tasks", ["published_until", "next_attempt_at"]
    )
    op.create_table(
        "ended_calls",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), nullable=False, autoincrement=True),
        Column("project_id", Text, nullable=False),
        Column("call_id", Text, nullable=False),
        Column("ended_at", UtcDateTime, nullable=False),
        Column("added_at", UtcDateTime, nullable=False),
        Column("due_at", UtcDateTime, nullable=False),
        Column("published", Boolean, nullable=False),
        PrimaryKeyConstraint("id", name="pk_ended_calls"),
    )
    op.create_index("ix_ended_calls_published_due_at", "ended_calls", ["published", "due_at"])
    is_monitor = text("base_object_class = 'Monitor'")
    op.create_index(
        "ix_object_versions_monitors",
        "object_versions",
        ["project_id"],
        sqlite_where=is_monitor,
        postgresql_where=is_monitor,
    )
