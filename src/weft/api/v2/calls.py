"""Routes that write calls in the style of current clients: whole calls in batches, or an eager start and its end."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import CurrentUser, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.core.errors import InvalidRequest
from weft.core.identity import Project
from weft.domain import calls
from weft.schemas.calls import (
    CallEndRes,
    CallEndV2Req,
    CallStartReq,
    CallStartRes,
    CallsUpsertCompleteReq,
    CallsUpsertCompleteRes,
)

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Calls"])


@router.post("/calls/complete")
def calls_complete(
    body: CallsUpsertCompleteReq, project: ProjectWrite, user: CurrentUser, svc: Svc
) -> CallsUpsertCompleteRes:
    """Store finished calls; one sent again replaces itself."""
    for item in body.batch:
        _same_project(item.project_id, project)
    calls.apply_changes(svc.stores, [calls.complete_change(project, user, item) for item in body.batch])
    return CallsUpsertCompleteRes()


@router.post("/call/start")
def call_start_v2(body: CallStartReq, project: ProjectWrite, user: CurrentUser, svc: Svc) -> CallStartRes:
    """Start a call that is visible, as running, at once."""
    _same_project(body.start.project_id, project)
    change = calls.start_change(project, user, body.start)
    calls.apply_changes(svc.stores, [change])
    return CallStartRes(id=change.call.id, trace_id=change.call.trace_id)


@router.post("/call/end")
def call_end_v2(body: CallEndV2Req, project: ProjectWrite, svc: Svc) -> CallEndRes:
    """End a started call; 404 when there is none."""
    _same_project(body.end.project_id, project)
    calls.apply_changes(svc.stores, [calls.end_change(project, body.end, must_exist=True)])
    return CallEndRes()


def _same_project(named: str, project: Project) -> None:
    if named != project.external:
        raise InvalidRequest(f"project_id {named[:200]!r} is not the project of the path, {project.external!r}")
