"""Routes that read calls: a stream or a list of them, how many there are, one by its id."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.core.identity import Role
from weft.domain import call_queries
from weft.schemas.calls_query import (
    CallReadReq,
    CallReadRes,
    CallSchema,
    CallsQueryReq,
    CallsQueryRes,
    CallsQueryStatsReq,
    CallsQueryStatsRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Calls"])


@router.post("/calls/stream_query", response_class=StreamingResponse, responses=lines_of(CallSchema))
def calls_query_stream(body: CallsQueryReq, request: Request, access: Access, svc: Svc) -> StreamingResponse:
    """Calls as JSON Lines."""
    project = access.project(body.project_id, Role.viewer)
    return json_lines(request, call_queries.stream_calls(svc.stores, project, body, access.may_use))


@router.post("/calls/query", response_model=CallsQueryRes)
def calls_query(body: CallsQueryReq, access: Access, svc: Svc) -> Response:
    """Calls in one JSON object."""
    project = access.project(body.project_id, Role.viewer)
    lines = call_queries.stream_calls(svc.stores, project, body, access.may_use)
    return Response(b'{"calls":[' + b",".join(lines) + b"]}", media_type="application/json")


@router.post("/calls/query_stats")
def calls_query_stats(body: CallsQueryStatsReq, access: Access, svc: Svc) -> CallsQueryStatsRes:
    """How many calls match."""
    project = access.project(body.project_id, Role.viewer)
    count, has_more, size = call_queries.count_calls(svc.stores, project, body, access.may_use)
    return CallsQueryStatsRes(count=count, has_more=has_more, total_storage_size_bytes=size)


@router.post("/call/read", response_model=CallReadRes)
def call_read(body: CallReadReq, access: Access, svc: Svc) -> Response:
    """One call, null when it does not exist."""
    project = access.project(body.project_id, Role.viewer)
    line = call_queries.read_call(svc.stores, project, body)
    return Response(b'{"call":' + (line or b"null") + b"}", media_type="application/json")
