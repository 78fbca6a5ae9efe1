"""Prices of models, by project."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Double, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "prices",
        Column("id", Text, nullable=False),
        Column("project_id", Text, nullable=False),
        Column("llm_id", Text, nullable=False),
        Column("provider_id", Text, nullable=False),
        Column("effective_date", UtcDateTime, nullable=False),
        Column("prompt_token_cost", Double, nullable=False),
        Column("completion_token_cost", Double, nullable=False),
        Column("cache_read_input_token_cost", Double, nullable=False),
        Column("cache_creation_input_token_cost", Double, nullable=False),
        Column("prompt_token_cost_unit", Text, nullable=False),
        Column("completion_token_cost_unit", Text, nullable=False),
        Column("created_by", Text, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_prices"),
    )
    op.create_index("ix_prices_project_id_llm_id", "prices", ["project_id", "llm_id"])
