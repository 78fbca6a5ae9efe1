"""The words of the search in what agents, users and tools said."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import Moment

MessageRole = Literal["", "user", "assistant", "system", "tool", "tool_call", "tool_result"]


class AgentSearchReq(NullIsAbsent):
    """What to look for, and in which spans; `limit` and `offset` count messages."""

    project_id: str
    query: str = ""
    trace_id: str | None = None
    roles: list[MessageRole] | None = None
    conversation_id: str | None = None
    agent_name: str | None = None
    provider_name: str | None = None
    request_model: str | None = None
    truncate_content: bool = True
    started_after: Moment | None = None
    started_before: Moment | None = None
    limit: int = Field(20, ge=0, le=1000)
    offset: int = Field(0, ge=0)


class AgentSearchMatchedMessage(Wire):
    """A message that was found."""

    span_id: str
    trace_id: str
    role: str
    content_preview: str
    content_digest: str
    started_at: datetime


class AgentSearchConversationResult(Wire):
    """The messages found in a conversation, newest first."""

    conversation_id: str
    conversation_name: str
    agent_name: str
    matched_messages: list[AgentSearchMatchedMessage]
    last_activity: datetime


class AgentSearchRes(Wire):
    """The conversations of the messages of a page, the latest first."""

    results: list[AgentSearchConversationResult]
    total_conversations: int = 0
