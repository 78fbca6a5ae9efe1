"""Search in what agents, users and tools said: a page of messages, told by conversation."""

from __future__ import annotations

from collections.abc import Mapping

from weft.core.identity import Project
from weft.schemas.agent_search import (
    AgentSearchConversationResult,
    AgentSearchMatchedMessage,
    AgentSearchReq,
    AgentSearchRes,
)
from weft.storage.events.conversations import conversation_titles
from weft.storage.events.span_messages import TOOL_CALL, TOOL_RESULT, MessageSearch, search_messages
from weft.storage.events.time_range import TimeRange
from weft.storage.stores import Stores

NO_CONVERSATION = "__NO_CONVERSATION__"
"""What messages of spans that name no conversation are told under."""


def search_agents(stores: Stores, project: Project, body: AgentSearchReq) -> AgentSearchRes:
    """The messages that hold the text, with upper and lower case told apart; an empty text is in all."""
    roles: set[str] = set(body.roles or ())
    if "tool" in roles:
        roles |= {TOOL_CALL, TOOL_RESULT}
    search = MessageSearch(
        project_id=project.id,
        text=body.query,
        roles=frozenset(roles),
        trace_id=body.trace_id,
        conversation_id=body.conversation_id,
        agent_name=body.agent_name,
        provider_name=body.provider_name,
        request_model=body.request_model,
        times=TimeRange(body.started_after, body.started_before),
        whole=not body.truncate_content,
        limit=body.limit,
        offset=body.offset,
    )
    found: dict[str, AgentSearchConversationResult] = {}
    for row in search_messages(stores.spans.engine, search):
        message = AgentSearchMatchedMessage(
            span_id=row["span_id"],
            trace_id=row["trace_id"],
            role=row["role"],
            content_preview=row["content"],
            content_digest=row["digest"],
            started_at=row["started_at"],
        )
        conversation_id = row["conversation_id"] or NO_CONVERSATION
        result = found.get(conversation_id)
        if result is None:
            # Messages come newest first, and so do their conversations.
            result = found[conversation_id] = AgentSearchConversationResult(
                conversation_id=conversation_id,
                conversation_name="",
                agent_name="",
                matched_messages=[],
                last_activity=message.started_at,
            )
        result.conversation_name = result.conversation_name or row["conversation_name"]
        result.agent_name = result.agent_name or row["agent_name"]
        result.matched_messages.append(message)
    _add_titles(stores, project, found)
    return AgentSearchRes(results=list(found.values()), total_conversations=len(found))


def _add_titles(stores: Stores, project: Project, found: Mapping[str, AgentSearchConversationResult]) -> None:
    """Where the spans of the messages do not say how their conversation is called, others of it may."""
    nameless = [
        conversation_id
        for conversation_id, result in found.items()
        if conversation_id != NO_CONVERSATION and not (result.conversation_name and result.agent_name)
    ]
    if nameless:
        for conversation_id, title in conversation_titles(stores.spans.engine, project.id, nameless).items():
            result = found[conversation_id]
            result.conversation_name = result.conversation_name or title.name
            result.agent_name = result.agent_name or title.agent
