"""Object versions, which of them is the latest, and their tags and aliases."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Text, UniqueConstraint

from weft.storage.entities.tables import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the four tables."""
    _create_versions()
    _create_labels()


def _create_versions() -> None:
    op.create_table(
        "object_versions",
        Column("project_id", Text, nullable=False),
        Column("object_id", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("version_index", Integer, nullable=False),
        Column("base_object_class", Text, nullable=True),
        Column("leaf_object_class", Text, nullable=True),
        Column("wb_user_id", Text, nullable=True),
        Column("created_at", UtcDateTime, nullable=False),
        Column("deleted_at", UtcDateTime, nullable=True),
        Column("size_bytes", Integer, nullable=False),
        Column("val", Text, nullable=False),
        PrimaryKeyConstraint("project_id", "object_id", "digest", name="pk_object_versions"),
        UniqueConstraint(
            "project_id",
            "object_id",
            "kind",
            "version_index",
            name="uq_object_versions_project_id_object_id_kind_version_index",
        ),
    )
    op.create_index("ix_object_versions_project_id_digest", "object_versions", ["project_id", "digest"])
    op.create_index("ix_object_versions_project_id_created_at", "object_versions", ["project_id", "created_at"])
    op.create_table(
        "object_latest",
        Column("project_id", Text, nullable=False),
        Column("object_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("moved_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("project_id", "object_id", "kind", name="pk_object_latest"),
    )


def _create_labels() -> None:
    op.create_table(
        "object_tags",
        Column("project_id", Text, nullable=False),
        Column("object_id", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("name", Text, nullable=False),
        PrimaryKeyConstraint("project_id", "object_id", "digest", "name", name="pk_object_tags"),
    )
    op.create_index("ix_object_tags_project_id_name", "object_tags", ["project_id", "name"])
    op.create_table(
        "object_aliases",
        Column("project_id", Text, nullable=False),
        Column("object_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("digest", Text, nullable=False),
        PrimaryKeyConstraint("project_id", "object_id", "name", name="pk_object_aliases"),
    )
    op.create_index("ix_object_aliases_project_id_name", "object_aliases", ["project_id", "name"])
