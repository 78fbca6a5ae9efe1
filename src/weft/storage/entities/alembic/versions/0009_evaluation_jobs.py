"""Evaluation jobs, and the tasks of their runs in the ledger beside those of scores."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text, text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add kinds to jobs and tasks, and create the table."""
    op.add_column("scoring_jobs", Column("kind", Text, nullable=False, server_default="score"))
    op.add_column("scoring_tasks", Column("kind", Text, nullable=False, server_default="score"))
    op.add_column("scoring_tasks", Column("run_id", Text, nullable=True))
    op.add_column("scoring_tasks", Column("subject", Text, nullable=False, server_default=""))
    op.add_column("scoring_tasks", Column("position", Integer, nullable=False, server_default="0"))
    of_runs = text("run_id IS NOT NULL")
    op.create_index(
        "ix_scoring_tasks_run_id_kind_state",
        "scoring_tasks",
        ["run_id", "kind", "state"],
        sqlite_where=of_runs,
        postgresql_where=of_runs,
    )
    op.create_table(
        "evaluation_jobs",
        *(Column(name, Text, nullable=False) for name in ("id", "evaluation_ref", "model_ref", "source_run_id")),
        Column("dataset_ref", Text, nullable=False),
        Column("scorer_refs", JSON, nullable=False),
        PrimaryKeyConstraint("id", name="pk_evaluation_jobs"),
        ForeignKeyConstraint(["id"], ["scoring_jobs.id"], name="fk_evaluation_jobs_id", ondelete="CASCADE"),
    )
