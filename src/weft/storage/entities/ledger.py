"""The scoring ledger: which scores and evaluation runs were asked for, by whom, and where each part of them stands.

Owns every change: asking, claiming, settling, trying again. The tables are ledger_tables.py's, the rules that bind
the tasks of a run ledger_runs.py's. What an attempt's outcome means for a task is decided in scoring/retry.py.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Update, and_, bindparam, func, or_, select, update

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.evaluation_jobs import EvaluationJob, Plan, insert_evaluation_job
from weft.storage.entities.ledger_queries import LedgerQueries, matching, task_of
from weft.storage.entities.ledger_runs import add_plans, run_row, tend_runs
from weft.storage.entities.ledger_tables import (
    ENDED,
    KIND,
    SCORE,
    STATES,
    Job,
    Task,
    TaskFilter,
    Verdict,
    job_tasks,
    jobs,
    task_id,
    tasks,
)
from weft.storage.entities.tables import UtcDateTime, among_locked, insert_into

__all__ = ["STATES", "Job", "LedgerStore", "Task", "TaskFilter", "Verdict", "task_id"]

_KILLED = "The worker stopped during every attempt"
# As many ids as one statement names at a time; databases allow some tens of thousands.
_IDS = 5000


class LedgerStore(LedgerQueries):
    """Durable jobs and tasks. `wake` and `news` are set whenever there may be something new to do, or to tell of."""

    def __init__(self, db: EntitiesDatabase) -> None:
        super().__init__(db)
        self.wake = threading.Event()
        self.news = threading.Event()

    def add(self, job: Job, asked: Sequence[Task], evaluation: EvaluationJob | None = None) -> None:
        """Commit a job and its tasks in one transaction, with what it is to evaluate if it is an evaluation's.

        A task that is still under way is joined; one that has ended starts over.
        """
        at = job.created_at
        rows = _rows_of(asked, at)
        with self._db.write() as connection:
            connection.execute(jobs.insert().values(_job_row(job)))
            if evaluation is not None:
                insert_evaluation_job(connection, evaluation)
            if rows:
                connection.execute(_upsert(connection), rows)
                connection.execute(job_tasks.insert(), [{"job_id": job.id, "task_id": row["id"]} for row in rows])
        self._announce()

    def ensure(self, job: Job, asked: Sequence[Task]) -> int:
        """Add what is not there yet of a job of scores and its tasks, for what may repeat itself; how many are new.

        A task that is there stays as it is, also when it has ended.
        """
        rows = _rows_of(asked, job.created_at)
        added = 0
        with self._db.write() as connection:
            connection.execute(insert_into(connection, jobs).on_conflict_do_nothing(), [_job_row(job)])
            if rows:
                known = {row["id"] for row in rows} & _known(connection, [row["id"] for row in rows])
                connection.execute(insert_into(connection, tasks).on_conflict_do_nothing(), rows)
                links = [{"job_id": job.id, "task_id": row["id"]} for row in rows]
                connection.execute(insert_into(connection, job_tasks).on_conflict_do_nothing(), links)
                added = len({row["id"] for row in rows} - known)
        if added:
            self._announce()
        return added

    def claim(
        self, owner: str, limit: int, at: datetime, lease_until: datetime, passing_over: Collection[str] = ()
    ) -> list[Task]:
        """Take up to `limit` due tasks, the longest waiting first; each is the owner's until the lease ends.

        Tasks of the runs, or else of the scorers, to pass over stay.
        """
        due = select(tasks.c.id).where(tasks.c.published_until.is_(None), tasks.c.next_attempt_at <= at)
        if passing_over:
            due = due.where(KIND.not_in(passing_over))
        with self._db.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        chosen = due.order_by(tasks.c.next_attempt_at).limit(limit)
        return self._claimed(chosen, owner, at, lease_until)

    def claim_named(self, owner: str, task_ids: Sequence[str], at: datetime, lease_until: datetime) -> list[Task]:
        """Take those of these tasks that are due; each is the owner's until the lease ends.

        What was published was due by the clock of whoever published it, which may be ahead of ours.
        """
        due = and_(
            tasks.c.next_attempt_at.is_not(None), or_(tasks.c.next_attempt_at <= at, tasks.c.published_until > at)
        )
        chosen = select(tasks.c.id).where(tasks.c.id.in_(task_ids), due)
        return self._claimed(chosen, owner, at, lease_until)

    def claim_published(
        self,
        owner: str,
        limit: int,
        due_before: datetime,
        at: datetime,
        lease_until: datetime,
        passing_over: Collection[str] = (),
    ) -> list[Task]:
        """Take up to `limit` tasks that were published and have been due since then, in no order.

        Tasks of the runs, or else of the scorers, to pass over stay.
        """
        due = select(tasks.c.id).where(tasks.c.published_until.is_not(None), tasks.c.next_attempt_at <= due_before)
        if passing_over:
            due = due.where(KIND.not_in(passing_over))
        with self._db.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        return self._claimed(due.limit(limit), owner, at, lease_until)

    def _claimed(self, chosen: Select[Any], owner: str, at: datetime, lease_until: datetime) -> list[Task]:
        taken = (
            update(tasks)
            .where(among_locked(tasks.c.id, chosen))
            .values(
                state="running",
                attempts=tasks.c.attempts + 1,
                next_attempt_at=None,
                published_until=None,
                started_at=func.coalesce(tasks.c.started_at, bindparam("now", at, type_=UtcDateTime)),
                updated_at=at,
                lease_owner=owner,
                lease_until=lease_until,
            )
            .returning(tasks)
        )
        with self._db.write() as connection:
            rows = connection.execute(taken).all()
        return sorted((task_of(row) for row in rows), key=lambda task: task.asked_at)

    def settle(
        self,
        owner: str,
        verdicts: Sequence[Verdict],
        at: datetime,
        run_ids: Collection[str] = (),
        plans: Sequence[Plan] = (),
    ) -> None:
        """Record what became of claimed tasks, all in one transaction; a task lost to another owner stays as it is.

        `run_ids` are the runs that some of the tasks belong to; `plans` become tasks of theirs.
        """
        if not verdicts:
            return
        with self._db.write() as connection:
            add_plans(connection, owner, plans, at)
            ordered = sorted(verdicts, key=lambda verdict: verdict.task_id)
            connection.execute(_SETTLE, [_settlement(owner, verdict, at) for verdict in ordered])
            tend_runs(connection, run_ids, at)
        if run_ids:
            self._announce()

    def postpone(self, alike: Task, until: datetime, reason: str) -> int:
        """Let waiting tasks like this one (of its run, else of its scorer) wait until then; how many."""
        same = tasks.c.run_id == alike.run_id if alike.run_id else tasks.c.scorer_ref == alike.scorer_ref
        due = and_(tasks.c.next_attempt_at < until, tasks.c.project_id == alike.project_id, tasks.c.kind == alike.kind)
        with self._db.write() as connection:
            later = update(tasks).where(due, same)
            later = later.values(next_attempt_at=until, published_until=None, reason=reason)
            return connection.execute(later).rowcount

    def renew(self, owner: str, lease_until: datetime) -> None:
        """Keep everything the owner is working on for longer."""
        with self._db.write() as connection:
            connection.execute(update(tasks).where(tasks.c.lease_owner == owner).values(lease_until=lease_until))

    def held(self, owner: str) -> set[str]:
        """The ids of the tasks that are the owner's."""
        with self._db.read() as connection:
            return set(connection.execute(select(tasks.c.id).where(tasks.c.lease_owner == owner)).scalars())

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
            run_ids = _runs_of(connection, lost)
            spent = and_(lost, tasks.c.attempts >= tasks.c.max_attempts)
            connection.execute(
                update(tasks).where(spent).values(state="failed", reason=_KILLED, finished_at=at, **free)
            )
            again = update(tasks).where(lost).values(state="queued", next_attempt_at=at, **free)
            reclaimed = connection.execute(again).rowcount
            tend_runs(connection, run_ids, at)
        return reclaimed

    def _announce(self) -> None:
        self.wake.set()
        self.news.set()

    def retry(self, which: TaskFilter, at: datetime) -> int:
        """Queue failed tasks again with a full budget; how many. A run whose rows are queued again finishes again."""
        retried = 0
        run_ids: set[str] = set()
        with self._db.write() as connection:
            for part in _parts(which):
                failed = and_(matching(part), tasks.c.state == "failed")
                run_ids |= _runs_of(connection, failed)
                retried += connection.execute(update(tasks).where(failed).values(_fresh_round(at))).rowcount
            tend_runs(connection, run_ids, at)
        self._announce()
        return retried


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
        "ended": at if verdict.state in ENDED else None,
        "at": at,
        "call": verdict.score_call_id,
        "feedback": verdict.feedback_id,
    }


def _rows_of(asked: Sequence[Task], at: datetime) -> list[dict[str, Any]]:
    """The rows in one order everywhere, so that two transactions never wait for each other."""
    return sorted((_row_of(task, at) for task in asked), key=lambda row: str(row["id"]))


def _row_of(task: Task, at: datetime) -> dict[str, Any]:
    if task.kind != SCORE:
        return run_row(task, at)
    known = task_id(task.project_id, task.call_id, task.scorer_ref, task.trigger_ref)
    row = {column.name: getattr(task, column.name) for column in tasks.columns}
    return row | {"id": known, "created_at": at, "updated_at": at, "next_attempt_at": at}


def _job_row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "project_id": job.project_id,
        "user_id": job.user_id,
        "scorer_refs": list(job.scorer_refs),
        "created_at": job.created_at,
        "kind": job.kind,
    }


def _known(connection: Connection, task_ids: Sequence[str]) -> set[str]:
    return {
        found
        for portion in _portions(task_ids)
        for found in connection.execute(select(tasks.c.id).where(tasks.c.id.in_(portion))).scalars()
    }


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
    """Insert, or start an ended task over."""
    insert = insert_into(connection, tasks)
    again = _fresh_round(insert.excluded.asked_at) | {
        "user_id": insert.excluded.user_id,
        "max_attempts": insert.excluded.max_attempts,
    }
    # IN would need as many placeholders as values, which a statement for many rows cannot have.
    ended = or_(*(tasks.c.state == state for state in ENDED))
    return insert.on_conflict_do_update(index_elements=["id"], set_=again, where=ended)


def _runs_of(connection: Connection, which: ColumnElement[bool]) -> set[str]:
    found = select(tasks.c.run_id).distinct().where(which, tasks.c.run_id.is_not(None))
    return set(connection.execute(found).scalars())


def _parts(which: TaskFilter) -> Iterator[TaskFilter]:
    """The filter as several that one statement each can hold."""
    for call_ids in _portions(which.call_ids):
        for task_ids in _portions(which.task_ids):
            yield replace(which, call_ids=call_ids, task_ids=task_ids)


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    unique = list(dict.fromkeys(values))
    for start in range(0, max(len(unique), 1), _IDS):
        yield unique[start : start + _IDS]
