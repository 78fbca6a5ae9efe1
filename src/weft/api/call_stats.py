"""The route of statistics over calls."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import call_stats
from weft.schemas.call_stats import CallStatsReq, CallStatsRes

router = APIRouter(route_class=WeftRoute, tags=["Calls"])


@router.post("/calls/stats", response_model=CallStatsRes)
def calls_stats(body: CallStatsReq, access: Access, svc: Svc) -> Response:
    """Usage, costs, latencies and errors of calls over time."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(call_stats.call_stats(svc.stores, project, body))
