"""The scoring ledger: which scores were asked for, by whom, and where each one stands.

Owns the jobs (one request each) and the tasks (one call and one scorer each). What an attempt's outcome means for a
task is decided in scoring/retry.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from weft.core import ids
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

STATES = ("queued", "running", "retrying", "scored", "failed")
"""Every state of a task; the last two are ends, until the task is asked for again."""

_ENDED = ("scored", "failed")
_KILLED = "The worker stopped during every attempt"

jobs = Table(
    "scoring_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("scorer_refs", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
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
    Index("ix_scoring_tasks_next_attempt_at", "next_attempt_at"),
    Index("ix_scoring_tasks_lease_until", "lease_until"),
    Index("ix_scoring_tasks_call_id", "call_id"),
    Index("ix_scoring_tasks_project_id_asked_at", "project_id", "asked_at"),
)

# A task belongs to every job that asked for it.
job_tasks = Table(
    "scoring_job_tasks",
    metadata,
    Column("job_id", Text, ForeignKey("scoring_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Text, ForeignKey("scoring_tasks.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_scoring_job_tasks_task_id", "task_id"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """One call to be scored by one scorer version.

    The id follows from project, call, scorer and trigger, so asking again finds the same task, and doing it again
    writes under the same ids. `rounds` counts how often it was asked for after it had ended, `attempts` the tries of
    this round.
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

    @property
    def first_try(self) -> bool:
        """Whether nothing can have been written for it yet."""
        return self.rounds == 1 and self.attempts <= 1


def task_id(project_id: str, call_id: str, scorer_ref: str, trigger_ref: str = "") -> str:
    """The id of the task of that call and scorer version."""
    return ids.stable_id("scoring task", project_id, call_id, scorer_ref, trigger_ref)


@dataclass(frozen=True, slots=True)
class Job:
    """One request to score, with the number of its tasks in each state."""

    id: str
    project_id: str
    user_id: str
    scorer_refs: Sequence[str]
    created_at: datetime
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks; None and empty mean any."""

    project_ids: Sequence[str] | None = None
    call_ids: Sequence[str] = ()
    task_ids: Sequence[str] = ()
    states: Sequence[str] = ()
    job_id: str | None = None


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


class LedgerStore:
    """Durable jobs and tasks. `wake` is set whenever there may be something new to do."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db
        self.wake = threading.Event()

    def add(self, job: Job, asked: Sequence[Task]) -> None:
        """Commit a job and its tasks in one transaction.

        A task that is still under way is joined; one that has ended starts over.
        """
        at = job.created_at
        rows = [_row_of(task, at) for task in asked]
        with self._db.write() as connection:
            connection.execute(
                jobs.insert().values(
                    id=job.id,
                    project_id=job.project_id,
                    user_id=job.user_id,
                    scorer_refs=list(job.scorer_refs),
                    created_at=at,
                )
            )
            if rows:
                connection.execute(_upsert(connection), rows)
                connection.execute(job_tasks.insert(), [{"job_id": job.id, "task_id": row["id"]} for row in rows])
        self.wake.set()

    def claim(self, owner: str, limit: int, at: datetime, lease_until: datetime) -> list[Task]:
        """Take up to `limit` due tasks, the longest waiting first; each is the owner's until the lease ends."""
        due = select(tasks.c.id).where(tasks.c.next_attempt_at <= at)
        with self._db.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        chosen = due.order_by(tasks.c.next_attempt_at).limit(limit).with_for_update(skip_locked=True)
        taken = (
            update(tasks)
            .where(tasks.c.id.in_(chosen))
            .values(
                state="running",
                attempts=tasks.c.attempts + 1,
                next_attempt_at=None,
                started_at=func.coalesce(tasks.c.started_at, bindparam("now", at, type_=UtcDateTime)),
                updated_at=at,
                lease_owner=owner,
                lease_until=lease_until,
            )
            .returning(tasks)
        )
        with self._db.write() as connection:
            rows = connection.execute(taken).all()
        return sorted((_task(row) for row in rows), key=lambda task: task.asked_at)

    def settle(self, owner: str, verdicts: Sequence[Verdict], at: datetime) -> None:
        """Record what became of claimed tasks, all in one transaction; a task lost to another owner stays as it is."""
        if not verdicts:
            return
        with self._db.write() as connection:
            connection.execute(_SETTLE, [_settlement(owner, verdict, at) for verdict in verdicts])

    def renew(self, owner: str, lease_until: datetime) -> None:
        """Keep everything the owner is working on for longer."""
        with self._db.write() as connection:
            connection.execute(update(tasks).where(tasks.c.lease_owner == owner).values(lease_until=lease_until))

    def reclaim(self, at: datetime, everything: bool = False) -> int:
        """Queue again what owners that no longer live were doing: leases that ran out, or (at start) all of them.

        A task whose attempts are used up has killed its worker each time, and fails.
        """
        lost = tasks.c.lease_until.is_not(None) if everything else tasks.c.lease_until < at
        with self._db.read() as connection:
            if connection.execute(select(tasks.c.id).where(lost).limit(1)).first() is None:
                return 0
        free: dict[str, Any] = {"lease_owner": None, "lease_until": None, "updated_at": at}
        with self._db.write() as connection:
            spent = and_(lost, tasks.c.attempts >= tasks.c.max_attempts)
            connection.execute(
                update(tasks).where(spent).values(state="failed", reason=_KILLED, finished_at=at, **free)
            )
            again = update(tasks).where(lost).values(state="queued", next_attempt_at=at, **free)
            return connection.execute(again).rowcount

    def retry(self, which: TaskFilter, at: datetime) -> int:
        """Queue failed tasks again with a full budget; how many."""
        with self._db.write() as connection:
            retried = connection.execute(
                update(tasks).where(_matching(which), tasks.c.state == "failed").values(_fresh_round(at))
            ).rowcount
        self.wake.set()
        return retried

    def next_due(self) -> datetime | None:
        """When the next waiting task wants its attempt; None when nothing waits."""
        with self._db.read() as connection:
            return connection.execute(select(func.min(tasks.c.next_attempt_at, type_=UtcDateTime))).scalar()

    def unfinished(self) -> int:
        """How many tasks have not ended."""
        with self._db.read() as connection:
            open_tasks = select(func.count()).select_from(tasks)
            waiting = or_(tasks.c.next_attempt_at.is_not(None), tasks.c.lease_until.is_not(None))
            return connection.execute(open_tasks.where(waiting)).scalar_one()

    def project_ids(self) -> list[str]:
        """Every project that ever asked for a score."""
        with self._db.read() as connection:
            return list(connection.execute(select(jobs.c.project_id).distinct()).scalars())

    def tasks(self, which: TaskFilter, limit: int, offset: int = 0) -> list[Task]:
        """Tasks, newest request first."""
        found = select(tasks).where(_matching(which)).order_by(tasks.c.asked_at.desc(), tasks.c.id)
        with self._db.read() as connection:
            return [_task(row) for row in connection.execute(found.limit(limit).offset(offset))]

    def job(self, job_id: str) -> Job | None:
        """The job of that id."""
        return next(iter(self._jobs(jobs.c.id == job_id, 1, 0)), None)

    def jobs(self, project_ids: Sequence[str] | None, limit: int, offset: int = 0) -> list[Job]:
        """Jobs, newest first; None means those of every project."""
        return self._jobs(true() if project_ids is None else jobs.c.project_id.in_(project_ids), limit, offset)

    def _jobs(self, which: ColumnElement[bool], limit: int, offset: int) -> list[Job]:
        newest = select(jobs).where(which).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
        with self._db.read() as connection:
            rows = connection.execute(newest.limit(limit).offset(offset)).all()
            counts = _counts(connection, [row.id for row in rows])
        return [Job(**row._mapping, counts=counts.get(row.id, {})) for row in rows]


_SETTLE: Update = (
    update(tasks)
    .where(tasks.c.id == bindparam("settled_id"), tasks.c.lease_owner == bindparam("owner"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        attempts=tasks.c.attempts - bindparam("given_back"),
        next_attempt_at=bindparam("due"),
        finished_at=bindparam("ended"),
        updated_at=bindparam("at"),
        score_call_id=func.coalesce(func.nullif(bindparam("call"), ""), tasks.c.score_call_id),
        feedback_id=func.coalesce(func.nullif(bindparam("feedback"), ""), tasks.c.feedback_id),
        lease_owner=None,
        lease_until=None,
    )
)


def _settlement(owner: str, verdict: Verdict, at: datetime) -> dict[str, Any]:
    return {
        "settled_id": verdict.task_id,
        "owner": owner,
        "new_state": verdict.state,
        "new_reason": verdict.reason,
        "given_back": int(verdict.uncounted),
        "due": verdict.next_attempt_at,
        "ended": at if verdict.state in _ENDED else None,
        "at": at,
        "call": verdict.score_call_id,
        "feedback": verdict.feedback_id,
    }


def _row_of(task: Task, at: datetime) -> dict[str, Any]:
    known = task_id(task.project_id, task.call_id, task.scorer_ref, task.trigger_ref)
    return asdict(task) | {"id": known, "created_at": at, "updated_at": at, "next_attempt_at": at}


def _fresh_round(at: datetime) -> dict[str, Any]:
    return {
        "state": "queued",
        "reason": "",
        "attempts": 0,
        "rounds": tasks.c.rounds + 1,
        "asked_at": at,
        "next_attempt_at": at,
        "updated_at": at,
        "started_at": None,
        "finished_at": None,
    }


def _upsert(connection: Connection) -> Any:
    """Insert, or start an ended task over; PostgreSQL and SQLite spell this alike but SQLAlchemy keeps two of it."""
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(tasks)
    again = _fresh_round(insert.excluded.asked_at) | {
        "user_id": insert.excluded.user_id,
        "max_attempts": insert.excluded.max_attempts,
    }
    # IN would need as many placeholders as values, which a statement for many rows cannot have.
    ended = or_(*(tasks.c.state == state for state in _ENDED))
    return insert.on_conflict_do_update(index_elements=["id"], set_=again, where=ended)


def _matching(which: TaskFilter) -> ColumnElement[bool]:
    wanted: list[tuple[Column[Any], Iterable[str] | None]] = [
        (tasks.c.project_id, which.project_ids),
        (tasks.c.call_id, which.call_ids or None),
        (tasks.c.id, which.task_ids or None),
        (tasks.c.state, which.states or None),
    ]
    conditions: list[ColumnElement[bool]] = [column.in_(values) for column, values in wanted if values is not None]
    if which.job_id is not None:
        of_job = select(job_tasks.c.task_id).where(job_tasks.c.job_id == which.job_id)
        conditions.append(tasks.c.id.in_(of_job))
    return and_(true(), *conditions)


def _counts(connection: Connection, job_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    grouped = (
        select(job_tasks.c.job_id, tasks.c.state, func.count())
        .join(tasks, tasks.c.id == job_tasks.c.task_id)
        .where(job_tasks.c.job_id.in_(job_ids))
        .group_by(job_tasks.c.job_id, tasks.c.state)
    )
    for job_id, state, count in connection.execute(grouped):
        counts.setdefault(job_id, dict.fromkeys(STATES, 0))[state] = count
    return counts


def _task(row: Row[Any]) -> Task:
    return Task(**row._mapping)
