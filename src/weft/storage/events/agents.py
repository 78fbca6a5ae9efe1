"""Agents and their versions, added up from spans at the moment of asking: nothing is counted twice or kept beside.

A span belongs to the agent it names. For costs one that names none belongs to the first agent named in its trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weft.core.errors import InvalidRequest
from weft.storage.events.conversations import ModelUsage
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.parameters import Parameters

SORTABLE = (
    "last_seen",
    "first_seen",
    "invocation_count",
    "span_count",
    "error_count",
    "total_input_tokens",
    "total_output_tokens",
    "total_duration_ms",
    "agent_name",
    "agent_version",
)
_BIGGEST = (1 << 63) - 1
_VISIBLE = "project_id = {project_id:String} AND deleted = 0"
# A span that has not ended, or ended before it began, took no known time.
_COUNTERS = """
    countIf(operation_name = 'invoke_agent') AS invocation_count, count() AS span_count,
    sum(input_tokens) AS total_input_tokens, sum(output_tokens) AS total_output_tokens,
    sum(if(ended_at <= started_at, 0,
        intDiv(toUnixTimestamp64Micro(ended_at) - toUnixTimestamp64Micro(started_at), 1000))) AS total_duration_ms,
    countIf(status_code = 'ERROR') AS error_count, min(started_at) AS first_seen, max(started_at) AS last_seen"""
_MODEL = "if(response_model = '', request_model, response_model)"
_USAGE = f"""
WITH donors AS (
    SELECT trace_id, argMin((agent_name, agent_version), (started_at, span_id)) AS donor FROM spans FINAL
    WHERE {_VISIBLE} AND agent_name != '' GROUP BY trace_id
)
SELECT if(spans.agent_name = '', donors.donor.1, spans.agent_name) AS name,
    if(spans.agent_name = '', donors.donor.2, spans.agent_version) AS version, {_MODEL} AS model,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
    sum(cache_read_input_tokens) AS cache_read_input_tokens,
    sum(cache_creation_input_tokens) AS cache_creation_input_tokens
FROM spans FINAL INNER JOIN donors ON spans.trace_id = donors.trace_id
WHERE {_VISIBLE} AND name IN {{names:Array(String)}}
GROUP BY name, version, model
"""


@dataclass(frozen=True, slots=True)
class AgentSelection:
    """Which agents, or with `versions` which versions of one; `sort` is fields and directions."""

    project_id: str
    agent_name: str | None = None
    versions: bool = False
    sort: Sequence[tuple[str, str]] = ()
    limit: int = 100
    offset: int = 0


def select_agents(engine: EventsEngine, selection: AgentSelection) -> list[dict[str, Any]]:
    """Counters of each agent, or version, that spans name. Raises InvalidRequest for an unknown field to order by."""
    parameters = Parameters()
    limit, offset = (min(number, _BIGGEST) for number in (selection.limit, selection.offset))
    sql = f"""SELECT {_key(selection)}, {_COUNTERS} FROM spans FINAL WHERE {_where(selection, parameters)}
        GROUP BY {_key(selection)} ORDER BY {_order(selection)} LIMIT {limit:d} OFFSET {offset:d}"""
    return engine.query(sql, {**parameters.values, "project_id": selection.project_id})


def count_agents(engine: EventsEngine, selection: AgentSelection) -> int:
    """How many there are, whatever the page."""
    parameters = Parameters()
    sql = f"SELECT uniqExact({_key(selection)}) AS n FROM spans FINAL WHERE {_where(selection, parameters)}"
    return int(engine.query(sql, {**parameters.values, "project_id": selection.project_id})[0]["n"])


def usage_of_agents(
    engine: EventsEngine, project_id: str, names: Sequence[str]
) -> dict[tuple[str, str], list[ModelUsage]]:
    """What each version of the agents used, by (name, version) and model."""
    found: dict[tuple[str, str], list[ModelUsage]] = {}
    for row in engine.query(_USAGE, {"project_id": project_id, "names": list(names)}):
        found.setdefault((row.pop("name"), row.pop("version")), []).append(ModelUsage(**row))
    return found


def _key(selection: AgentSelection) -> str:
    return "agent_name, agent_version" if selection.versions else "agent_name"


def _where(selection: AgentSelection, parameters: Parameters) -> str:
    named = "" if selection.agent_name is None else f" AND agent_name = {parameters.text(selection.agent_name)}"
    return f"{_VISIBLE} AND agent_name != ''{named}"


def _order(selection: AgentSelection) -> str:
    terms = [_term(name, direction) for name, direction in selection.sort or (("last_seen", "desc"),)]
    return ", ".join([*terms, _key(selection)])


def _term(name: str, direction: str) -> str:
    if name not in SORTABLE:
        raise InvalidRequest(f"Agents cannot be ordered by {name[:200]!r}")
    return f"{name} {'DESC' if direction == 'desc' else 'ASC'}"
