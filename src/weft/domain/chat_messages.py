"""Single messages of a chat, made from the span they come from: what a user said, what a model answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import Any, Literal

from weft.domain.chat_tree import ChatTree
from weft.domain.span_costs import SpanCosts, SpanPrices
from weft.schemas.agent_chats import (
    AgentChatAssistantMessage,
    AgentChatMessage,
    AgentChatUserMessage,
    MessageType,
    SpanStatus,
)
from weft.storage.events.chat_spans import ChatSpan

ERROR: Literal["ERROR"] = "ERROR"
_STATUSES: dict[str, SpanStatus] = {"UNSET": "UNSET", "OK": "OK", "ERROR": "ERROR"}
_USER_NAME = "User"
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Speaker:
    """The agent a message is from: the one its span names, else the nearest that an ancestor names."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What some spans took together; without a known price `costs` is None."""

    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    costs: SpanCosts | None


def speakers_of(tree: ChatTree) -> list[Speaker]:
    """Who speaks in each span of a tree."""
    found: list[Speaker] = []
    nobody = Speaker()
    for span, parent in zip(tree.spans, tree.parents, strict=True):
        if span.agent_name:
            found.append(Speaker(span.agent_name, span.agent_version))
        else:
            found.append(nobody if parent is None else found[parent])
    return found


def usage_of(span: ChatSpan, prices: SpanPrices) -> Usage:
    """What the span took."""
    return Usage(span.input_tokens, span.output_tokens, span.reasoning_tokens, prices.costs(span))


def usage_of_all(spans: Sequence[ChatSpan], prices: SpanPrices) -> Usage:
    """What the spans took together."""
    known = [costs for span in spans if (costs := prices.costs(span)) is not None]
    return Usage(
        sum(span.input_tokens for span in spans),
        sum(span.output_tokens for span in spans),
        sum(span.reasoning_tokens for span in spans),
        reduce(SpanCosts.__add__, known) if known else None,
    )


def status_of(span: ChatSpan) -> SpanStatus:
    """How the span ended."""
    return _STATUSES.get(span.status_code, "UNSET")


def duration_ms(span: ChatSpan) -> int | None:
    """Whole milliseconds from start to end, None while one of them is missing; never negative."""
    if span.started_at is None or span.ended_at is None:
        return None
    return max(0, (span.ended_at - span.started_at) // _MILLISECOND)


def message_of(kind: MessageType, span: ChatSpan, speaker: Speaker, payload: Any) -> AgentChatMessage:
    """A message about a span, with the payload that belongs to its kind."""
    message = AgentChatMessage(
        kind,
        span.span_id,
        speaker.name or None,
        speaker.version or None,
        status_of(span),
        span.error_type or None,
        span.status_message or None,
        span.started_at,
    )
    setattr(message, kind, payload)
    return message


def user_message(span: ChatSpan, text: str, refs: Sequence[str]) -> AgentChatMessage:
    """What a user said; no span is named, since it is said again in every span that follows."""
    return AgentChatMessage(
        type="user_message",
        agent_name=_USER_NAME,
        started_at=span.started_at,
        user_message=AgentChatUserMessage(text=text, content_refs=list(refs)),
    )


def assistant_message(
    span: ChatSpan, speaker: Speaker, text: str, usage: Usage, refs: Sequence[str]
) -> AgentChatMessage:
    """What a model answered."""
    costs = usage.costs
    payload = AgentChatAssistantMessage(
        text=text,
        model=span.model or None,
        reasoning_content=span.reasoning_content or None,
        reasoning_tokens=usage.reasoning_tokens,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        input_cost_usd=costs.input if costs else None,
        output_cost_usd=costs.output if costs else None,
        total_cost_usd=costs.total if costs else None,
        duration_ms=duration_ms(span),
        status=status_of(span),
        content_refs=list(refs),
    )
    return message_of("assistant_message", span, speaker, payload)


def merge_answers(shown: AgentChatMessage, other: AgentChatMessage) -> None:
    """Let one message speak for two spans that gave the same answer.

    What it took is taken from the span that counted tokens, an error from the one that failed; what is missing is
    filled in.
    """
    into, extra = shown.assistant_message, other.assistant_message
    if into is None or extra is None:
        return
    counted = (into.input_tokens or 0) + (into.output_tokens or 0) > 0
    for name in AgentChatAssistantMessage.__dataclass_fields__:
        value = getattr(extra, name)
        measured = name.endswith(("_tokens", "_cost_usd", "duration_ms"))
        if name in ("text", "status", "content_refs") or value is None:
            continue
        if getattr(into, name) is None or (measured and not counted):
            setattr(into, name, value)
    into.content_refs = list(dict.fromkeys([*into.content_refs, *extra.content_refs]))
    if other.status_code == ERROR != shown.status_code:
        into.status = shown.status_code = ERROR
        shown.error_type, shown.status_message = other.error_type, other.status_message
