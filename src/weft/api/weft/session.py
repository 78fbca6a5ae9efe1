"""The browser's session: the API key in a cookie that scripts cannot read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from weft.api.auth import COOKIE, identify, refuse_foreign_origin, resolve_access
from weft.api.auth import Access as AccessValue
from weft.api.deps import Svc
from weft.core.errors import Unauthenticated
from weft.schemas.identity import SessionCreateReq, SessionRes
from weft.services import Services

# Open to strangers: this is where they stop being strangers.
router = APIRouter(prefix="/weft/v1", tags=["Session"])

_COOKIE_SECONDS = 30 * 24 * 3600
_FOREIGN: dict[int | str, dict[str, Any]] = {403: {"description": "Another site sent the browser here"}}


@router.get("/session")
async def session_read(request: Request, svc: Svc) -> SessionRes:
    """Who the caller is, and whether keys are asked for; a stranger gets an answer without a user."""
    try:
        return _session(svc, await resolve_access(request))
    except Unauthenticated:
        return _session(svc, None)


@router.post("/session", responses={401: {"description": "Nobody knows the key"}, **_FOREIGN})
async def session_create(body: SessionCreateReq, request: Request, response: Response, svc: Svc) -> SessionRes:
    """Log a browser in: check the key and keep it in the cookie."""
    refuse_foreign_origin(request)
    access = AccessValue(await identify(svc, body.key), svc.stores.projects)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, body.key, max_age=_COOKIE_SECONDS, httponly=True, samesite="lax", secure=secure)
    return _session(svc, access)


@router.delete("/session", status_code=204, responses=_FOREIGN)
async def session_delete(request: Request) -> Response:
    """Log a browser out."""
    refuse_foreign_origin(request)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def _session(services: Services, access: AccessValue | None) -> SessionRes:
    return SessionRes(
        auth=services.settings.resolved_auth,
        username=access.user.username if access else None,
        default_entity=access.default_entity() if access else None,
        administrator=access is not None and access.credential.administers_everything(),
    )
