"""Which way metrics of evaluations are better."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "metric_directions",
        *(Column(name, Text, nullable=False) for name in ("project_id", "metric", "direction")),
        PrimaryKeyConstraint("project_id", "metric", name="pk_metric_directions"),
    )
