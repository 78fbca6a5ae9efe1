"""Usage and cost of a project over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain.usage_over_time import usage_over_time
from weft.schemas.usage_over_time import UsageOverTimeRes, UsageQuery

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Usage"])


@router.get("/usage", response_model=UsageOverTimeRes)
def usage_read(query: Annotated[UsageQuery, Query()], access: Access, svc: Svc) -> Response:
    """Calls, errors, latencies, tokens and costs over time, by model, op or user."""
    return json_answer(usage_over_time(svc.stores, access.project(query.project_id, Role.viewer), query))
