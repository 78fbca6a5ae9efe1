"""Which custom attributes spans carry, and how many spans carry each."""

from __future__ import annotations

from dataclasses import dataclass

from weft.schemas.span_fields import ATTRIBUTE_SOURCES
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.scope import SpanScope, SpanSource


@dataclass(frozen=True, slots=True)
class AttributeCount:
    """A custom attribute and the number of spans that have it."""

    source: str
    key: str
    spans: int


def count_attributes(engine: EventsEngine, scope: SpanScope, limit: int, offset: int) -> list[AttributeCount]:
    """The attributes that most spans have first, then by key and source. Raises InvalidRequest, InvalidField."""
    source = SpanSource(engine, scope)
    named = [f"arrayMap(key -> ('{name}', key), mapKeys(s.{name}))" for name in ATTRIBUTE_SOURCES]
    sql = f"""SELECT arrayJoin(arrayConcat({", ".join(named)})) AS attribute, attribute.1 AS source, attribute.2 AS key,
        count() AS spans FROM {source.from_sql()} WHERE {source.where}
        GROUP BY attribute ORDER BY spans DESC, key, source LIMIT {limit:d} OFFSET {offset:d}"""
    return [AttributeCount(row["source"], row["key"], row["spans"]) for row in source.query(sql)]
