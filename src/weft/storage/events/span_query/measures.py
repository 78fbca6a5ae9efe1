"""Measures as SQL aggregates. Spans without the value do not count; where none has it, sums are 0, others NULL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from weft.core.errors import InvalidRequest
from weft.schemas.agent_span_stats import AgentSpanStatsMetricSpec, metric_columns
from weft.schemas.span_fields import ValueType
from weft.schemas.span_measures import AGGREGATIONS, AgentSpanMeasureSpec, AgentSpanValueRef
from weft.storage.events.span_query.fields import TypedSql
from weft.storage.events.span_query.scope import SpanSource, microseconds


def measure_sql(source: SpanSource, measure: AgentSpanMeasureSpec) -> TypedSql:
    """The aggregate of a measure, and the type of what it yields. Raises InvalidRequest."""
    chosen = _filter(source, measure)
    if measure.value is None:
        return TypedSql(f"countIf({chosen})" if chosen else "count()", "number")
    value = checked_value(source, measure.value, measure.value_type)
    if measure.aggregation not in AGGREGATIONS[value.type]:
        raise InvalidRequest(f"Measure {measure.alias!r}: there is no {measure.aggregation} of a {value.type}")
    sql = f"if({chosen}, toNullable({value.sql}), NULL)" if chosen else value.sql
    return aggregate(measure.aggregation, TypedSql(sql, value.type))


def checked_value(source: SpanSource, ref: AgentSpanValueRef, claimed: ValueType | None) -> TypedSql:
    """A value whose type is the claimed one, if any is. Raises InvalidRequest."""
    value = source.fields.value(ref)
    if claimed not in (None, value.type):
        raise InvalidRequest(f"{ref.key[:200]!r} is a {value.type}, not a {claimed}")
    return value


def metric_sql(source: SpanSource, metric: AgentSpanStatsMetricSpec) -> dict[str, TypedSql]:
    """The aggregates of a metric by the names of their columns. Raises InvalidRequest."""
    value = checked_value(source, metric.value, metric.value_type)
    found = [aggregate(name, value) for name in metric.aggregations]
    found += [_percentile(source, percentile, value) for percentile in metric.percentiles]
    return dict(zip(metric_columns(metric), found, strict=True))


def bounds(source: SpanSource, measure: TypedSql, low: float | datetime | None, high: float | datetime | None) -> str:
    """That a measure lies between bounds, both included. Raises InvalidRequest for bounds of another type."""
    parts = []
    for bound, sign in ((low, ">="), (high, "<=")):
        if bound is None:
            continue
        if isinstance(bound, datetime) != (measure.type == "datetime"):
            raise InvalidRequest(f"A measure that is a {measure.type} cannot be compared with {bound}")
        parts.append(f"{measure.sql} {sign} {_bound(source, bound)}")
    return f"({' AND '.join(parts)})"


def aggregate(name: str, value: TypedSql) -> TypedSql:
    """An aggregation of AGGREGATIONS over a value."""
    if name == "count_true":
        return TypedSql(f"countIf(ifNull({value.sql}, 0))", "number")
    if name == "count_false":
        return TypedSql(f"countIf(NOT ifNull({value.sql}, 1))", "number")
    # Over Nullable all of these leave NULLs out, and min, max and avg of nothing are NULL.
    nullable = f"toNullable({value.sql})"
    if name == "count":
        return TypedSql(f"count({nullable})", "number")
    if name == "count_distinct":
        return TypedSql(f"uniq({nullable})", "number")
    if name == "sum":
        return TypedSql(f"ifNull(sum({nullable}), 0)", "number")
    return TypedSql(f"{name}({nullable})", value.type if name in ("min", "max") else "number")


def _percentile(source: SpanSource, percentile: float, value: TypedSql) -> TypedSql:
    level = source.parameters.real(percentile / 100)
    return TypedSql(f"quantileExactInclusive({level})(toNullable({value.sql}))", "number")


def _filter(source: SpanSource, measure: AgentSpanMeasureSpec) -> str:
    tree: Mapping[str, Any] | None = measure.filter.tree() if measure.filter is not None else None
    return f"ifNull({source.condition(tree)}, 0)" if tree is not None else ""


def _bound(source: SpanSource, bound: float | datetime) -> str:
    if isinstance(bound, datetime):
        return f"fromUnixTimestamp64Micro({source.parameters.integer(microseconds(bound))}, 'UTC')"
    return source.parameters.real(bound)
