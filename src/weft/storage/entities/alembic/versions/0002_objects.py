"""Object versions, which of them is the latest, and their tags and aliases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from weft.storage.entities.tables import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "object_versions",
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version_index", sa.Integer, nullable=False),
        sa.Column("base_object_class", sa.Text, nullable=True),
        sa.Column("leaf_object_class", sa.Text, nullable=True),
        sa.Column("wb_user_id", sa.Text, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("val", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "object_id", "digest", name="pk_object_versions"),
        sa.UniqueConstraint(
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
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("moved_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "object_id", "kind", name="pk_object_latest"),
    )
    op.create_table(
        "object_tags",
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "object_id", "digest", "name", name="pk_object_tags"),
    )
    op.create_index("ix_object_tags_project_id_name", "object_tags", ["project_id", "name"])
    op.create_table(
        "object_aliases",
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "object_id", "name", name="pk_object_aliases"),
    )
    op.create_index("ix_object_aliases_project_id_name", "object_aliases", ["project_id", "name"])
