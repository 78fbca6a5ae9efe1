"""The names of what can be asked of agents' spans, in every spelling, and what kind of value each one has.

How a field is read is the event store's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ValueType = Literal["datetime", "number", "boolean", "string"]
AttributeSource = Literal["custom_attrs_string", "custom_attrs_int", "custom_attrs_float", "custom_attrs_bool"]
FieldKind = Literal["text", "number", "time"]

ATTRIBUTE_SOURCES: dict[str, ValueType] = {
    "custom_attrs_string": "string",
    "custom_attrs_int": "number",
    "custom_attrs_float": "number",
    "custom_attrs_bool": "boolean",
}
"""The maps of custom attributes, with the type of their values."""

SOURCES: tuple[AttributeSource, ...] = (
    "custom_attrs_string", "custom_attrs_int", "custom_attrs_float", "custom_attrs_bool",
)  # fmt: skip
"""The names of the maps."""

COSTS = ("input_cost_usd", "output_cost_usd", "cache_read_cost_usd", "cache_creation_cost_usd", "total_cost_usd")

DERIVED: dict[str, ValueType] = {
    "duration_ms": "number",
    "total_tokens": "number",
    "is_error": "boolean",
    "is_invocation": "boolean",
    "total_cost_usd": "number",
    "input_cost_usd": "number",
    "output_cost_usd": "number",
}
"""Values computed from several columns, with their types."""

_EVAL = (
    "eval_run_id", "eval_predict_and_score_call_id", "eval_kind", "eval_row_digest", "eval_example_id",
    "eval_trial_index", "eval_evaluation_name",
)  # fmt: skip
_TOKENS = (
    "input_tokens", "output_tokens", "reasoning_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
)  # fmt: skip
_REQUEST_NUMBERS = (
    "request_temperature", "request_max_tokens", "request_top_p", "request_frequency_penalty",
    "request_presence_penalty", "request_seed", "request_choice_count",
)  # fmt: skip

_NAMED = (
    "span_name", "operation_name", "provider_name", "agent_name", "agent_version", "request_model", "response_model",
    "tool_name", "tool_type", "conversation_id", "status_code", "error_type", "span_kind", "trace_id", "span_id",
    "wb_run_id", *_EVAL, "parent_call_id", "parent_call_trace_id",
)  # fmt: skip
GROUPABLE = frozenset({*_NAMED, "agent_id", "tool_call_id", "wb_user_id"})
"""Columns by which spans can be grouped."""

SORTABLE = frozenset(
    {
        *_NAMED, *_TOKENS, "started_at", "ended_at", "output_type", "request_temperature", "request_max_tokens",
        "request_top_p", "wb_run_step", "server_address",
    }
)  # fmt: skip
"""Columns by which a list of spans can be sorted; costs and listed custom attributes come on top."""

_TEXTS = (
    "parent_span_id", "status_message", "agent_id", "agent_description", "response_id", "reasoning_content",
    "conversation_name", "tool_call_id", "tool_description", "tool_call_arguments", "tool_call_result", "output_type",
    "server_address", "compaction_summary", "wb_user_id", "raw_span_dump",
)  # fmt: skip
_NUMBERS = (
    *_TOKENS, *_REQUEST_NUMBERS, "server_port", "compaction_items_before", "compaction_items_after", "wb_run_step",
    "wb_run_step_end", "eval_trial_index",
)  # fmt: skip

FIELD_KINDS: dict[str, FieldKind] = {
    **dict.fromkeys((*_NAMED, *_TEXTS), "text"),
    **dict.fromkeys(_NUMBERS, "number"),
    "started_at": "time",
    "ended_at": "time",
}
"""Scalar columns that can be read by name."""

_LISTS = (
    "input_messages", "output_messages", "system_instructions", "tool_definitions", "finish_reasons",
    "request_stop_sequences", "content_refs", "artifact_refs", "object_refs",
)  # fmt: skip

# Attribute names as the OpenTelemetry conventions spell them, without the prefix `weave.` or `gen_ai.`.
_SPELLINGS = {
    "operation.name": "operation_name",
    "provider.name": "provider_name",
    "system": "provider_name",
    "agent.name": "agent_name",
    "agent.id": "agent_id",
    "agent.description": "agent_description",
    "agent.version": "agent_version",
    "request.model": "request_model",
    "response.model": "response_model",
    "response.id": "response_id",
    "usage.input_tokens": "input_tokens",
    "usage.output_tokens": "output_tokens",
    "usage.reasoning_tokens": "reasoning_tokens",
    "usage.reasoning.output_tokens": "reasoning_tokens",
    "usage.cache_creation.input_tokens": "cache_creation_input_tokens",
    "usage.cache_read.input_tokens": "cache_read_input_tokens",
    "conversation.id": "conversation_id",
    "conversation.name": "conversation_name",
    "tool.name": "tool_name",
    "tool.type": "tool_type",
    "tool.call.id": "tool_call_id",
    "tool.description": "tool_description",
    "tool.definitions": "tool_definitions",
    "tool.call.arguments": "tool_call_arguments",
    "tool.call.result": "tool_call_result",
    "request.choice.count": "request_choice_count",
    "response.finish_reasons": "finish_reasons",
    "output.type": "output_type",
    "input.messages": "input_messages",
    "output.messages": "output_messages",
    "error.type": "error_type",
    "server.address": "server_address",
    "server.port": "server_port",
    "compaction.summary": "compaction_summary",
    "compaction.items_before": "compaction_items_before",
    "compaction.items_after": "compaction_items_after",
    "parent_call.id": "parent_call_id",
    "parent_call.trace_id": "parent_call_trace_id",
    **{f"eval.{name.removeprefix('eval_')}": name for name in _EVAL},
    **{f"request.{name.removeprefix('request_')}": name for name in (*_REQUEST_NUMBERS, "request_stop_sequences")},
}


@dataclass(frozen=True, slots=True)
class SpanColumn:
    """A scalar column."""

    name: str


@dataclass(frozen=True, slots=True)
class SpanList:
    """A column that holds a list or a document, which no condition reads."""

    name: str


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """`duration_ms` or `total_tokens`."""

    name: str


@dataclass(frozen=True, slots=True)
class CustomAttribute:
    """A custom attribute; without a source it may be in any of the maps."""

    key: str
    source: AttributeSource | None = None


SpanField = SpanColumn | SpanList | DerivedValue | CustomAttribute


def column_named(name: str) -> str:
    """The column that a name in any spelling means; the name itself when none does."""
    if name in FIELD_KINDS or name in _LISTS:
        return name
    bare = name.removeprefix("gen_ai.").removeprefix("weave.")
    if bare in FIELD_KINDS or bare in _LISTS:
        return bare
    return _SPELLINGS.get(bare, name)


def parse_span_field(path: str) -> SpanField:
    """What a field of a query names; what is no field of ours is a custom attribute."""
    column = column_named(path)
    if column in FIELD_KINDS:
        return SpanColumn(column)
    if column in _LISTS or column in ATTRIBUTE_SOURCES:
        return SpanList(column)
    if path in ("duration_ms", "total_tokens"):
        return DerivedValue(path)
    for source in SOURCES:
        if path.startswith(f"{source}."):
            return CustomAttribute(path.removeprefix(f"{source}."), source)
    return CustomAttribute(path)
