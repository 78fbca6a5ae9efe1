"""Routes that read agents' spans: lists and groups, statistics, custom attributes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import agent_span_stats, agent_spans
from weft.schemas.agent_span_stats import AgentSpanStatsReq, AgentSpanStatsRes
from weft.schemas.agent_spans import (
    AgentCustomAttrsSchemaReq,
    AgentCustomAttrsSchemaRes,
    AgentSpansQueryReq,
    AgentSpansQueryRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Agents"])


@router.post("/agents/spans/query", response_model=AgentSpansQueryRes)
def agent_spans_query(body: AgentSpansQueryReq, access: Access, svc: Svc) -> Response:
    """Spans, or groups of them."""
    project = access.project(body.project_id, Role.viewer)
    return Response(agent_spans.query_spans(svc.stores, project, body), media_type="application/json")


@router.post("/agents/spans/stats", response_model=AgentSpanStatsRes)
def agent_spans_stats(body: AgentSpanStatsReq, access: Access, svc: Svc) -> Response:
    """Metrics of spans in buckets of time or of a number."""
    project = access.project(body.project_id, Role.viewer)
    return Response(agent_span_stats.span_stats(svc.stores, project, body), media_type="application/json")


@router.post("/agents/spans/custom-attrs/schema")
def agent_custom_attrs_schema(body: AgentCustomAttrsSchemaReq, access: Access, svc: Svc) -> AgentCustomAttrsSchemaRes:
    """Which custom attributes spans carry."""
    project = access.project(body.project_id, Role.viewer)
    return agent_spans.custom_attributes(svc.stores, project, body)
