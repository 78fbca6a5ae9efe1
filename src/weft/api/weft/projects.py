"""The projects a caller may see."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Project, Role
from weft.domain.project_activity import project_activity
from weft.schemas.identity import ProjectActivityRes, ProjectListRes, ProjectSummary

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Projects"])


@router.get("/projects")
def projects_list(access: Access, svc: Svc) -> ProjectListRes:
    """Every project in which the caller has a role, by name."""
    found = svc.stores.projects.list_projects()
    roles = [(project, access.credential.role(project.entity, project.name)) for project in found]
    return ProjectListRes(projects=[_summary(project, role) for project, role in roles if role is not None])


@router.get("/projects/activity")
def projects_activity(access: Access, svc: Svc) -> ProjectActivityRes:
    """How much each project holds in which the caller has a role, and when something last came in."""
    found = svc.stores.projects.list_projects()
    mine = [project for project in found if access.credential.role(project.entity, project.name) is not None]
    return project_activity(svc.stores, mine)


def _summary(project: Project, role: Role) -> ProjectSummary:
    return ProjectSummary(entity=project.entity, name=project.name, role=role.name)
