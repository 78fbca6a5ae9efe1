"""An index over ended scoring tasks, by project and state: how many there are and how fast they come."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the index."""
    ended = text("finished_at IS NOT NULL")
    op.create_index(
        "ix_scoring_tasks_project_id_state_finished_at",
        "scoring_tasks",
        ["project_id", "state", "finished_at"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
