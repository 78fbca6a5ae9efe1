"""Lists of spans: the keys of a page first, from the columns that the order needs, then the spans themselves.

The engine writes each span as the JSON object that the API answers, so that nobody parses and writes it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.core.errors import InvalidRequest
from weft.schemas.agent_spans import SPAN_FIELDS
from weft.schemas.span_fields import (
    ATTRIBUTE_SOURCES,
    COSTS,
    FIELD_KINDS,
    SORTABLE,
    CustomAttribute,
    column_named,
    parse_span_field,
)
from weft.schemas.span_measures import AgentSpanValueRef
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.fields import number_column
from weft.storage.events.span_query.scope import SpanScope, SpanSource

HEAVY_TEXTS = frozenset(
    {
        "reasoning_content", "tool_description", "tool_definitions", "tool_call_arguments", "tool_call_result",
        "compaction_summary", "raw_span_dump",
    }
)  # fmt: skip
HEAVY_LISTS = frozenset({"system_instructions", "content_refs", "artifact_refs", "object_refs"})
MESSAGES = frozenset({"input_messages", "output_messages"})
_MESSAGE_TYPE = "Array(Tuple(role String, content String, finish_reason String))"
_ATTRIBUTE_TYPES = {
    "custom_attrs_string": "String",
    "custom_attrs_int": "Int64",
    "custom_attrs_float": "Float64",
    "custom_attrs_bool": "Bool",
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of spans; `project` is the name that answers show, `sort` is (field, direction)."""

    scope: SpanScope
    project: str
    sort: Sequence[tuple[str, str]] = ()
    limit: int = 100
    offset: int = 0
    attributes: Sequence[AgentSpanValueRef] = field(default=())
    details: bool = False
    costs: bool = False


def span_page(engine: EventsEngine, request: PageRequest) -> tuple[list[bytes], int]:
    """The spans of a page, each as a JSON object, and how many match in all. Raises InvalidRequest, InvalidField."""
    page = SpanPage(engine, request)
    keys = page.keys() if request.limit else []
    return (page.spans_of(keys), int(keys[0]["total"])) if keys else ([], page.count())


class SpanPage:
    """A page, compiled. Raises InvalidRequest and InvalidField for what cannot be asked, when it is made."""

    def __init__(self, engine: EventsEngine, request: PageRequest) -> None:
        self._request = request
        self._source = SpanSource(engine, request.scope)
        self._order = self._order_by()
        self._window = f"""FROM {self._source.from_sql()} WHERE {self._source.where} ORDER BY {self._order}
            LIMIT {request.limit:d} OFFSET {request.offset:d}"""

    def keys(self) -> list[dict[str, Any]]:
        """The traces and versions of the spans on the page, each row with the `total` of all that match."""
        columns = "s.trace_id AS trace_id, s.version AS version, count() OVER () AS total"
        return self._source.query(f"SELECT {columns} {self._window}")

    def count(self) -> int:
        """How many spans match, whatever the page."""
        sql = f"SELECT count() AS n FROM {self._source.from_sql()} WHERE {self._source.where}"
        return int(self._source.query(sql)[0]["n"])

    def spans_of(self, keys: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """The spans of these keys, in the order of the page; found anew when one of them was replaced since."""
        parameters = self._source.parameters
        traces = f"s.trace_id IN {parameters.texts(sorted({key['trace_id'] for key in keys}))}"
        # No two rows have one version, so naming them spares the engine merging so many columns.
        versions = f"{traces} AND s.version IN {parameters.integers([key['version'] for key in keys])}"
        lines = self._spans(versions, traces, final="")
        if len(lines) == len(keys):
            return lines
        return self._spans(f"(s.trace_id, s.span_id) IN (SELECT s.trace_id, s.span_id {self._window})")

    def _spans(self, among: str, traces: str | None = None, final: str = "FINAL") -> list[bytes]:
        columns = ", ".join(f"{self._shown(name)} AS {name}" for name in SPAN_FIELDS)
        sql = f"""SELECT {columns} FROM {self._source.from_sql(traces, final)}
            WHERE s.project_id = {{project_id:String}} AND s.deleted = 0 AND {among} ORDER BY {self._order}
            SETTINGS output_format_json_escape_forward_slashes = 0"""
        return self._source.query_bytes(sql).splitlines()

    def _order_by(self) -> str:
        sort = self._request.sort or [("started_at", "desc")]
        terms = []
        for name, direction in sort:
            way = "DESC" if direction == "desc" else "ASC"
            terms.append(f"{self._sort_value(name)} {way} NULLS LAST")
        tie = "DESC" if sort[0][1] == "desc" else "ASC"
        return ", ".join([*terms, f"s.span_id {tie}", f"s.trace_id {tie}"])

    def _sort_value(self, name: str) -> str:
        fields = self._source.fields
        if name in COSTS:
            if not self._request.costs:
                raise InvalidRequest(f"Spans can be sorted by {name} with include_costs only")
            return fields.cost(name)
        column = column_named(name)
        if column in SORTABLE:
            return number_column(column) if FIELD_KINDS[column] == "number" else fields.column(column)
        attribute = parse_span_field(name)
        if isinstance(attribute, CustomAttribute) and attribute.source is not None:
            if any((ref.source, ref.key) == (attribute.source, attribute.key) for ref in self._request.attributes):
                return fields.attribute(attribute.source, attribute.key)
            raise InvalidRequest(f"Spans can be sorted by {name[:200]!r} when it is one of custom_attr_columns only")
        raise InvalidRequest(f"Spans cannot be sorted by {name[:200]!r}")

    def _shown(self, name: str) -> str:
        source, details = self._source, self._request.details
        if name == "project_id":
            return source.parameters.text(self._request.project)
        if name in ("started_at", "ended_at"):
            return f"formatDateTime(s.{name}, '%Y-%m-%dT%H:%i:%S.%f')"
        if name in COSTS:
            return source.fields.cost(name) if self._request.costs else "NULL"
        if name in ATTRIBUTE_SOURCES:
            return self._attributes(name)
        if name in MESSAGES:
            shown = f"JSONExtract(s.{name}, '{_MESSAGE_TYPE}')" if details else "[]"
            return f"CAST({shown}, '{_MESSAGE_TYPE}')"
        if name in HEAVY_LISTS and not details:
            return "emptyArrayString()"
        if name in HEAVY_TEXTS and not details:
            return "NULL"
        return number_column(name) if name == "eval_trial_index" else source.fields.column(name)

    def _attributes(self, name: str) -> str:
        keys = [ref.key for ref in self._request.attributes if ref.source == name]
        if not keys:
            return f"CAST(map(), 'Map(String, {_ATTRIBUTE_TYPES[name]})')"
        return f"mapFilter((key, value) -> has({self._source.parameters.texts(keys)}, key), s.{name})"
