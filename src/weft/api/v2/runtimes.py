"""Custom runtimes of a project."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import CurrentUser, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.domain import runtimes
from weft.schemas.runtimes import CustomRuntimeApplyBody, CustomRuntimeApplyRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Runtimes"])


# A name may hold slashes, which arrive unescaped.
@router.put("/runtimes/{runtime_name:path}")
def custom_runtime_apply(
    runtime_name: str, body: CustomRuntimeApplyBody, project: ProjectWrite, user: CurrentUser, svc: Svc
) -> CustomRuntimeApplyRes:
    """Make a runtime and its models what the body says; models it does not name are removed."""
    hosts = svc.settings.llm_allowed_hosts
    return runtimes.apply_runtime(svc.stores, project, user, runtime_name, body, hosts)
