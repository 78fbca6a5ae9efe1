"""Annotation queues."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "annotation_queues",
        Column("id", Text, nullable=False),
        Column("project_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("scorer_refs", JSON, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("created_by", Text, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
        Column("deleted_at", UtcDateTime, nullable=True),
        PrimaryKeyConstraint("id", name="pk_annotation_queues"),
    )
    op.create_index("ix_annotation_queues_project_id_created_at", "annotation_queues", ["project_id", "created_at"])
