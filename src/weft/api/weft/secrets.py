"""Secrets of a project: administrators write them, members see which there are, nobody reads a value."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import CurrentUser, ProjectAdmin, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.domain import secrets
from weft.schemas.secrets import SecretListRes, SecretPutReq, SecretSummary
from weft.storage.entities.secrets import Secret

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/projects/{entity}/{project}/secrets", tags=["Secrets"])


@router.get("")
def secrets_list(project: ProjectWrite, svc: Svc) -> SecretListRes:
    """The names of the project's secrets, and the hosts each may be sent to."""
    return SecretListRes(secrets=[_summary(secret) for secret in secrets.list_secrets(svc.stores, project)])


@router.put("/{name}")
def secrets_put(name: str, body: SecretPutReq, project: ProjectAdmin, user: CurrentUser, svc: Svc) -> SecretSummary:
    """Store a secret, in the place of one of that name; it cannot be read again."""
    value = body.value.get_secret_value()
    return _summary(
        secrets.put_secret(svc.stores, project, user, name, value, body.hosts, base_urls=svc.providers.base_urls)
    )


@router.delete("/{name}", status_code=204)
def secrets_remove(name: str, project: ProjectAdmin, svc: Svc) -> Response:
    """Forget a secret."""
    secrets.remove_secret(svc.stores, project, name)
    return Response(status_code=204)


def _summary(secret: Secret) -> SecretSummary:
    return SecretSummary(
        name=secret.name, hosts=list(secret.hosts), updated_at=secret.updated_at, updated_by=secret.updated_by
    )
