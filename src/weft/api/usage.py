"""The routes of usage: tokens and costs of calls together with everything below them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import usage
from weft.schemas.usage import CallsUsageReq, TraceUsageReq, UsageRes

router = APIRouter(route_class=WeftRoute, tags=["Calls"])


@router.post("/calls/usage", response_model=UsageRes)
def calls_usage(body: CallsUsageReq, access: Access, svc: Svc) -> Response:
    """The usage of single calls, whatever is below them included."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(usage.calls_usage(svc.stores, project, body))


@router.post("/trace/usage", response_model=UsageRes)
def trace_usage(body: TraceUsageReq, access: Access, svc: Svc) -> Response:
    """The usage of selected calls, each with those of them that are below it."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(usage.trace_usage(svc.stores, project, body))
