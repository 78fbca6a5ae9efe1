"""Routes to follow scoring jobs and tasks, to try failed ones again, and to see what the worker is doing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from weft.api.auth import Access as AccessValue
from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.list_params import stored_ref
from weft.api.worker_state import worker_status
from weft.core.identity import Role
from weft.domain import scoring
from weft.schemas.scoring import (
    ScoringJob,
    ScoringJobsRes,
    ScoringRetryReq,
    ScoringRetryRes,
    ScoringTask,
    ScoringTaskQuery,
    ScoringTasksRes,
    ScoringWorkerRes,
)
from weft.services import Services
from weft.storage.entities.ledger_tables import TaskFilter

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/scoring", tags=["Scoring"])

Limit = Annotated[int, Query(ge=0, le=scoring.MAX_PAGE)]
Offset = Annotated[int, Query(ge=0, le=2**31)]


@router.get("/jobs")
def list_jobs(
    access: Access, svc: Svc, project_id: str | None = None, limit: Limit = 100, offset: Offset = 0
) -> ScoringJobsRes:
    """Scoring jobs, newest first, of one project or of all that the caller may read."""
    projects = _projects(access, svc, project_id)
    return ScoringJobsRes(jobs=scoring.list_jobs(svc.stores, projects, access.user, limit, offset))


@router.get("/jobs/{job_id}")
def read_job(job_id: str, access: Access, svc: Svc) -> ScoringJob:
    """One scoring job."""
    job = scoring.require_job(svc.stores, job_id, access.may_use)
    return scoring.job_item(svc.stores, job, scoring.usernames(svc.stores, access.user, [job.user_id]))


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: str, access: Access, svc: Svc) -> ScoringRetryRes:
    """Try the failed tasks of a job again."""
    job = scoring.require_job(svc.stores, job_id, access.may_use)
    project = access.project(scoring.project_of(svc.stores, job.project_id).external, Role.member)
    body = ScoringRetryReq(project_id=project.external, job_id=job.id)
    return ScoringRetryRes(retried=scoring.retry_tasks(svc.stores, project, body))


@router.get("/tasks")
def list_tasks(which: Annotated[ScoringTaskQuery, Query()], access: Access, svc: Svc) -> ScoringTasksRes:
    """Scoring tasks, those asked for last first, of one project or of all that the caller may read."""
    wanted = TaskFilter(
        project_ids=_projects(access, svc, which.project_id),
        call_ids=[which.call_id] if which.call_id else (),
        states=[which.state] if which.state else (),
        kinds=[which.kind] if which.kind else (),
        job_id=which.job_id,
        scorer_ref=stored_ref(which.scorer_ref, access) or "",
        trigger_ref=stored_ref(which.trigger_ref, access) or "",
        reason=which.reason or "",
    )
    return ScoringTasksRes(tasks=scoring.list_tasks(svc.stores, wanted, which.limit, which.offset))


@router.get("/tasks/{task_id}")
def read_task(task_id: str, access: Access, svc: Svc) -> ScoringTask:
    """One scoring task."""
    return scoring.task_item(svc.stores, scoring.require_task(svc.stores, task_id, access.may_use))


@router.post("/tasks/{task_id}/retry")
def retry_task(task_id: str, access: Access, svc: Svc) -> ScoringRetryRes:
    """Try a failed task again."""
    task = scoring.require_task(svc.stores, task_id, access.may_use)
    project = access.project(scoring.project_of(svc.stores, task.project_id).external, Role.member)
    body = ScoringRetryReq(project_id=project.external, task_ids=[task.id])
    return ScoringRetryRes(retried=scoring.retry_tasks(svc.stores, project, body))


@router.post("/retry")
def retry_tasks(body: ScoringRetryReq, access: Access, svc: Svc) -> ScoringRetryRes:
    """Try failed tasks of a project again: all of them, or those of a job, a scorer, a reason, calls, or named ones."""
    access.project(body.project_id, Role.viewer)
    project = access.project(body.project_id, Role.member)
    return ScoringRetryRes(retried=scoring.retry_tasks(svc.stores, project, body))


@router.get("/worker")
def read_worker(request: Request, access: Access, svc: Svc) -> ScoringWorkerRes:
    """What the scoring worker of this server is doing; why it pauses may quote any project: for administrators."""
    status = worker_status(request)
    told = access.credential.administers_everything()
    return ScoringWorkerRes(
        state=status.state,
        reason=status.reason if told and status.reason else None,
        in_flight=status.in_flight,
        unfinished=svc.stores.ledger.unfinished(),
    )


def _projects(access: AccessValue, svc: Services, project_id: str | None) -> list[str]:
    if project_id is not None:
        return [access.project(project_id, Role.viewer).id]
    return scoring.readable_projects(svc.stores, access.may_use)
