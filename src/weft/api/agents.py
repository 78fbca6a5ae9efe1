"""Routes of agents and their versions."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import agents
from weft.schemas.agents import AgentsQueryReq, AgentsQueryRes, AgentVersionsQueryReq, AgentVersionsQueryRes

router = APIRouter(route_class=WeftRoute, tags=["Agents"])


@router.post("/agents/query", response_model=AgentsQueryRes)
def agent_agents_query(body: AgentsQueryReq, access: Access, svc: Svc) -> Response:
    """The agents that spans name, with sums over their spans."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(agents.query_agents(svc.stores, project, body))


@router.post("/agents/agent-versions/query", response_model=AgentVersionsQueryRes)
def agent_versions_query(body: AgentVersionsQueryReq, access: Access, svc: Svc) -> Response:
    """The versions of an agent, with sums over their spans."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(agents.query_agent_versions(svc.stores, project, body))
