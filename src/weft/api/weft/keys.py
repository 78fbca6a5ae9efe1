"""API keys, for administrators of everything."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.schemas.identity import KeyCreateReq, KeyCreateRes, KeyGrant, KeyListRes, KeySummary
from weft.storage.entities.keys import KeyRecord

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Keys"])


@router.get("/keys")
def keys_list(access: Access, svc: Svc) -> KeyListRes:
    """Every key that is not revoked, without its secret."""
    access.require_administrator()
    return KeyListRes(keys=[_summary(record) for record in svc.stores.keys.list_keys()])


@router.post("/keys", status_code=201)
def keys_create(body: KeyCreateReq, access: Access, svc: Svc) -> KeyCreateRes:
    """Make a key; this answer is the only place where it can be read."""
    access.require_administrator()
    keys = svc.stores.keys
    return KeyCreateRes(
        key=keys.create_key(body.username, Role[body.role], body.scope, body.name, expires_at=body.expires_at)
    )


@router.delete("/keys/{key_id}", status_code=204)
def keys_revoke(key_id: str, access: Access, svc: Svc) -> Response:
    """Refuse a key from now on."""
    access.require_administrator()
    svc.stores.keys.revoke(key_id)
    return Response(status_code=204)


def _summary(record: KeyRecord) -> KeySummary:
    grants = [KeyGrant(scope=scope, role=role.name) for scope, role in record.grants]
    return KeySummary(
        id=record.id,
        username=record.username,
        name=record.name,
        hint=record.hint,
        created_at=record.created_at,
        expires_at=record.expires_at,
        grants=grants,
    )
