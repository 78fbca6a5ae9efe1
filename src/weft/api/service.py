"""What a client asks about the server itself: version, health, and the internal ids of projects."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from weft import __version__
from weft.api.auth import split_project
from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.worker_state import ready_status, worker_stalled, worker_status
from weft.core.errors import Forbidden
from weft.core.identity import Role
from weft.schemas.identity import HealthRes, ProjectsInfoReq, ProjectsInfoRes, ReadyRes, ServerInfoRes

router = APIRouter(tags=["Service"])
authorised = APIRouter(route_class=WeftRoute, tags=["Service"])

# The next three are open to strangers: probes have no key, and the oldest client asks for the version without one.


@router.get("/server_info")
async def server_info() -> ServerInfoRes:
    """The version of this server and the oldest client it takes: any."""
    return ServerInfoRes(min_required_weave_python_version="0.0.0", trace_server_version=__version__)


@router.get(
    "/health",
    response_model_exclude_none=True,
    responses={503: {"model": HealthRes, "description": "The process should be replaced"}},
)
async def health(request: Request, response: Response) -> HealthRes:
    """Whether the process is alive; 503 when its scoring worker stands still, which only a new process mends."""
    stalled = worker_stalled(request)
    response.status_code = 503 if stalled else 200
    return HealthRes(status="stalled" if stalled else "ok", reason=stalled or None)


@router.get("/ready")
def ready(svc: Svc, request: Request, response: Response) -> ReadyRes:
    """Whether to send requests: 503 when a store does not answer or the process is about to end. A worker that pauses
    is shown, and no reason to stay away."""
    broken = [name for name, problem in svc.check_stores().items() if problem]
    status = ready_status(request, broken)
    response.status_code = 200 if status == "ready" else 503
    # A stranger learns which store it is, never what its driver says about addresses and accounts.
    return ReadyRes(status=status, unavailable=broken, scoring=worker_status(request).state)


@authorised.post("/service/projects_info")
def projects_info(body: ProjectsInfoReq, access: Access, svc: Svc) -> list[ProjectsInfoRes]:
    """The internal id of each project, as refs hold it, also of one that the caller's first write will make."""
    return [_project_info(external, access, svc) for external in body.project_ids]


# Flat, as app.py keeps them: what walks the routes sees each one.
router.routes.extend(authorised.routes)


def _project_info(external: str, access: Access, svc: Svc) -> ProjectsInfoRes:
    entity, name = split_project(external)
    role = access.credential.role(entity, name)
    if role is None:
        raise Forbidden
    if role >= Role.member:
        internal = svc.stores.projects.future_id(entity, name)
    else:
        internal = access.project(external, Role.viewer).id
    return ProjectsInfoRes(external_project_id=external, internal_project_id=internal)
