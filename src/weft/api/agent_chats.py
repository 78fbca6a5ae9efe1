"""Routes of chat views: a trace, or a conversation, as messages."""

from __future__ import annotations

import json
from dataclasses import asdict

import orjson
from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.clock import iso
from weft.core.identity import Role
from weft.domain import agent_chats
from weft.schemas.agent_chats import (
    AgentConversationChatReq,
    AgentConversationChatRes,
    AgentTraceChatReq,
    AgentTraceChatRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Agents"])


@router.post("/agents/traces/chat", response_model=AgentTraceChatRes)
def agent_traces_chat(body: AgentTraceChatReq, access: Access, svc: Svc) -> Response:
    """One trace as a chat."""
    project = access.project(body.project_id, Role.viewer)
    return _rendered(agent_chats.trace_chat(svc.stores, project, body))


@router.post("/agents/conversations/chat", response_model=AgentConversationChatRes)
def agent_conversation_chat(body: AgentConversationChatReq, access: Access, svc: Svc) -> Response:
    """A page of the turns of a conversation, each a trace as a chat."""
    project = access.project(body.project_id, Role.viewer)
    return _rendered(agent_chats.conversation_chat(svc.stores, project, body))


def _rendered(answer: AgentTraceChatRes | AgentConversationChatRes) -> Response:
    try:
        body = orjson.dumps(answer, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:
        # Feedback may hold what UTF-8 cannot carry.
        body = json.dumps(asdict(answer), default=iso).encode()
    return Response(body, media_type="application/json")
