"""The words of chat views: a trace, or a conversation of several, as one line of messages.

What is answered are dataclasses: ten thousand messages in one answer are usual, and nobody doubts what we made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent

SpanStatus = Literal["UNSET", "OK", "ERROR"]
MessageType = Literal[
    "user_message", "assistant_message", "tool_call", "agent_handoff", "agent_start", "context_compacted"
]


class AgentTraceChatReq(NullIsAbsent):
    """Which trace to show, and what to add."""

    project_id: str
    trace_id: str
    include_feedback: bool = False
    include_model_tool_calls: bool = False


class AgentConversationChatReq(NullIsAbsent):
    """Which conversation to show; `offset` skips its newest turns."""

    project_id: str
    conversation_id: str
    limit: int = Field(50, ge=0, le=50)
    offset: int = Field(0, ge=0)
    include_feedback: bool = False
    include_model_tool_calls: bool = False


@dataclass(slots=True)
class AgentChatFeedback:
    """What somebody, or a scorer, said about a turn, a span or a conversation."""

    id: str
    feedback_type: str
    weave_ref: str
    payload: dict[str, Any]
    creator: str | None = None
    created_at: datetime | None = None
    wb_user_id: str | None = None
    runnable_ref: str | None = None
    call_ref: str | None = None
    trigger_ref: str | None = None
    annotation_ref: str | None = None
    scorer_tags: list[str] = field(default_factory=list)
    scorer_tag_reasons: dict[str, str] = field(default_factory=dict)
    scorer_tag_confidences: dict[str, float] = field(default_factory=dict)
    scorer_ratings: dict[str, float] = field(default_factory=dict)
    scorer_rating_reasons: dict[str, str] = field(default_factory=dict)
    scorer_rating_confidences: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class AgentChatUserMessage:
    """What a user said."""

    text: str
    content_refs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AgentChatAssistantMessage:
    """What a model answered, with what it took."""

    text: str
    model: str | None = None
    reasoning_content: str | None = None
    reasoning_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_cost_usd: float | None = None
    output_cost_usd: float | None = None
    total_cost_usd: float | None = None
    duration_ms: int | None = None
    status: SpanStatus | None = None
    content_refs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AgentChatToolCall:
    """A tool that was called, or asked for."""

    tool_name: str | None = None
    tool_arguments: str | None = None
    tool_result: str | None = None
    duration_ms: int | None = None
    status: SpanStatus | None = None
    content_refs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AgentChatAgentStart:
    """An agent begins, or gets other instructions."""

    model: str | None = None
    system_instructions: str | None = None
    tool_definitions: str | None = None
    status: SpanStatus | None = None


@dataclass(slots=True)
class AgentChatContextCompacted:
    """An agent's context was made shorter."""

    compaction_summary: str | None = None
    compaction_items_before: int | None = None
    compaction_items_after: int | None = None


@dataclass(slots=True)
class AgentChatAgentHandoff:
    """Kept for agents that hand over to others; no such message is made."""


@dataclass(slots=True)
class AgentChatMessage:
    """One message; the payload under the name of its `type` is set, and no other."""

    type: MessageType
    span_id: str | None = None
    agent_name: str | None = None
    agent_version: str | None = None
    status_code: SpanStatus | None = None
    error_type: str | None = None
    status_message: str | None = None
    started_at: datetime | None = None
    user_message: AgentChatUserMessage | None = None
    assistant_message: AgentChatAssistantMessage | None = None
    tool_call: AgentChatToolCall | None = None
    agent_start: AgentChatAgentStart | None = None
    agent_handoff: AgentChatAgentHandoff | None = None
    context_compacted: AgentChatContextCompacted | None = None
    feedback: list[AgentChatFeedback] | None = None


@dataclass(slots=True)
class AgentTraceChatRes:
    """One trace as a chat. Of an unknown trace there is nothing to say."""

    trace_id: str
    root_span_name: str | None = None
    agent_name: str | None = None
    agent_version: str | None = None
    status_code: SpanStatus | None = None
    provider: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    wb_user_id: str | None = None
    total_duration_ms: int | None = None
    total_cost_usd: float | None = None
    total_input_tokens: int = 0
    total_output_tokens: int = 0
    total_reasoning_tokens: int = 0
    total_cache_creation_input_tokens: int = 0
    total_cache_read_input_tokens: int = 0
    messages: list[AgentChatMessage] = field(default_factory=list)
    feedback: list[AgentChatFeedback] | None = None


@dataclass(slots=True)
class AgentConversationChatRes:
    """A page of the turns of a conversation, oldest first; each turn is a trace."""

    conversation_id: str
    turns: list[AgentTraceChatRes]
    total_turns: int = 0
    has_more: bool = False
    limit: int = 50
    offset: int = 0
    total_cost_usd: float | None = None
    feedback: list[AgentChatFeedback] | None = None
