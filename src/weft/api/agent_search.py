"""The route of the search in what agents, users and tools said."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain.agent_search import search_agents
from weft.schemas.agent_search import AgentSearchReq, AgentSearchRes

router = APIRouter(route_class=WeftRoute, tags=["Agents"])


@router.post("/agents/search", response_model=AgentSearchRes)
def agent_search(body: AgentSearchReq, access: Access, svc: Svc) -> Response:
    """Messages that hold a text, by conversation."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(search_agents(svc.stores, project, body))
