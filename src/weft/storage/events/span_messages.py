"""Messages in spans, found by a part of their text: what was said, the instructions, arguments and results of tools.

There is no table of messages: the texts are taken out of the spans that may hold the wanted one when it is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.time_range import TimeRange

PREVIEW_CHARACTERS = 500
TOOL_CALL = "tool_call"
TOOL_RESULT = "tool_result"
SYSTEM = "system"

_BIGGEST = (1 << 63) - 1
_OWN = ("trace_id", "conversation_id", "agent_name", "provider_name", "request_model")
_SHOWN = "trace_id, span_id, conversation_id, conversation_name, agent_name, started_at"
_NEWEST_FIRST = "started_at DESC, trace_id, span_id"
# What stands in a JSON text as it stands in the value, however often it was quoted.
_UNQUOTED = re.compile(r"[A-Za-z0-9 _.,:;!?()\-]+")
# The text of a content of several parts; a part without a text is searched as it is stored.
_PART = "multiIf(JSONExtractString(p, 'content') AS t1 != '', t1, JSONExtractString(p, 'text') AS t2 != '', t2, p)"
_CONTENT = f"""if(startsWith(JSONExtractString(m, 'content') AS c, '[{{')
        AND notEmpty(JSONExtractArrayRaw(c) AS parts) AND arrayAll(p -> JSONHas(p, 'type'), parts),
    arrayStringConcat(arrayMap(p -> {_PART}, parts), '\\n'), c)"""


@dataclass(frozen=True, slots=True)
class MessageSearch:
    """Which messages: those that hold `text`, of these roles (none is all), in spans that say these of themselves."""

    project_id: str
    text: str = ""
    roles: frozenset[str] = frozenset()
    trace_id: str | None = None
    conversation_id: str | None = None
    agent_name: str | None = None
    provider_name: str | None = None
    request_model: str | None = None
    times: TimeRange = field(default_factory=TimeRange)
    whole: bool = False
    limit: int = 20
    offset: int = 0


def search_messages(engine: EventsEngine, search: MessageSearch) -> list[dict[str, Any]]:
    """A page of the messages, newest span first, in a span as they were said. Texts are cut unless `whole` is set.

    Rows are those of the span, with `role`, `content` and `digest`, 32 hex digits that equal texts share.
    """
    if not search.limit:
        return []
    if not search.text:
        # Almost every span has something to show, so the newest ones are enough and the rest is not read.
        candidates = min(search.limit + search.offset, _BIGGEST)
        rows = _select(engine, search, candidates)
        if len(rows) == search.limit or _spans(engine, search, candidates) < candidates:
            return rows
    return _select(engine, search, None)


def _select(engine: EventsEngine, search: MessageSearch, newest: int | None) -> list[dict[str, Any]]:
    parameters = Parameters()
    where = _where(search, parameters)
    if newest is not None:
        where += f""" AND (trace_id, span_id) IN (SELECT trace_id, span_id FROM spans FINAL
            WHERE {where} ORDER BY {_NEWEST_FIRST} LIMIT {newest:d})"""
    content = "item.2" if search.whole else f"substringUTF8(item.2, 1, {PREVIEW_CHARACTERS})"
    sql = f"""
        SELECT {_SHOWN}, item.1 AS role, {content} AS content, lower(hex(sipHash128(item.2))) AS digest
        FROM (SELECT {_SHOWN}, arrayFilter(m -> {_wanted(search, parameters)}, {_items(search)}) AS items
            FROM spans FINAL WHERE {where})
        ARRAY JOIN items AS item, arrayEnumerate(items) AS place
        ORDER BY {_NEWEST_FIRST}, place
        LIMIT {min(search.limit, _BIGGEST):d} OFFSET {min(search.offset, _BIGGEST):d}"""
    return engine.query(sql, {**parameters.values, "project_id": search.project_id})


def _spans(engine: EventsEngine, search: MessageSearch, most: int) -> int:
    parameters = Parameters()
    found = f"SELECT 1 FROM spans FINAL WHERE {_where(search, parameters)} LIMIT {most:d}"
    sql = f"SELECT count() AS n FROM ({found})"
    return int(engine.query(sql, {**parameters.values, "project_id": search.project_id})[0]["n"])


def _where(search: MessageSearch, parameters: Parameters) -> str:
    conditions = ["project_id = {project_id:String}", "deleted = 0"]
    for name in _OWN:
        value = getattr(search, name)
        if value is not None:
            conditions.append(f"{name} = {parameters.text(value)}")
    conditions += search.times.conditions(parameters)
    conditions.append(f"({' OR '.join(_may_hold(search, parameters))})")
    return " AND ".join(conditions)


def _may_hold(search: MessageSearch, parameters: Parameters) -> list[str]:
    """Conditions on the stored texts, cheaper than taking messages out of them: one of them holds for every match."""
    if not search.text:
        return [f"{name}.size > {2 * ('messages' in name):d}" for name in _texts(search)] + [
            "notEmpty(system_instructions)" for _ in _lists(search)
        ]
    longest = max(_UNQUOTED.findall(search.text), key=len, default="")
    quoted, plain = parameters.text(longest), parameters.text(search.text)
    return [f"position({name}, {quoted if 'messages' in name else plain}) > 0" for name in _texts(search)] + [
        f"arrayExists(i -> position(i, {plain}) > 0, {name})" for name in _lists(search)
    ]


def _texts(search: MessageSearch) -> list[str]:
    """The columns to look at: lists of messages, and single texts."""
    names = [] if search.roles and search.roles <= {TOOL_CALL, TOOL_RESULT} else ["input_messages", "output_messages"]
    single = (("tool_call_arguments", TOOL_CALL), ("tool_call_result", TOOL_RESULT))
    return names + [name for name, role in single if not search.roles or role in search.roles]


def _lists(search: MessageSearch) -> list[str]:
    return ["system_instructions"] if not search.roles or SYSTEM in search.roles else []


def _items(search: MessageSearch) -> str:
    """The (role, text) of everything in a span, in the order in which it was said."""
    columns = (*_lists(search), *_texts(search))
    sources = {
        "system_instructions": f"arrayMap(i -> ('{SYSTEM}', i), system_instructions)",
        "tool_call_arguments": f"[('{TOOL_CALL}', tool_call_arguments)]",
        "tool_call_result": f"[('{TOOL_RESULT}', tool_call_result)]",
    }
    read = "arrayMap(m -> (JSONExtractString(m, 'role'), {content}), JSONExtractArrayRaw({name}))"
    items = [sources.get(name) or read.format(content=_CONTENT, name=name) for name in columns]
    return f"arrayConcat({', '.join(items)})"


def _wanted(search: MessageSearch, parameters: Parameters) -> str:
    conditions = ["m.2 != ''"]
    if search.text:
        conditions.append(f"position(m.2, {parameters.text(search.text)}) > 0")
    if search.roles:
        conditions.append(f"m.1 IN {parameters.texts(sorted(search.roles))}")
    return " AND ".join(conditions)
