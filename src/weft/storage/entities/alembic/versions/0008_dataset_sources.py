"""Links from rows of datasets to what they were made from."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table."""
    ordered = Text().with_variant(Text(collation="C"), "postgresql")
    keys = ("dataset_object_id", "row_digest", "source_kind", "source_id", "source_trace_id")
    op.create_table(
        "dataset_source_links",
        *(Column(name, Text, nullable=False) for name in ("id", "project_id")),
        *(Column(name, ordered, nullable=False) for name in keys),
        Column("source_started_at", UtcDateTime, nullable=False),
        Column("source_display_name", Text, nullable=False),
        Column("link_metadata", JSON, nullable=False),
        Column("added_by", Text, nullable=False),
        *(Column(name, UtcDateTime, nullable=False) for name in ("created_at", "updated_at")),
        Column("deleted_at", UtcDateTime, nullable=True),
        PrimaryKeyConstraint("id", name="pk_dataset_source_links"),
    )
    of_rows = ["project_id", "dataset_object_id", "row_digest"]
    op.create_index("ix_dataset_source_links_rows", "dataset_source_links", of_rows)
    of_sources = ["project_id", "source_kind", "source_id"]
    op.create_index("ix_dataset_source_links_sources", "dataset_source_links", of_sources)
