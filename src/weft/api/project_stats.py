"""The route of how much a project stores."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import project_stats as stats
from weft.schemas.project_stats import ProjectStatsReq, ProjectStatsRes

router = APIRouter(route_class=WeftRoute, tags=["Projects"])


@router.post("/project/stats")
def project_stats(body: ProjectStatsReq, access: Access, svc: Svc) -> ProjectStatsRes:
    """The bytes of a project's calls, spans, objects, tables and files."""
    project = access.project(body.project_id, Role.viewer)
    return stats.project_stats(svc.stores, project, body)
