"""The scoring ledger: jobs, tasks, and which job asked for which task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from weft.storage.entities.tables import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "scoring_jobs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("scorer_refs", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scoring_jobs"),
    )
    op.create_index("ix_scoring_jobs_project_id_created_at", "scoring_jobs", ["project_id", "created_at"])
    op.create_table(
        "scoring_tasks",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("id", "project_id", "call_id", "scorer_ref")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("trigger_ref", "user_id", "state", "reason")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("attempts", "max_attempts", "rounds")),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=True),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("created_at", "updated_at")),
        *(sa.Column(name, UtcDateTime, nullable=True) for name in ("started_at", "finished_at")),
        sa.Column("lease_owner", sa.Text, nullable=True),
        sa.Column("lease_until", UtcDateTime, nullable=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("score_call_id", "feedback_id")),
        sa.PrimaryKeyConstraint("id", name="pk_scoring_tasks"),
    )
    op.create_index("ix_scoring_tasks_next_attempt_at", "scoring_tasks", ["next_attempt_at"])
    op.create_index("ix_scoring_tasks_lease_until", "scoring_tasks", ["lease_until"])
    op.create_index("ix_scoring_tasks_call_id", "scoring_tasks", ["call_id"])
    op.create_index("ix_scoring_tasks_project_id_asked_at", "scoring_tasks", ["project_id", "asked_at"])
    op.create_table(
        "scoring_job_tasks",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "task_id", name="pk_scoring_job_tasks"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scoring_jobs.id"], name="fk_scoring_job_tasks_job_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["scoring_tasks.id"], name="fk_scoring_job_tasks_task_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_scoring_job_tasks_task_id", "scoring_job_tasks", ["task_id"])
