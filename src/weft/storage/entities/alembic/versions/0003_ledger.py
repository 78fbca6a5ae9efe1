"""The scoring ledger: jobs, tasks, and which job asked for which task."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

from weft.storage.entities.tables import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "scoring_jobs",
        Column("id", Text, nullable=False),
        Column("project_id", Text, nullable=False),
        Column("user_id", Text, nullable=False),
        Column("scorer_refs", JSON, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_scoring_jobs"),
    )
    op.create_index("ix_scoring_jobs_project_id_created_at", "scoring_jobs", ["project_id", "created_at"])
    op.create_table(
        "scoring_tasks",
        *(Column(name, Text, nullable=False) for name in ("id", "project_id", "call_id", "scorer_ref")),
        *(Column(name, Text, nullable=False) for name in ("trigger_ref", "user_id", "state", "reason")),
        *(Column(name, Integer, nullable=False) for name in ("attempts", "max_attempts", "rounds")),
        Column("asked_at", UtcDateTime, nullable=False),
        Column("next_attempt_at", UtcDateTime, nullable=True),
        *(Column(name, UtcDateTime, nullable=False) for name in ("created_at", "updated_at")),
        *(Column(name, UtcDateTime, nullable=True) for name in ("started_at", "finished_at")),
        Column("lease_owner", Text, nullable=True),
        Column("lease_until", UtcDateTime, nullable=True),
        *(Column(name, Text, nullable=False) for name in ("score_call_id", "feedback_id")),
        PrimaryKeyConstraint("id", name="pk_scoring_tasks"),
    )
    op.create_index("ix_scoring_tasks_next_attempt_at", "scoring_tasks", ["next_attempt_at"])
    op.create_index("ix_scoring_tasks_lease_until", "scoring_tasks", ["lease_until"])
    op.create_index("ix_scoring_tasks_call_id", "scoring_tasks", ["call_id"])
    op.create_index("ix_scoring_tasks_project_id_asked_at", "scoring_tasks", ["project_id", "asked_at"])
    op.create_table(
        "scoring_job_tasks",
        Column("job_id", Text, nullable=False),
        Column("task_id", Text, nullable=False),
        PrimaryKeyConstraint("job_id", "task_id", name="pk_scoring_job_tasks"),
        ForeignKeyConstraint(["job_id"], ["scoring_jobs.id"], name="fk_scoring_job_tasks_job_id", ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["task_id"], ["scoring_tasks.id"], name="fk_scoring_job_tasks_task_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_scoring_job_tasks_task_id", "scoring_job_tasks", ["task_id"])
