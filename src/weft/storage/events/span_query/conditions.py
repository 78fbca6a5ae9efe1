"""Queries over spans as SQL conditions: the query language of calls, over the fields of spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weft.core.errors import InvalidRequest
from weft.schemas.span_fields import (
    ATTRIBUTE_SOURCES,
    FIELD_KINDS,
    SOURCES,
    CustomAttribute,
    DerivedValue,
    SpanColumn,
    parse_span_field,
)
from weft.storage.events.query.conditions import Conditions
from weft.storage.events.query.expressions import parse_query
from weft.storage.events.query.fields import FeedbackPath, JsonPath
from weft.storage.events.query.values import Operands, Value
from weft.storage.events.span_query.fields import ENDED, SpanFields, number_column
from weft.storage.events.span_query.typed_paths import with_types

_REQUIRED = frozenset({"trace_id", "span_id", "status_code", "span_kind"})


def condition(fields: SpanFields, query: Mapping[str, Any]) -> str:
    """The condition of `{"$expr": …}`; NULL, which drops a row, where a value is missing.

    Raises InvalidRequest, InvalidField and TooLarge.
    """
    return Conditions(_SpanOperands(fields)).condition(with_types(parse_query(query)))


class _SpanOperands(Operands):
    """Operands whose fields are those of spans."""

    __slots__ = ("_fields",)

    def __init__(self, fields: SpanFields) -> None:
        super().__init__(fields.parameters, _NoReader(), _NoReader())
        self._fields = fields

    def field(self, path: str) -> Value:
        """The value of a field of spans."""
        found = parse_span_field(path)
        if isinstance(found, SpanColumn):
            return self._column(found.name)
        if isinstance(found, DerivedValue):
            sql = self._fields.derived(found.name)
            return Value(sql, "number", f"isNull({sql})")
        if isinstance(found, CustomAttribute):
            return self._attribute(found)
        raise InvalidRequest(f"Field {found.name!r} cannot be queried")

    def _column(self, name: str) -> Value:
        kind = FIELD_KINDS[name]
        if kind == "time":
            sql = ENDED if name == "ended_at" else f"s.{name}"
            return Value(sql, "time", f"isNull({sql})")
        if kind == "number":
            sql = number_column(name)
            return Value(sql, "number", f"isNull({sql})")
        sql = self._fields.column(name)
        return Value(sql, "text", "0" if name in _REQUIRED else f"({sql} = '')")

    def _attribute(self, attribute: CustomAttribute) -> Value:
        if attribute.source is None:
            sql = self._text_of_any(attribute.key)
            return Value(sql, "text", f"isNull({sql})")
        sql = self._fields.attribute(attribute.source, attribute.key)
        kind = ATTRIBUTE_SOURCES[attribute.source]
        if kind == "boolean":
            return Value(f"toUInt8({sql})", "number", f"isNull({sql})")
        return Value(sql, "text" if kind == "string" else "number", f"isNull({sql})")

    def _text_of_any(self, key: str) -> str:
        """An attribute that nothing says the type of: its text, from whichever map has it."""
        texts = [f"toString({self._fields.attribute(source, key)})" for source in SOURCES]
        return f"coalesce({', '.join(texts)})"


class _NoReader:
    """Spans hold neither calls' JSON nor feedback; `_SpanOperands` never asks for them."""

    def text(self, path: JsonPath | FeedbackPath) -> str:
        raise InvalidRequest(f"Unknown field of spans: {path}")
