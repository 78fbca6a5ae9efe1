"""The words of conversations in short: the spans of each, and what was said about it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from weft.schemas.agent_chats import SpanStatus
from weft.schemas.base import NullIsAbsent, Wire


class AgentConversationSpansReq(NullIsAbsent):
    """Which conversations, and which of their spans; a time has to say its zone."""

    project_id: str
    conversation_ids: list[str] = Field(default_factory=list, max_length=10_000)
    started_after: AwareDatetime | None = None
    started_before: AwareDatetime | None = None


class AgentConversationSpan(Wire):
    """A span in short."""

    operation_name: str
    trace_id: str
    span_id: str
    status: SpanStatus
    duration_ms: int


class AgentConversationSpanRating(Wire):
    """A number that somebody, or a scorer, gave."""

    name: str
    value: float
    reason: str | None = None
    confidence: float | None = None


class AgentConversationSpanFeedback(Wire):
    """What was said about a turn, or without a trace about the whole conversation."""

    trace_id: str | None
    feedback_type: Literal["wandb.agent_user_feedback", "wandb.agent_monitor"]
    tags: list[str]
    ratings: list[AgentConversationSpanRating]


class AgentConversationSpans(Wire):
    """A conversation in short: its latest spans, oldest first."""

    conversation_id: str
    spans: list[AgentConversationSpan]
    spans_feedback: list[AgentConversationSpanFeedback]


class AgentConversationSpansRes(Wire):
    """One entry per conversation asked for, in the order of the request."""

    conversations: list[AgentConversationSpans]
