"""Reading the ledger: jobs with their counts, tasks, and what is still to do. Changing it is ledger.py's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, func, or_, select, true

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.evaluation_jobs import EvaluationJobs
from weft.storage.entities.ledger_tables import KIND, OPEN, Job, Task, TaskFilter, TaskGroup, job_tasks, jobs, tasks
from weft.storage.entities.tables import UtcDateTime

# As many ids as one statement names at a time; databases allow some tens of thousands.
_IDS = 5000
_ALWAYS_COUNTED = (*OPEN, "scored", "failed")
_EVERY_VERSION = ":*"


class LedgerQueries:
    """Answers questions about jobs and tasks."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db
        self.evaluations = EvaluationJobs(db)

    def next_due(self) -> datetime | None:
        """When the next waiting task wants its attempt; None when nothing waits."""
        with self._db.read() as connection:
            first = select(func.min(tasks.c.next_attempt_at, type_=UtcDateTime))
            return connection.execute(first.where(tasks.c.published_until.is_(None))).scalar()

    def unfinished(self) -> int:
        """How many tasks have not ended; those that wait for others of their run are not counted."""
        with self._db.read() as connection:
            open_tasks = select(func.count()).select_from(tasks)
            waiting = or_(tasks.c.next_attempt_at.is_not(None), tasks.c.lease_until.is_not(None))
            return connection.execute(open_tasks.where(waiting)).scalar_one()

    def project_ids(self) -> list[str]:
        """Every project that ever asked for a score."""
        with self._db.read() as connection:
            return list(connection.execute(select(jobs.c.project_id).distinct()).scalars())

    def tasks(self, which: TaskFilter, limit: int, offset: int = 0) -> list[Task]:
        """Tasks, newest request first; those of a run in their order."""
        order = (tasks.c.asked_at.desc(), tasks.c.position, tasks.c.id)
        found = select(tasks).where(matching(which)).order_by(*order)
        with self._db.read() as connection:
            return [task_of(row) for row in connection.execute(found.limit(limit).offset(offset))]

    def grouped(self, which: TaskFilter, limit: int) -> tuple[dict[str, int], list[TaskGroup]]:
        """How many tasks are in each state, and the largest groups of them by state, scorer and reason."""
        columns = (tasks.c.state, tasks.c.scorer_ref, tasks.c.reason)
        rows = func.count().label("rows")
        newest = func.max(tasks.c.asked_at, type_=UtcDateTime).label("newest")
        by_state = select(tasks.c.state, rows).where(matching(which)).group_by(tasks.c.state)
        largest = select(*columns, rows, newest).where(matching(which)).group_by(*columns)
        with self._db.read() as connection:
            states = {row.state: row.rows for row in connection.execute(by_state)}
            found = connection.execute(largest.order_by(rows.desc(), newest.desc()).limit(limit)).all()
        return states, [TaskGroup(row.state, row.scorer_ref, row.reason, row.rows, row.newest) for row in found]

    def triggers(self, project_id: str, call_ids: Sequence[str]) -> set[tuple[str, str]]:
        """(call id, trigger ref) of everything that monitors have asked for about these calls."""
        found: set[tuple[str, str]] = set()
        with self._db.read() as connection:
            for start in range(0, len(call_ids), _IDS):
                asked = select(tasks.c.call_id, tasks.c.trigger_ref).distinct()
                of_calls = tasks.c.call_id.in_(call_ids[start : start + _IDS])
                rows = connection.execute(
                    asked.where(tasks.c.project_id == project_id, of_calls, tasks.c.trigger_ref != "")
                )
                found |= {(row.call_id, row.trigger_ref) for row in rows}
        return found

    def among(self, task_ids: Collection[str], kinds: Collection[str]) -> dict[str, str]:
        """Which of these tasks belong to one of these runs, or else scorers, and to which."""
        which = select(tasks.c.id, KIND.label("kind")).where(tasks.c.id.in_(task_ids), KIND.in_(kinds))
        with self._db.read() as connection:
            return {row.id: row.kind for row in connection.execute(which)}

    def open_of(self, job_id: str, limit: int) -> int:
        """How many tasks of a job have not ended, counting no further than the limit."""
        is_open = or_(*(tasks.c.state == state for state in OPEN))
        of_job = select(tasks.c.id).join(job_tasks, job_tasks.c.task_id == tasks.c.id)
        some = of_job.where(job_tasks.c.job_id == job_id, is_open).limit(limit).subquery()
        with self._db.read() as connection:
            return connection.execute(select(func.count()).select_from(some)).scalar_one()

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


def matching(which: TaskFilter) -> ColumnElement[bool]:
    """The condition of a filter."""
    wanted: list[tuple[Column[Any], Iterable[str] | None]] = [
        (tasks.c.project_id, which.project_ids),
        (tasks.c.call_id, which.call_ids or None),
        (tasks.c.id, which.task_ids or None),
        (tasks.c.state, which.states or None),
        (tasks.c.kind, which.kinds or None),
    ]
    conditions: list[ColumnElement[bool]] = [column.in_(values) for column, values in wanted if values is not None]
    conditions += [
        _named(column, ref)
        for column, ref in ((tasks.c.scorer_ref, which.scorer_ref), (tasks.c.trigger_ref, which.trigger_ref))
        if ref
    ]
    if which.reason:
        conditions.append(tasks.c.reason.icontains(which.reason, autoescape=True))
    if which.asked_since is not None:
        conditions.append(tasks.c.asked_at >= which.asked_since)
    if which.job_id is not None:
        of_job = select(job_tasks.c.task_id).where(job_tasks.c.job_id == which.job_id)
        conditions.append(tasks.c.id.in_(of_job))
    return and_(true(), *conditions)


def _named(column: Column[Any], ref: str) -> ColumnElement[bool]:
    if not ref.endswith(_EVERY_VERSION):
        return column == ref
    # With the colon, or an object whose name only begins alike would be meant too; no LIKE, which ignores case.
    prefix = ref[:-1]
    return func.substr(column, 1, len(prefix)) == prefix


def task_of(row: Row[Any]) -> Task:
    """A row of the table as a value."""
    return Task(**row._mapping)


def _counts(connection: Connection, job_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    grouped = (
        select(job_tasks.c.job_id, tasks.c.state, func.count())
        .join(tasks, tasks.c.id == job_tasks.c.task_id)
        .where(job_tasks.c.job_id.in_(job_ids))
        .group_by(job_tasks.c.job_id, tasks.c.state)
    )
    for job_id, state, count in connection.execute(grouped):
        counts.setdefault(job_id, dict.fromkeys(_ALWAYS_COUNTED, 0))[state] = count
    return counts
