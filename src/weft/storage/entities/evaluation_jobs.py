"""Evaluation jobs: which run of which evaluation a job makes, and how far its tasks in the ledger are.

Owns one table beside the ledger's; a row of it is written in the transaction that writes the job. The tasks are
ledger.py's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, ForeignKey, Table, Text, func, or_, select, update

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger_tables import ENDED, FINISH, OPEN, ROW, START, Task, jobs, tasks
from weft.storage.entities.tables import metadata

evaluation_jobs = Table(
    "evaluation_jobs",
    metadata,
    Column("id", Text, ForeignKey("scoring_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("evaluation_ref", Text, nullable=False),
    Column("model_ref", Text, nullable=False),
    Column("source_run_id", Text, nullable=False),
    Column("dataset_ref", Text, nullable=False),
    Column("scorer_refs", JSON, nullable=False),
)


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """A job that makes an evaluation run; its id is the id of the run's root call.

    `dataset_ref` and `scorer_refs` name exact versions once the run has been planned. A rescoring has a
    `source_run_id` and its scorers from the beginning.
    """

    id: str
    project_id: str
    user_id: str
    kind: str
    created_at: datetime
    evaluation_ref: str
    model_ref: str = ""
    source_run_id: str = ""
    dataset_ref: str = ""
    scorer_refs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run consists of: the versions it uses, and its tasks. `start_id` is the task that made the plan."""

    run_id: str
    start_id: str
    dataset_ref: str
    scorer_refs: Sequence[str]
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is: rows by state, whether any task is open, and why a step of the run failed, if one did."""

    rows: dict[str, int] = field(default_factory=dict)
    is_open: bool = False
    failure: str | None = None

    @property
    def total(self) -> int:
        """Rows of the plan; 0 before there is one."""
        return sum(self.rows.values())

    @property
    def completed(self) -> int:
        """Rows that have ended, well or not."""
        return sum(count for state, count in self.rows.items() if state in ENDED)


class EvaluationJobs:
    """Reads evaluation jobs."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def by_ids(self, run_ids: Collection[str]) -> dict[str, EvaluationJob]:
        """The jobs that make these runs, by run."""
        own = evaluation_jobs.c
        wanted = select(
            jobs.c.project_id, jobs.c.user_id, jobs.c.kind, jobs.c.created_at,
            own.id, own.evaluation_ref, own.model_ref, own.source_run_id, own.dataset_ref, own.scorer_refs,
        )  # fmt: skip
        found = wanted.join(evaluation_jobs, own.id == jobs.c.id).where(jobs.c.id.in_(run_ids))
        with self._db.read() as connection:
            return {row.id: EvaluationJob(**row._mapping) for row in connection.execute(found)}

    def progress(self, run_id: str) -> RunProgress:
        """How far the run is."""
        of_run = tasks.c.run_id == run_id
        counted = select(tasks.c.kind, tasks.c.state, func.count()).where(of_run).group_by(tasks.c.kind, tasks.c.state)
        steps = or_(tasks.c.kind == START, tasks.c.kind == FINISH)
        failed = select(tasks.c.reason).where(of_run, steps, tasks.c.state == "failed")
        with self._db.read() as connection:
            groups = connection.execute(counted).all()
            failure = connection.execute(failed).scalar()
        rows = {state: count for kind, state, count in groups if kind == ROW}
        return RunProgress(rows, any(state in OPEN for _, state, _ in groups), failure)


def insert_evaluation_job(connection: Connection, job: EvaluationJob) -> None:
    """Write the row of a job whose row in the ledger is written already."""
    row: dict[str, Any] = {column.name: getattr(job, column.name) for column in evaluation_jobs.columns}
    connection.execute(evaluation_jobs.insert().values(row | {"scorer_refs": list(job.scorer_refs)}))


def pin_versions(connection: Connection, plan: Plan) -> None:
    """Write the versions that a plan has chosen."""
    chosen = {"dataset_ref": plan.dataset_ref, "scorer_refs": list(plan.scorer_refs)}
    connection.execute(update(evaluation_jobs).where(evaluation_jobs.c.id == plan.run_id).values(chosen))
    named = update(jobs).where(jobs.c.id == plan.run_id)
    connection.execute(named.values(scorer_refs=list(plan.scorer_refs)))
