"""Asking for scores: what a request may name, the job and the tasks it becomes, and trying failed ones again.

Doing the tasks is the scoring worker's. That calls exist is not checked here: they may arrive later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from weft.core import ids
from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound, TooLarge
from weft.core.identity import Project, User
from weft.core.refs import ObjectRef, parse_ref
from weft.domain.objects import read_object
from weft.schemas.scoring import CallsScoreReq, ScoringJob, ScoringRetryReq, ScoringTask
from weft.storage.entities.ledger_tables import KINDS, OPEN, STATES, Job, Task, TaskFilter
from weft.storage.stores import Stores

MAX_TASKS = 50_000
"""Most (call, scorer) pairs one request may ask for: they are committed in one transaction."""

MAX_PAGE = 10_000
_LONGEST_ID = 128
# In a version's place these name no version of their own, but whichever it is at the moment.
_ANY = "*"
_DIGEST = re.compile(r"[0-9A-Za-z]{43}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """What a scoring worker is doing: `working`, `paused` or `off`, and why."""

    state: str
    reason: str = ""
    in_flight: int = 0


def request_scores(
    stores: Stores,
    project: Project,
    user: User,
    body: CallsScoreReq,
    can_read: Callable[[str], bool],
    max_attempts: int,
    job_id: str | None = None,
) -> Job | None:
    """Commit one task per call and scorer, repeats counted once; None when that is none.

    `job_id` is that of the job, a new one by default.
    Raises InvalidRequest for ids and refs that cannot be and scorers the caller may not read, NotFound for a version
    by number or alias that does not exist, and TooLarge.
    """
    call_ids = list(dict.fromkeys(_call_id(value) for value in body.call_ids))
    if not call_ids:
        return None
    # Before resolving, so that a huge list of refs costs nothing.
    _check_size(len(call_ids), len(set(body.scorer_refs)))
    scorer_refs = list(dict.fromkeys(pinned_scorer(stores, uri, can_read) for uri in dict.fromkeys(body.scorer_refs)))
    if not scorer_refs:
        return None
    moment = now()
    job = Job(job_id or ids.new_id(), project.id, user.id, scorer_refs, moment)
    asked = [
        Task(project.id, call_id, scorer_ref, user.id, moment, max_attempts)
        for call_id in call_ids
        for scorer_ref in scorer_refs
    ]
    stores.ledger.add(job, asked)
    return job


def pinned_scorer(stores: Stores, uri: str, can_read: Callable[[str], bool]) -> str:
    """The ref of a scorer with its version as a digest; raises what `pinned_version` raises."""
    return pinned_version(stores, uri, can_read, "scorer")


def pinned_version(stores: Stores, uri: str, can_read: Callable[[str], bool], what: str) -> str:
    """The ref with its version as a digest, so that what was asked for cannot change before it is done.

    Raises InvalidRequest, naming `what`, for anything but a version of an object or op in a project that `can_read`
    lets pass, and NotFound for a version by number or alias that does not exist.
    """
    ref = parse_ref(uri)
    if not isinstance(ref, ObjectRef) or ref.edges or _ANY in ref.version:
        raise InvalidRequest(f"Invalid {what} ref: {uri[:200]!r} is not a version of an object or op")
    if not can_read(ref.project):
        raise InvalidRequest(f"Invalid ref: {uri[:200]!r} is not a ref of a known project")
    if _DIGEST.fullmatch(ref.version):
        return ref.uri()
    digest = read_object(stores, ref.project, ref.name, ref.version, kind=ref.kind).digest
    return type(ref)(ref.project, ref.name, digest).uri()


def list_jobs(stores: Stores, project_ids: Sequence[str], user: User, limit: int, offset: int) -> list[ScoringJob]:
    """Jobs of these projects as the user sees them, newest first."""
    found = stores.ledger.jobs(project_ids, limit, offset)
    names = usernames(stores, user, [job.user_id for job in found])
    return [job_item(stores, job, names) for job in found]


def list_tasks(stores: Stores, which: TaskFilter, limit: int, offset: int) -> list[ScoringTask]:
    """Tasks, those asked for last first. Raises InvalidRequest for a state or kind that does not exist."""
    for what, given, known in (("state", which.states, STATES), ("kind", which.kinds, KINDS)):
        if unknown := set(given) - set(known):
            raise InvalidRequest(f"Unknown {what} {sorted(unknown)[0][:40]!r}: use {', '.join(known)}")
    return [task_item(stores, task) for task in stores.ledger.tasks(which, limit, offset)]


def require_job(stores: Stores, job_id: str, can_read: Callable[[str], bool]) -> Job:
    """The job; NotFound also when the caller may not read its project."""
    job = stores.ledger.job(job_id)
    if job is None or not can_read(job.project_id):
        raise NotFound(f"Scoring job {job_id[:80]} not found")
    return job


def require_task(stores: Stores, task_id: str, can_read: Callable[[str], bool]) -> Task:
    """The task; NotFound also when the caller may not read its project."""
    found = stores.ledger.tasks(TaskFilter(task_ids=[task_id]), 1)
    if not found or not can_read(found[0].project_id):
        raise NotFound(f"Scoring task {task_id[:80]} not found")
    return found[0]


def readable_projects(stores: Stores, can_read: Callable[[str], bool]) -> list[str]:
    """Every project with scoring jobs that the caller may read."""
    return [project_id for project_id in stores.ledger.project_ids() if can_read(project_id)]


def retry_tasks(stores: Stores, project: Project, body: ScoringRetryReq) -> int:
    """Queue failed tasks of a project again, with a full budget of attempts; how many."""
    which = TaskFilter(
        project_ids=[project.id],
        call_ids=body.call_ids or (),
        task_ids=body.task_ids or (),
        job_id=body.job_id,
        scorer_ref=body.scorer_ref or "",
        trigger_ref=body.trigger_ref or "",
        reason=body.reason or "",
    )
    _check_size(max(len(which.call_ids), len(which.task_ids)), 1)
    return stores.ledger.retry(which, now())


def project_of(stores: Stores, project_id: str) -> Project:
    """The project of a job or task."""
    project = stores.projects.by_id(project_id)
    if project is None:
        raise NotFound("The project does not exist any more")
    return project


def usernames(stores: Stores, user: User, user_ids: Iterable[str]) -> dict[str, str]:
    """The name of each of these users that is known; that of the caller is, also when nobody needs a key."""
    return {user.id: user.username, **stores.keys.usernames(set(user_ids))}


def job_item(stores: Stores, job: Job, names: Mapping[str, str]) -> ScoringJob:
    """The API's view of a job, with the names of users."""
    return ScoringJob(
        id=job.id,
        project_id=project_of(stores, job.project_id).external,
        scorer_refs=list(job.scorer_refs),
        wb_user_id=job.user_id,
        wb_username=names.get(job.user_id),
        kind=job.kind,
        created_at=job.created_at,
        total=sum(job.counts.values()),
        counts=job.counts,
        done=_done(job.counts.items()),
    )


def task_item(stores: Stores, task: Task) -> ScoringTask:
    """The API's view of a task."""
    return ScoringTask(
        id=task.id,
        project_id=project_of(stores, task.project_id).external,
        kind=task.kind,
        run_id=task.run_id,
        call_id=task.call_id,
        scorer_ref=task.scorer_ref,
        trigger_ref=task.trigger_ref or None,
        state=task.state,
        reason=task.reason or None,
        attempts=task.attempts,
        max_attempts=task.max_attempts,
        rounds=task.rounds,
        next_attempt_at=task.next_attempt_at,
        asked_at=task.asked_at,
        created_at=task.created_at or task.asked_at,
        updated_at=task.updated_at or task.asked_at,
        started_at=task.started_at,
        finished_at=task.finished_at,
        score_call_id=task.score_call_id or None,
        feedback_id=task.feedback_id or None,
        wb_user_id=task.user_id,
    )


def _done(counts: Iterable[tuple[str, int]]) -> bool:
    return not any(count for state, count in counts if state in OPEN)


def _call_id(value: str) -> str:
    # Any spelling a store can hold; whether such a call exists shows when the task is done.
    if not 0 < len(value) <= _LONGEST_ID or not value.isprintable():
        raise InvalidRequest(f"Invalid call id: {value[:80]!r}")
    return value


def _check_size(calls: int, scorers: int) -> None:
    if calls * scorers > MAX_TASKS or scorers > MAX_TASKS or calls > MAX_TASKS:
        raise TooLarge(f"Request too large: at most {MAX_TASKS} scores can be asked for at once")
