"""The history of each project's settings."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Integer, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "project_settings",
        Column("number", Integer, nullable=False, autoincrement=True),
        Column("project_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("value", JSON, nullable=False),
        Column("changed_at", UtcDateTime, nullable=False),
        Column("changed_by", Text, nullable=False),
        PrimaryKeyConstraint("number", name="pk_project_settings"),
    )
    op.create_index("ix_project_settings_project_id_name_number", "project_settings", ["project_id", "name", "number"])
