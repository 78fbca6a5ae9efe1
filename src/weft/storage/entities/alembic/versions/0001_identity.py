"""Projects, users, API keys and the roles of each key."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, SmallInteger, Text, UniqueConstraint

from weft.storage.entities.tables import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "projects",
        Column("id", Text, nullable=False),
        Column("entity", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_projects"),
        UniqueConstraint("entity", "name", name="uq_projects_entity_name"),
    )
    op.create_table(
        "users",
        Column("id", Text, nullable=False),
        Column("username", Text, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_users"),
        UniqueConstraint("username", name="uq_users_username"),
    )
    op.create_table(
        "api_keys",
        Column("id", Text, nullable=False),
        Column("user_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("hint", Text, nullable=False),
        Column("key_hash", Text, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("revoked_at", UtcDateTime, nullable=True),
        PrimaryKeyConstraint("id", name="pk_api_keys"),
        UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "key_roles",
        Column("key_id", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("role", SmallInteger, nullable=False),
        PrimaryKeyConstraint("key_id", "scope", name="pk_key_roles"),
        ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_key_roles_key_id"),
    )
