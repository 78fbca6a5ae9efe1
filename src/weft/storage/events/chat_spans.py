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
    content_refs: list[str] = field(default_factory=list)
    wb_user_id: str = ""
    user_messages: Sequence[str] = ()
    instructions_hash: int = 0
    has_tool_definitions: bool = False

    @property
    def model(self) -> str:
        """The model that answered, else the one that was asked."""
        return self.response_model or self.request_model


_VISIBLE = "project_id = {project_id:String} AND deleted = 0 AND trace_id IN {trace_ids:Array(String)}"
# A list that the engine cannot read leaves whole: the reader of messages can.
_SAID = f"""multiIf(
    input_messages IN ('', '[]') OR operation_name = '{EXECUTE_TOOL}', [],
    empty(JSONExtractArrayRaw(input_messages) AS said), [input_messages],
    operation_name = '{INVOKE_AGENT}', arraySlice(arrayFilter(m -> JSONExtractString(m, 'role') = 'user', said), -1),
    arraySlice(said, arrayLastIndex(m -> JSONExtractString(m, 'role') != 'user', said) + 1))"""
_COMPUTED = {
    "user_messages": _SAID,
    "instructions_hash": "if(empty(system_instructions), 0, cityHash64(system_instructions))",
    "has_tool_definitions": "tool_definitions.size > 0",
}
_FIELDS = tuple(ChatSpan.__dataclass_fields__)
# Without their names in every row, ten thousand spans are half the bytes and read in a quarter of the time.
_CHAT_SPANS = f"""
SELECT tuple({", ".join(_COMPUTED.get(name, name) for name in _FIELDS)}) AS span FROM spans FINAL WHERE {_VISIBLE}
"""
_WITHOUT_NAMES = "SETTINGS enable_named_columns_in_function_tuple = 0"
_CARD_TEXTS = f"""
SELECT trace_id, span_id, system_instructions, tool_definitions FROM spans FINAL
WHERE {_VISIBLE} AND span_id IN {{span_ids:Array(String)}}
"""


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
    for line in engine.query_bytes(f"{sql} {_WITHOUT_NAMES}", parameters).splitlines():
        span = ChatSpan(*orjson.loads(line)["span"])
        span.started_at, span.ended_at = _moment(span.started_at), _moment(span.ended_at)
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


def _moment(text: object) -> datetime | None:
    moment = datetime.fromisoformat(str(text))
    return None if moment == EPOCH else moment
