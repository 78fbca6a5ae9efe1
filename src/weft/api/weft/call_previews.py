"""Lists of calls that stay small whatever the calls hold."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.core.identity import Role
from weft.domain import call_previews
from weft.schemas.call_previews import CallPreview, CallPreviewsReq

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Calls"])


@router.post(
    "/calls/previews",
    response_class=StreamingResponse,
    responses={200: {**lines_of(CallPreview)[200], "model": CallPreview}},
)
def calls_previews(body: CallPreviewsReq, request: Request, access: Access, svc: Svc) -> StreamingResponse:
    """Calls as JSON Lines, with short values of the paths that were named in place of payloads."""
    project = access.project(body.project_id, Role.viewer)
    return json_lines(request, call_previews.call_previews(svc.stores, project, body, access.may_use))
