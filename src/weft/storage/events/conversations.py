"""Conversations of agents, as their spans name them: their traces, what they used, and their spans in short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.time_range import TimeRange

SPANS_SHOWN = 200
"""How many spans of a conversation are listed, the newest of them."""

# The inner read uses the index on conversation_id; the outer one, by key, sees the newest version of what was found.
_OF_ITS_TRACES = """
FROM spans FINAL
WHERE project_id = {project_id:String} AND deleted = 0 AND trace_id IN (
    SELECT trace_id FROM spans
    WHERE project_id = {project_id:String} AND conversation_id IN {conversation_ids:Array(String)}
)"""
_OVERVIEW = f"""
SELECT trace_id, if(response_model = '', request_model, response_model) AS model,
    min(started_at) AS began, countIf(conversation_id IN {{conversation_ids:Array(String)}}) AS own_spans,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
    sum(cache_read_input_tokens) AS cache_read_input_tokens,
    sum(cache_creation_input_tokens) AS cache_creation_input_tokens
{_OF_ITS_TRACES} AND (conversation_id = '' OR conversation_id IN {{conversation_ids:Array(String)}})
GROUP BY trace_id, model
SETTINGS use_skip_indexes_if_final = 0
"""
_SPANS = f"""
SELECT conversation_id, operation_name, trace_id, span_id, status_code AS status,
    if(ended_at <= started_at, 0,
        intDiv(toUnixTimestamp64Micro(ended_at) - toUnixTimestamp64Micro(started_at), 1000)) AS duration_ms
{_OF_ITS_TRACES} AND conversation_id IN {{conversation_ids:Array(String)}} %s
ORDER BY started_at DESC, trace_id DESC, span_id DESC LIMIT {SPANS_SHOWN} BY conversation_id
SETTINGS use_skip_indexes_if_final = 0
"""
_TITLES = f"""
SELECT conversation_id, argMaxIf(conversation_name, (started_at, span_id), conversation_name != '') AS name,
    argMinIf(agent_name, (started_at, span_id), agent_name != '') AS agent
{_OF_ITS_TRACES} AND conversation_id IN {{conversation_ids:Array(String)}}
GROUP BY conversation_id
SETTINGS use_skip_indexes_if_final = 0
"""
_SIGNALS = """
SELECT span_conversation_id, span_trace_id, feedback_type, scorer_tags, scorer_ratings, scorer_rating_reasons,
    scorer_rating_confidences
FROM feedback FINAL
WHERE project_id = {project_id:String} AND deleted = 0 AND feedback_type IN {feedback_types:Array(String)}
  AND span_conversation_id IN {conversation_ids:Array(String)}
ORDER BY created_at, id
"""


@dataclass(slots=True)
class ModelUsage:
    """Tokens of one model, summed."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ConversationTitle:
    """What a conversation was called last, and the agent that its spans name first; empty where no span says."""

    name: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The traces of a conversation, newest first, and what all of them used."""

    trace_ids: Sequence[str]
    usage: Sequence[ModelUsage]


def find_conversation(engine: EventsEngine, project_id: str, conversation_id: str) -> Conversation:
    """The traces in which a span names the conversation; their spans count unless they name another one."""
    rows = engine.query(_OVERVIEW, {"project_id": project_id, "conversation_ids": [conversation_id]})
    named = {row["trace_id"] for row in rows if row["own_spans"]}
    began: dict[str, str] = {}
    usage: dict[str, ModelUsage] = {}
    for row in rows:
        trace_id = row["trace_id"]
        if trace_id in named:
            began[trace_id] = min(began.get(trace_id, row["began"]), row["began"])
            _count(usage.setdefault(row["model"], ModelUsage(row["model"])), row)
    newest_first = sorted(began, key=lambda trace_id: (began[trace_id], trace_id), reverse=True)
    return Conversation(newest_first, list(usage.values()))


def spans_of_conversations(
    engine: EventsEngine, project_id: str, conversation_ids: Sequence[str], times: TimeRange
) -> dict[str, list[dict[str, Any]]]:
    """The latest spans that name each conversation, oldest first: kind, ids, status and whole milliseconds."""
    parameters = Parameters()
    sql = _SPANS % "".join(f" AND {condition}" for condition in times.conditions(parameters))
    given = {"project_id": project_id, "conversation_ids": list(conversation_ids)}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in reversed(engine.query(sql, {**given, **parameters.values})):
        found.setdefault(row.pop("conversation_id"), []).append(row)
    return found


def conversation_titles(
    engine: EventsEngine, project_id: str, conversation_ids: Sequence[str]
) -> dict[str, ConversationTitle]:
    """How to call each of the conversations; usually only the spans of agents say it."""
    rows = engine.query(_TITLES, {"project_id": project_id, "conversation_ids": list(conversation_ids)})
    return {row["conversation_id"]: ConversationTitle(row["name"], row["agent"]) for row in rows}


def signals_of_conversations(
    engine: EventsEngine, project_id: str, conversation_ids: Sequence[str], feedback_types: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Rows of feedback on agents, of each conversation oldest first."""
    given = {"project_id": project_id, "conversation_ids": list(conversation_ids)}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in engine.query(_SIGNALS, {**given, "feedback_types": list(feedback_types)}):
        found.setdefault(row.pop("span_conversation_id"), []).append(row)
    return found


def _count(usage: ModelUsage, row: Mapping[str, Any]) -> None:
    usage.input_tokens += row["input_tokens"]
    usage.output_tokens += row["output_tokens"]
    usage.cache_read_input_tokens += row["cache_read_input_tokens"]
    usage.cache_creation_input_tokens += row["cache_creation_input_tokens"]
