"""Back-fills of monitors."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table."""
    counts = ("walked", "not_sampled", "excluded", "chosen", "queued")
    op.create_table(
        "monitor_backfills",
        *(Column(name, Text, nullable=False) for name in ("id", "project_id", "monitor_ref", "user_id")),
        Column("created_at", UtcDateTime, nullable=False),
        Column("started_after", UtcDateTime, nullable=True),
        Column("started_before", UtcDateTime, nullable=False),
        Column("dry_run", Boolean, nullable=False),
        Column("cancelled", Boolean, nullable=False),
        Column("total", Integer, nullable=True),
        *(Column(name, Integer, nullable=False) for name in counts),
        Column("last_started_at", UtcDateTime, nullable=True),
        Column("last_call_id", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_monitor_backfills"),
    )
    op.create_index("ix_monitor_backfills_project_id_created_at", "monitor_backfills", ["project_id", "created_at"])
