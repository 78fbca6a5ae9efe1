"""What clients ask about a project's data: how long it is kept, which share is stored, and what is taken out of it."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import project_settings
from weft.schemas.project_settings import (
    ProjectIngestSamplingSettingsReadReq,
    ProjectIngestSamplingSettingsReadRes,
    ProjectSensitiveDataSettingsRes,
    ProjectTTLSettingsReadReq,
    ProjectTTLSettingsReadRes,
    ProjectTTLSettingsUpdateReq,
    ProjectTTLSettingsUpdateRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Project settings"])


@router.post("/project/ttl_settings/read")
def project_ttl_settings_read(body: ProjectTTLSettingsReadReq, access: Access, svc: Svc) -> ProjectTTLSettingsReadRes:
    """For how many days what is written now is kept; null is for ever."""
    project = access.project(body.project_id, Role.viewer)
    return ProjectTTLSettingsReadRes(retention_days=project_settings.retention_days(svc.stores, project))


@router.post("/project/ttl_settings/update")
def project_ttl_settings_update(
    body: ProjectTTLSettingsUpdateReq, access: Access, svc: Svc
) -> ProjectTTLSettingsUpdateRes:
    """Keep what is written from now on for so many days, then remove it; what is stored already stays as it was."""
    project = access.project(body.project_id, Role.admin)
    days = project_settings.change_retention(svc.stores, project, access.user, body.retention_days)
    return ProjectTTLSettingsUpdateRes(retention_days=days)


@router.post("/project/ingest_sampling_settings/read")
def project_ingest_sampling_settings_read(
    body: ProjectIngestSamplingSettingsReadReq, access: Access, svc: Svc
) -> ProjectIngestSamplingSettingsReadRes:
    """Which share of the traces is stored."""
    settings = svc.stores.project_settings.of(access.project(body.project_id, Role.viewer).id)
    return ProjectIngestSamplingSettingsReadRes(sample_rate=settings.sample_rate, dry_run=settings.sample_dry_run)


@router.get("/project/sensitive_data_settings")
def project_sensitive_data_settings(project_id: str, access: Access, svc: Svc) -> ProjectSensitiveDataSettingsRes:
    """What happens to personal data before anything is stored."""
    project = access.project(project_id, Role.viewer)
    return ProjectSensitiveDataSettingsRes(policy=project_settings.sensitive_data_policy(svc.stores, project))
