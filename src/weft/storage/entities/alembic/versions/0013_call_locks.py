"""Locks of calls that are being changed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "call_locks",
        Column("call_number", BigInteger, nullable=False, autoincrement=False),
        PrimaryKeyConstraint("call_number", name="pk_call_locks"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Nothing in it is ever committed, so nothing of it has to reach the disk.
        op.execute("ALTER TABLE call_locks SET UNLOGGED")
