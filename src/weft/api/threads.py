"""The route that lists threads."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines
from weft.api.v2.rendering import json_line
from weft.core.identity import Role
from weft.domain import threads
from weft.domain.thread_usage import usage_of_threads
from weft.schemas.threads import ThreadSchema, ThreadsQueryReq, ThreadsUsageReq, ThreadsUsageRes

router = APIRouter(route_class=WeftRoute, tags=["Threads"])


class _JsonLines(StreamingResponse):
    media_type = "application/jsonl"


@router.post("/threads/stream_query", response_class=_JsonLines, responses={200: {"model": ThreadSchema}})
def threads_query_stream(body: ThreadsQueryReq, request: Request, access: Access, svc: Svc) -> StreamingResponse:
    """Threads as JSON Lines, the last updated first."""
    project = access.project(body.project_id, Role.viewer)
    return json_lines(request, map(json_line, threads.query_threads(svc.stores, project, body)))


@router.post("/weft/v1/threads/usage")
def threads_usage(body: ThreadsUsageReq, access: Access, svc: Svc) -> ThreadsUsageRes:
    """Tokens, costs and failed turns of some threads."""
    return usage_of_threads(svc.stores, access.project(body.project_id, Role.viewer), body)
