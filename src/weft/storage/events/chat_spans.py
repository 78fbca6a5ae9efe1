"""Spans as a chat needs them: of whole traces, with of every text only the part that a chat shows.

A model's input repeats the history of its chat, so only the end of it leaves the engine; instructions and tool
definitions, which repeat too, are read for the few spans whose text is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from weft.storage.events.engine import EventsEngine
from weft.storage.events.spans import EPOCH

INVOKE_AGENT = "invoke_agent"
EXECUTE_TOOL = "execute_tool"

_PLAIN = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "span_name",
    "operation_name",
    "started_at",
    "ended_at",
    "status_code",
    "status_message",
    "error_type",
    "provider_name",
    "agent_name",
    "agent_id",
    "agent_version",
    "request_model",
    "response_model",
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "reasoning_content",
    "tool_name",
    "tool_call_id",
    "tool_call_arguments",
    "tool_call_result",
    "output_messages",
    "compaction_summary",
    "compaction_items_before",
    "compaction_items_after",
    "content_refs",
    "wb_user_id",
)
_VISIBLE = "project_id = {project_id:String} AND deleted = 0 AND trace_id IN {trace_ids:Array(String)}"
# A list that the engine cannot read leaves whole: the reader of messages can.
_SAID = f"""multiIf(
    input_messages IN ('', '[]') OR operation_name = '{EXECUTE_TOOL}', [],
    empty(JSONExtractArrayRaw(input_messages) AS said), [input_messages],
    operation_name = '{INVOKE_AGENT}', arraySlice(arrayFilter(m -> JSONExtractString(m, 'role') = 'user', said), -1),
    arraySlice(said, arrayLastIndex(m -> JSONExtractString(m, 'role') != 'user', said) + 1))"""
_CHAT_SPANS = f"""
SELECT {", ".join(_PLAIN)}, {_SAID} AS user_messages,
    if(empty(system_instructions), 0, cityHash64(system_instructions)) AS instructions_hash,
    tool_definitions.size > 0 AS has_tool_definitions
FROM spans FINAL WHERE {_VISIBLE}
"""
_CARD_TEXTS = f"""
SELECT trace_id, span_id, system_instructions, tool_definitions FROM spans FINAL
WHERE {_VISIBLE} AND span_id IN {{span_ids:Array(String)}}
"""


@dataclass(slots=True)
class ChatSpan:
    """One span of a chat; a missing time is None, an absent text empty and an absent number 0.

    `user_messages` are JSON texts: what users said last before the model spoke, of an `invoke_agent` span the last
    message of a user. `instructions_hash` tells equal system instructions, 0 is none.
    """

    span_id: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    trace_id: str = ""
    parent_span_id: str = ""
    span_name: str = ""
    operation_name: str = ""
    status_code: str = "UNSET"
    status_message: str = ""
    error_type: str = ""
    provider_name: str = ""
    agent_name: str = ""
    agent_id: str = ""
    agent_version: str = ""
    request_model: str = ""
    response_model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    reasoning_content: str = ""
    tool_name: str = ""
    tool_call_id: str = ""
    tool_call_arguments: str = ""
    tool_call_result: str = ""
    output_messages: str = ""
    compaction_summary: str = ""
    compaction_items_before: int = 0
    compaction_items_after: int = 0
    content_refs: Sequence[str] = ()
    wb_user_id: str = ""
    user_messages: Sequence[str] = ()
    instructions_hash: int = 0
    has_tool_definitions: bool = False

    @property
    def model(self) -> str:
        """The model that answered, else the one that was asked."""
        return self.response_model or self.request_model


@dataclass(frozen=True, slots=True)
class CardTexts:
    """The long texts of a span that introduces an agent; `tool_definitions` is JSON text."""

    system_instructions: list[str] = field(default_factory=list)
    tool_definitions: str = ""


def chat_spans(
    engine: EventsEngine, project_id: str, trace_ids: Sequence[str], conversation_id: str | None = None
) -> dict[str, list[ChatSpan]]:
    """The spans of each trace, without an order; of a conversation only its own and those that name none."""
    sql = _CHAT_SPANS
    parameters: dict[str, Any] = {"project_id": project_id, "trace_ids": list(trace_ids)}
    if conversation_id is not None:
        sql += " AND conversation_id IN ('', {conversation_id:String})"
        parameters["conversation_id"] = conversation_id
    found: dict[str, list[ChatSpan]] = {}
    # One row at a time: as many dicts as spans would cost more than making the spans.
    for line in engine.query_bytes(sql, parameters).splitlines():
        span = _span_from_row(orjson.loads(line))
        found.setdefault(span.trace_id, []).append(span)
    return found


def card_texts(
    engine: EventsEngine, project_id: str, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], CardTexts]:
    """Instructions and tool definitions by (trace id, span id)."""
    wanted = set(keys)
    if not wanted:
        return {}
    parameters = {
        "project_id": project_id,
        "trace_ids": sorted({trace_id for trace_id, _ in wanted}),
        "span_ids": sorted({span_id for _, span_id in wanted}),
    }
    return {
        (row["trace_id"], row["span_id"]): CardTexts(row["system_instructions"], row["tool_definitions"])
        for row in engine.query(_CARD_TEXTS, parameters)
    }


def _span_from_row(row: dict[str, Any]) -> ChatSpan:
    for name in ("started_at", "ended_at"):
        moment = datetime.fromisoformat(row[name])
        row[name] = None if moment == EPOCH else moment
    return ChatSpan(**row)
