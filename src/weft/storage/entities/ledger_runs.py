"""The parts of evaluation runs in the ledger: a plan becomes tasks, and the last step of a run waits for all its rows.

Works inside the transactions of ledger.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from weft.storage.entities.database import take_turns
from weft.storage.entities.evaluation_jobs import Plan, pin_versions
from weft.storage.entities.ledger_tables import ENDED, FINISH, OPEN, ROW, Task, job_tasks, run_task_id, tasks

WAITS = "Waits until every row of the run has ended"
# As many runs as one statement names at a time.
_RUNS = 1000

_rows = tasks.alias("rows_of_run")
_rows_are_open = exists(
    select(_rows.c.id).where(
        _rows.c.run_id == tasks.c.run_id, _rows.c.kind == ROW, or_(*(_rows.c.state == state for state in OPEN))
    )
)


def add_plans(connection: Connection, owner: str, plans: Sequence[Plan], at: datetime) -> None:
    """Write the tasks of plans whose start task is still the owner's; writing a plan again changes nothing."""
    for plan in plans:
        held = select(tasks.c.id).where(tasks.c.id == plan.start_id, tasks.c.lease_owner == owner)
        if connection.execute(held).first() is None:
            continue
        pin_versions(connection, plan)
        rows = [run_row(task, at) for task in plan.tasks]
        links = [{"job_id": plan.run_id, "task_id": row["id"]} for row in rows]
        for table, values in ((tasks, rows), (job_tasks, links)):
            insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)
            connection.execute(insert.on_conflict_do_nothing(), values)


def run_row(task: Task, at: datetime) -> dict[str, Any]:
    """The row of a new part of a run. The last step waits until it is released."""
    row = {column.name: getattr(task, column.name) for column in tasks.columns}
    row |= {"id": run_task_id(task.run_id or "", task.kind, task.position), "created_at": at, "updated_at": at}
    return row | ({"reason": WAITS} if task.kind == FINISH else {"next_attempt_at": at})


def tend_runs(connection: Connection, run_ids: Collection[str], at: datetime) -> None:
    """Release the last step of those of the runs whose rows have all ended; hold it where rows are open again."""
    ordered = sorted(run_ids)
    for run_id in ordered:
        # Two workers that end the last two rows of a run at once would each see the other's row still open.
        take_turns(connection, "run", run_id)
    for start in range(0, len(ordered), _RUNS):
        last_step = and_(tasks.c.run_id.in_(ordered[start : start + _RUNS]), tasks.c.kind == FINISH)
        connection.execute(update(tasks).where(last_step, _holds(), _rows_are_open).values(_held(at)))
        connection.execute(update(tasks).where(last_step, _is_held(), ~_rows_are_open).values(_released(at)))


def _is_held() -> ColumnElement[bool]:
    return and_(tasks.c.state == "queued", tasks.c.next_attempt_at.is_(None), tasks.c.lease_until.is_(None))


def _holds() -> ColumnElement[bool]:
    """Not at work, and not waiting for the rows already."""
    ended = or_(*(tasks.c.state == state for state in ENDED))
    return and_(tasks.c.lease_until.is_(None), or_(ended, tasks.c.next_attempt_at.is_not(None)))


def _held(at: datetime) -> dict[str, Any]:
    return {
        "state": "queued",
        "reason": WAITS,
        "attempts": 0,
        "rounds": tasks.c.rounds + 1,
        "asked_at": at,
        "next_attempt_at": None,
        "updated_at": at,
        "started_at": None,
        "finished_at": None,
    }


def _released(at: datetime) -> dict[str, Any]:
    return {"next_attempt_at": at, "updated_at": at, "reason": ""}
