"""All settings of a project in one place, for its administrators."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import CurrentUser, ProjectAdmin, Svc
from weft.api.request import WeftRoute
from weft.domain import project_settings
from weft.schemas.project_settings import ProjectSettingsChange, ProjectSettingsRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Project settings"])


@router.get("/projects/{entity}/{project}/settings")
def project_settings_read(project: ProjectAdmin, svc: Svc) -> ProjectSettingsRes:
    """The settings in force, which of them are the project's own, and what was changed last."""
    return project_settings.show_settings(svc.stores, project)


@router.put("/projects/{entity}/{project}/settings")
def project_settings_change(
    body: ProjectSettingsChange, project: ProjectAdmin, user: CurrentUser, svc: Svc
) -> ProjectSettingsRes:
    """Set what the body names; null gives a setting back to the operator's default. Holds for what is written next."""
    return project_settings.change_settings(svc.stores, project, user, body)
