"""When an API key ends by itself."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from weft.storage.entities.tables import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column; the keys there are never end."""
    op.add_column("api_keys", Column("expires_at", UtcDateTime, nullable=True))
