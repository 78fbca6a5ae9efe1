"""The route of conversations in short."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import conversations
from weft.schemas.conversations import AgentConversationSpansReq, AgentConversationSpansRes

router = APIRouter(route_class=WeftRoute, tags=["Agents"])


@router.post("/agents/conversations/spans", response_model=AgentConversationSpansRes)
def agent_conversation_spans(body: AgentConversationSpansReq, access: Access, svc: Svc) -> Response:
    """The latest spans of each conversation, with the feedback on it."""
    project = access.project(body.project_id, Role.viewer)
    entries = conversations.conversation_spans(svc.stores, project, body)
    return Response(b'{"conversations":[' + b",".join(entries) + b"]}", media_type="application/json")
