"""Items of annotation queues, and everybody's progress with them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

from weft.storage.entities.tables import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the two tables."""
    _create_items()
    op.create_table(
        "annotation_queue_progress",
        *(Column(name, Text, nullable=False) for name in ("item_id", "annotator_id", "state")),
        *(Column(name, UtcDateTime, nullable=False) for name in ("created_at", "updated_at")),
        PrimaryKeyConstraint("item_id", "annotator_id", name="pk_annotation_queue_progress"),
        ForeignKeyConstraint(
            ["item_id"],
            ["annotation_queue_items.id"],
            name="fk_annotation_queue_progress_item_id",
            ondelete="CASCADE",
        ),
    )


def _create_items() -> None:
    op.create_table(
        "annotation_queue_items",
        *(Column(name, Text, nullable=False) for name in ("id", "project_id", "queue_id", "call_id")),
        Column("call_started_at", UtcDateTime, nullable=False),
        Column("call_ended_at", UtcDateTime, nullable=True),
        *(Column(name, Text, nullable=False) for name in ("call_op_name", "call_trace_id")),
        Column("display_fields", JSON, nullable=False),
        Column("added_by", Text, nullable=False),
        *(Column(name, UtcDateTime, nullable=False) for name in ("created_at", "updated_at")),
        *(Column(name, Text, nullable=False) for name in ("state", "annotator_id")),
        Column("finished_at", UtcDateTime, nullable=True),
        Column("held_by", Text, nullable=False),
        Column("held_until", UtcDateTime, nullable=True),
        PrimaryKeyConstraint("id", name="pk_annotation_queue_items"),
        UniqueConstraint("queue_id", "call_id", name="uq_annotation_queue_items_queue_id_call_id"),
        ForeignKeyConstraint(
            ["queue_id"], ["annotation_queues.id"], name="fk_annotation_queue_items_queue_id", ondelete="CASCADE"
        ),
    )
    in_order = ["queue_id", "created_at", "id"]
    op.create_index("ix_annotation_queue_items_queue_id_created_at", "annotation_queue_items", in_order)
    unfinished = text("finished_at IS NULL")
    op.create_index(
        "ix_annotation_queue_items_unfinished",
        "annotation_queue_items",
        in_order,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
