"""Groups of spans: the fixed sums of every group, measures, filters by measure, order and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.core.errors import InvalidRequest
from weft.schemas.agent_spans import GROUP_COSTS, GROUP_COUNTS, GROUP_LISTS, GROUP_TIMES
from weft.schemas.span_measures import AgentGroupByRef, AgentSpanGroupFilter, AgentSpanMeasureSpec
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.fields import DURATION, INVOKE_AGENT
from weft.storage.events.span_query.measures import bounds, measure_sql
from weft.storage.events.span_query.scope import SpanScope, SpanSource

_SUMS = {
    "span_count": "count()",
    "invocation_count": f"countIf(s.operation_name = '{INVOKE_AGENT}')",
    "total_input_tokens": "sum(s.input_tokens)",
    "total_cache_creation_input_tokens": "sum(s.cache_creation_input_tokens)",
    "total_cache_read_input_tokens": "sum(s.cache_read_input_tokens)",
    "total_output_tokens": "sum(s.output_tokens)",
    "total_reasoning_tokens": "sum(s.reasoning_tokens)",
    "total_duration_ms": f"ifNull(sum({DURATION}), 0)",
    "error_count": "countIf(s.status_code = 'ERROR')",
    "first_seen": "min(s.started_at)",
    "last_seen": "max(s.started_at)",
}
_LISTED = {
    "agent_names": "agent_name",
    "agent_versions": "agent_version",
    "provider_names": "provider_name",
    "request_models": "request_model",
    "conversation_names": "conversation_name",
}
_COSTS = {
    "total_cost_usd": "total_cost_usd",
    "total_input_cost_usd": "input_cost_usd",
    "total_output_cost_usd": "output_cost_usd",
}
_SORTABLE = frozenset({*GROUP_COUNTS, *GROUP_TIMES})


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """A page of groups; `sort` is (field, direction)."""

    scope: SpanScope
    group_by: Sequence[AgentGroupByRef]
    measures: Sequence[AgentSpanMeasureSpec] = field(default=())
    filters: Sequence[AgentSpanGroupFilter] = field(default=())
    sort: Sequence[tuple[str, str]] = field(default=())
    limit: int = 100
    offset: int = 0
    costs: bool = False


@dataclass(slots=True)
class SpanGroup:
    """A group: its keys in the order of `group_by`, how it is found again, its fixed sums, and its measures."""

    keys: list[Any]
    texts: list[str]
    sums: dict[str, Any]
    measures: dict[str, Any]


def span_groups(engine: EventsEngine, request: GroupRequest) -> tuple[list[SpanGroup], int]:
    """The groups of a page, and how many there are in all. Raises InvalidRequest, InvalidField."""
    source = SpanSource(engine, request.scope)
    keys = [source.fields.group(ref) for ref in request.group_by]
    columns = {
        **{f"key_{index}": key for index, key in enumerate(keys)},
        **{f"text_{index}": key_text(key) for index, key in enumerate(keys)},
        **_fixed(source, costs=request.costs),
        **{f"measure_{index}": measure_sql(source, item).sql for index, item in enumerate(request.measures)},
    }
    having = restrict_groups(source, request.filters, keys)
    order = _order(request)
    grouped = ", ".join(f"key_{index}" for index in range(len(keys)))
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    body = f"FROM {source.from_sql()} WHERE {source.where} GROUP BY {grouped} HAVING {having}"
    rows = []
    if request.limit:
        window = f"LIMIT {request.limit:d} OFFSET {request.offset:d}"
        rows = source.query(f"SELECT {listed}, count() OVER () AS total {body} ORDER BY {order} {window}")
    if rows:
        return [_group(request, row) for row in rows], int(rows[0]["total"])
    only_keys = ", ".join(f"{key} AS key_{index}" for index, key in enumerate(keys))
    return [], int(source.query(f"SELECT count() AS n FROM (SELECT {only_keys} {body})")[0]["n"])


def restrict_groups(source: SpanSource, filters: Sequence[AgentSpanGroupFilter], keys: Sequence[str]) -> str:
    """The HAVING of the filters on groups by these keys.

    A filter on groups by anything else leaves only the spans of the groups that pass it in the source.
    """
    having, elsewhere = [], []
    for item in filters:
        other = [source.fields.group(ref) for ref in item.group_by]
        bounded = bounds(source, measure_sql(source, item.measure), item.min, item.max)
        if keys and other in ([], list(keys)):
            having.append(bounded)
        else:
            elsewhere.append(_of_passing_groups(source, other, bounded))
    source.conditions.extend(elsewhere)
    return " AND ".join(having) or "1"


def key_text(key: str) -> str:
    """A text by which a group's key is found again; one that is NULL has a text of its own."""
    return f"if(isNull({key}), '', concat('=', toString({key})))"


def _of_passing_groups(source: SpanSource, keys: list[str], bounded: str) -> str:
    if not keys:
        return f"1 IN (SELECT 1 FROM {source.from_sql()} WHERE {source.where} HAVING {bounded})"
    texts = ", ".join(map(key_text, keys))
    passing = f"SELECT {texts} FROM {source.from_sql()} WHERE {source.where} GROUP BY {texts} HAVING {bounded}"
    return f"({texts}) IN ({passing})"


def _fixed(source: SpanSource, *, costs: bool) -> dict[str, str]:
    columns = dict(_SUMS)
    columns["conversation_count"] = f"uniq({source.fields.column('conversation_id')})"
    for name, column in _LISTED.items():
        value = source.fields.column(column)
        columns[name] = f"arraySort(groupUniqArrayIf(toString({value}), {value} != ''))"
    for name, cost in _COSTS.items():
        columns[name] = f"sum({source.fields.cost(cost)})" if costs else "NULL"
    return columns


def _order(request: GroupRequest) -> str:
    measures = {measure.alias: f"measure_{index}" for index, measure in enumerate(request.measures)}
    keys = {ref.name: f"key_{index}" for index, ref in enumerate(request.group_by)}
    default = [(request.measures[0].alias, "desc")] if request.measures else [("last_seen", "desc")]
    terms = []
    for name, direction in request.sort or default:
        way = "DESC" if direction == "desc" else "ASC"
        terms.append(f"{_sort_column(name, measures, keys, costs=request.costs)} {way} NULLS LAST")
    # The keys last, so that groups that are level have one order on every page.
    return ", ".join([*terms, *(f"{key} ASC NULLS LAST" for key in keys.values())])


def _sort_column(name: str, measures: dict[str, str], keys: dict[str, str], *, costs: bool) -> str:
    if name in measures or name in keys:
        return measures.get(name) or keys[name]
    if name in GROUP_COSTS and not costs:
        raise InvalidRequest(f"Groups can be sorted by {name} with include_costs only")
    if name in _SORTABLE or name in GROUP_COSTS:
        return name
    raise InvalidRequest(f"Groups cannot be sorted by {name[:200]!r}")


def _group(request: GroupRequest, row: dict[str, Any]) -> SpanGroup:
    count = range(len(request.group_by))
    return SpanGroup(
        keys=[row[f"key_{index}"] for index in count],
        texts=[row[f"text_{index}"] for index in count],
        sums={name: row[name] for name in (*GROUP_COUNTS, *GROUP_COSTS, *GROUP_LISTS, *GROUP_TIMES)},
        measures={item.alias: row[f"measure_{index}"] for index, item in enumerate(request.measures)},
    )
