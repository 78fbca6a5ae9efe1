"""Spans of agents for tests of chats: in the form the builder of chats takes them, and as they are stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from weft.domain.chat_timeline import Timeline, build_timeline
from weft.domain.chat_tree import build_tree
from weft.domain.costs import Price, PriceSource
from weft.domain.span_costs import SpanPrices
from weft.schemas.agent_chats import AgentChatMessage
from weft.storage.events.chat_spans import ChatSpan

T0 = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
PRICE = Price(0.001, 0.002, 0.0001, 0.0005, T0, "test", level="project")


def no_prices(_model: str) -> list[Price]:
    return []


def price_of_m(model: str) -> list[Price]:
    """A model `m` with a price, and no other."""
    return [PRICE] if model == "m" else []


def said(role: str, content: Any) -> dict[str, str]:
    """A message as it is stored: parts are the JSON text of their list."""
    return {
        "role": role,
        "content": content if isinstance(content, str) else json.dumps(content),
        "finish_reason": "",
    }


def messages(*items: dict[str, str]) -> str:
    """Messages as a span keeps them."""
    return json.dumps(items)


def answer(*texts: str) -> str:
    """Output messages of an assistant."""
    return messages(*(said("assistant", text) for text in texts))


def ask(*texts: str) -> list[str]:
    """What users said last, as the reader of chats gets it from the engine."""
    return [json.dumps(said("user", text)) for text in texts]


def span(span_id: str, parent: str = "", at: float | None = 0, took: float | None = 1, **fields: Any) -> ChatSpan:
    """A span that starts `at` seconds after T0 and takes `took` seconds; None is a missing time."""
    started = None if at is None else T0 + timedelta(seconds=at)
    ended = None if started is None or took is None else started + timedelta(seconds=took)
    return ChatSpan(span_id, started, ended, trace_id="t", parent_span_id=parent, **fields)


def chat(span_id: str, parent: str = "", at: float | None = 0, **fields: Any) -> ChatSpan:
    """A span of a model."""
    return span(span_id, parent, at, **{"operation_name": "chat", "span_name": "chat m", **fields})


def agent(span_id: str, parent: str = "", at: float | None = 0, **fields: Any) -> ChatSpan:
    """A span of an agent, bare unless fields say otherwise."""
    return span(span_id, parent, at, **{"operation_name": "invoke_agent", "span_name": "invoke_agent", **fields})


def tool(span_id: str, parent: str = "", at: float | None = 0, **fields: Any) -> ChatSpan:
    """A span of a tool."""
    return span(span_id, parent, at, **{"operation_name": "execute_tool", "span_name": "execute_tool look", **fields})


def timeline(*spans: ChatSpan, prices: PriceSource = no_prices, with_requests: bool = False) -> Timeline:
    """The chat of a trace."""
    return build_timeline(build_tree(spans), SpanPrices(prices), with_requests=with_requests)


def line(message: AgentChatMessage) -> str:
    """A message in a few words, to compare whole chats."""
    if message.user_message is not None:
        return f"user: {message.user_message.text}"
    if message.assistant_message is not None:
        return f"assistant: {message.assistant_message.text}"
    if message.tool_call is not None:
        return f"tool: {message.tool_call.tool_name}"
    return message.type + (f": {message.agent_name}" if message.agent_name else "")


def lines(*spans: ChatSpan, with_requests: bool = False) -> list[str]:
    """The chat of a trace in a few words each."""
    return [line(message) for message in timeline(*spans, with_requests=with_requests).messages]
