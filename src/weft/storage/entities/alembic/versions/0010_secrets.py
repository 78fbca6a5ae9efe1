"""Secrets of projects, sealed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "project_secrets",
        Column("project_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("sealed", Text, nullable=False),
        Column("hosts", JSON, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
        Column("updated_by", Text, nullable=False),
        PrimaryKeyConstraint("project_id", "name", name="pk_project_secrets"),
    )
