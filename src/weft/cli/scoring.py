"""`weft scoring`: the scores that were asked for, and trying failed ones again, also while the server runs."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.terminal import DataOption, open_entities, show_table
from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound
from weft.core.refs import ObjectRef, try_parse_ref
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger import STATES, LedgerStore, Task, TaskFilter
from weft.storage.entities.projects import ProjectStore

app = typer.Typer(no_args_is_help=True, help="Asked-for scores: list them, try failed ones again.")

ProjectOption = Annotated[str | None, typer.Option("--project", help="Only those of 'entity/project'.")]
JobOption = Annotated[str | None, typer.Option("--job", help="Only those of the job of this id.")]
CallOption = Annotated[list[str] | None, typer.Option("--call", help="Only those of this call; may be repeated.")]


@app.command("list")
def list_tasks(
    project: ProjectOption = None,
    job: JobOption = None,
    call: CallOption = None,
    state: Annotated[list[str] | None, typer.Option(help=f"Only those in this state: {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, those asked for last first.")] = 50,
    data: DataOption = None,
) -> None:
    """List tasks: which call, which scorer, where it stands, and why."""
    for name in state or ():
        if name not in STATES:
            raise InvalidRequest(f"There is no state {name!r}: use {', '.join(STATES)}")
    with open_entities(data) as database:
        which = _which(database, project, job, call, state)
        rows = [_row(task) for task in LedgerStore(database).tasks(which, limit)]
    show_table("Scoring tasks", ["id", "call", "scorer", "state", "tries", "asked (UTC)", "reason"], rows)


@app.command()
def jobs(
    project: ProjectOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    data: DataOption = None,
) -> None:
    """List jobs: each request to score, and how many of its tasks are in which state."""
    with open_entities(data) as database:
        project_ids = _which(database, project).project_ids
        found = LedgerStore(database).jobs(project_ids, limit)
    rows = [
        [
            job.id,
            f"{job.created_at:%Y-%m-%d %H:%M:%S}",
            ", ".join(f"{count} {state}" for state, count in job.counts.items() if count),
            ", ".join(_scorer(ref) for ref in job.scorer_refs),
        ]
        for job in found
    ]
    show_table("Scoring jobs", ["id", "asked (UTC)", "tasks", "scorers"], rows)


@app.command()
def retry(
    project: ProjectOption = None,
    job: JobOption = None,
    call: CallOption = None,
    task: Annotated[list[str] | None, typer.Option("--task", help="Only this task; may be repeated.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every failed task of every project.")] = False,
    data: DataOption = None,
) -> None:
    """Queue failed tasks again, with all their attempts; a running worker takes them up within a second or so."""
    if not (project or job or call or task or everything):
        raise InvalidRequest("Say which: --project, --job, --call, --task, or --all")
    with open_entities(data) as database:
        which = _which(database, project, job, call, task_ids=task)
        retried = LedgerStore(database).retry(which, now())
    typer.echo(f"{retried} queued again")


def _which(
    database: EntitiesDatabase,
    project: str | None,
    job: str | None = None,
    call_ids: list[str] | None = None,
    states: list[str] | None = None,
    task_ids: list[str] | None = None,
) -> TaskFilter:
    project_ids = None
    if project is not None:
        entity, _, name = project.partition("/")
        found = ProjectStore(database).find(entity, name)
        if found is None:
            raise NotFound(f"Project {project} not found")
        project_ids = [found.id]
    return TaskFilter(project_ids, call_ids or (), task_ids or (), states or (), job)


def _row(task: Task) -> list[str]:
    return [
        task.id,
        task.call_id,
        _scorer(task.scorer_ref) or task.kind,
        task.state,
        f"{task.attempts}/{task.max_attempts}",
        f"{task.asked_at:%Y-%m-%d %H:%M:%S}",
        task.reason,
    ]


def _scorer(uri: str) -> str:
    ref = try_parse_ref(uri)
    return f"{ref.name}:{ref.version[:8]}" if isinstance(ref, ObjectRef) else uri
