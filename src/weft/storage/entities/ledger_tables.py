"""The tables of the ledger and their rows as values. Writing them is ledger.py's, listing them ledger_queries.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text, func

from weft.core import ids
from weft.storage.entities.tables import UtcDateTime, metadata

OPEN = ("queued", "running", "retrying")
ENDED = ("scored", "failed", "done")
STATES = (*OPEN, *ENDED)
"""Every state of a task; the last three are ends, until the task is asked for again. Steps of a run end as `done`."""

SCORE = "score"
START = "evaluation_start"
ROW = "evaluation_row"
FINISH = "evaluation_finish"
WALK = "monitor_backfill"
KINDS = (SCORE, START, ROW, FINISH, WALK)
"""What a task is: one score of a stored call, a part of an evaluation run, or a monitor's walk through past calls."""

EVALUATE_MODEL = "evaluate_model"
RESCORE = "rescore"
MONITOR = "monitor"
BACKFILL = "monitor_backfill"
"""Kinds of jobs, beside those that score stored calls: evaluation runs, and what a monitor's version has chosen."""

jobs = Table(
    "scoring_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("scorer_refs", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False, server_default=SCORE),
    Index("ix_scoring_jobs_project_id_created_at", "project_id", "created_at"),
)

tasks = Table(
    "scoring_tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("scorer_ref", Text, nullable=False),
    Column("trigger_ref", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=True),
    Column("finished_at", UtcDateTime, nullable=True),
    Column("lease_owner", Text, nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
    Column("score_call_id", Text, nullable=False),
    Column("feedback_id", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=SCORE),
    Column("run_id", Text, nullable=True),
    Column("subject", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    # Until when a waiting task counts as handed to a broker; empty for one that nobody was told of.
    Column("published_until", UtcDateTime, nullable=True),
    Index("ix_scoring_tasks_published_until_next_attempt_at", "published_until", "next_attempt_at"),
    Index("ix_scoring_tasks_lease_until", "lease_until"),
    Index("ix_scoring_tasks_call_id", "call_id"),
    Index("ix_scoring_tasks_project_id_asked_at", "project_id", "asked_at"),
)
# Partial, so that scores, which belong to no run, cost nothing more when their state changes.
Index(
    "ix_scoring_tasks_run_id_kind_state",
    tasks.c.run_id,
    tasks.c.kind,
    tasks.c.state,
    sqlite_where=tasks.c.run_id.is_not(None),
    postgresql_where=tasks.c.run_id.is_not(None),
)

# Partial, so that a task touches it once, when it ends.
Index(
    "ix_scoring_tasks_project_id_state_finished_at",
    tasks.c.project_id,
    tasks.c.state,
    tasks.c.finished_at,
    sqlite_where=tasks.c.finished_at.is_not(None),
    postgresql_where=tasks.c.finished_at.is_not(None),
)

# A task belongs to every job that asked for it.
job_tasks = Table(
    "scoring_job_tasks",
    metadata,
    Column("job_id", Text, ForeignKey("scoring_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Text, ForeignKey("scoring_tasks.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_scoring_job_tasks_task_id", "task_id"),
)

# What tasks have in common that ask the same endpoints: their run or, of single ones, their scorer.
KIND = func.coalesce(tasks.c.run_id, tasks.c.scorer_ref)


@dataclass(frozen=True, slots=True)
class Task:
    """One call to be scored by one scorer version, or one part of an evaluation run.

    The id follows from what it is about, so asking again finds the same task, and doing it again writes under the
    same ids. `rounds` counts how often it was asked for after it had ended, `attempts` the tries of this round.
    `run_id` is the run of a part, `subject` what a row task is about (the digest of a dataset row, or the
    predict-and-score call of the source) and `position` its place in the run; `call_id` is then its prediction's.
    """

    project_id: str
    call_id: str
    scorer_ref: str
    user_id: str
    asked_at: datetime
    max_attempts: int
    trigger_ref: str = ""
    id: str = ""
    state: str = "queued"
    reason: str = ""
    attempts: int = 0
    rounds: int = 1
    next_attempt_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    score_call_id: str = ""
    feedback_id: str = ""
    kind: str = SCORE
    run_id: str | None = None
    subject: str = ""
    position: int = 0
    published_until: datetime | None = None

    @property
    def first_try(self) -> bool:
        """Whether nothing can have been written for it yet."""
        return self.rounds == 1 and self.attempts <= 1


def task_id(project_id: str, call_id: str, scorer_ref: str, trigger_ref: str = "") -> str:
    """The id of the task of that call and scorer version."""
    return ids.stable_id("scoring task", project_id, call_id, scorer_ref, trigger_ref)


def run_task_id(run_id: str, kind: str, position: int = 0) -> str:
    """The id of a part of an evaluation run."""
    return ids.stable_id("evaluation task", run_id, kind, str(position))


@dataclass(frozen=True, slots=True)
class Job:
    """One request, with the number of its tasks in each state. The id of an evaluation job is that of its run."""

    id: str
    project_id: str
    user_id: str
    scorer_refs: Sequence[str]
    created_at: datetime
    kind: str = SCORE
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks; None and empty mean any.

    `scorer_ref` and `trigger_ref` are exact, or name every version when their own is `*`; `reason` is a part of it, in
    whatever case.
    """

    project_ids: Sequence[str] | None = None
    call_ids: Sequence[str] = ()
    task_ids: Sequence[str] = ()
    states: Sequence[str] = ()
    job_id: str | None = None
    kinds: Sequence[str] = ()
    scorer_ref: str = ""
    trigger_ref: str = ""
    reason: str = ""
    asked_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks of one scorer version that are in one state for one reason, and when the last of them was asked for."""

    state: str
    scorer_ref: str
    reason: str
    count: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a task stands after an attempt. `uncounted` gives the attempt back, because the task was not tried."""

    task_id: str
    state: str
    reason: str = ""
    next_attempt_at: datetime | None = None
    uncounted: bool = False
    score_call_id: str = ""
    feedback_id: str = ""
