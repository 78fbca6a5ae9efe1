"""How many spans, or groups of spans, have a number in each of some bins of equal width, and metrics of each bin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.core.errors import InvalidRequest
from weft.schemas.agent_span_stats import AgentSpanStatsMetricSpec, AgentSpanStatsNumericBucketSpec
from weft.schemas.span_measures import AgentSpanGroupFilter
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.distributions import bin_index
from weft.storage.events.span_query.groups import key_text, restrict_groups
from weft.storage.events.span_query.measures import checked_value, measure_sql, metric_sql
from weft.storage.events.span_query.scope import SpanScope, SpanSource


@dataclass(frozen=True, slots=True)
class NumberBuckets:
    """Bins of a value, or of a measure of groups."""

    scope: SpanScope
    spec: AgentSpanStatsNumericBucketSpec
    metrics: Sequence[AgentSpanStatsMetricSpec] = field(default=())
    filters: Sequence[AgentSpanGroupFilter] = field(default=())


@dataclass(slots=True)
class Bins:
    """The bounds of all bins together, and for each bin that holds anything its count and metrics."""

    low: float
    high: float
    counts: dict[int, int]
    metrics: dict[int, list[Any]]


def number_buckets(engine: EventsEngine, request: NumberBuckets) -> Bins | None:
    """The bins; None when there is no number to tell their bounds. Raises InvalidRequest, InvalidField."""
    source = SpanSource(engine, request.scope)
    restrict_groups(source, request.filters, [])
    if request.spec.value is not None:
        value = checked_value(source, request.spec.value, "number").sql
        metrics = [column.sql for metric in request.metrics for column in metric_sql(source, metric).values()]
        return _count_bins(source, request.spec, f"toFloat64({value})", metrics, _spans(source))
    return _count_bins(source, request.spec, "number", [], f"FROM ({_measured_groups(source, request.spec)}) WHERE 1")


def _spans(source: SpanSource) -> str:
    return f"FROM {source.from_sql()} WHERE {source.where}"


def _measured_groups(source: SpanSource, spec: AgentSpanStatsNumericBucketSpec) -> str:
    assert spec.measure is not None
    measure = measure_sql(source, spec.measure)
    if measure.type != "number":
        raise InvalidRequest(f"The measure of numeric buckets must yield a number, not a {measure.type}")
    keys = ", ".join(key_text(source.fields.group(ref)) for ref in spec.group_by)
    return f"SELECT toFloat64({measure.sql}) AS number {_spans(source)} GROUP BY {keys}"


def _count_bins(
    source: SpanSource, spec: AgentSpanStatsNumericBucketSpec, value: str, metrics: list[str], rows: str
) -> Bins | None:
    low, high = spec.min, spec.max
    if low is None or high is None:
        finite = f"isFinite({value})"
        [found] = source.query(f"SELECT minIf({value}, {finite}) AS low, maxIf({value}, {finite}) AS high {rows}")
        low, high = _bounds(low, high, found["low"], found["high"])
    if low is None or high is None or low > high:
        return None
    bounds = [source.parameters.real(low), source.parameters.real(high)]
    within = f"{value} >= {bounds[0]} AND {value} <= {bounds[1]}"
    listed = [f"{sql} AS metric_{index}" for index, sql in enumerate(metrics)]
    index = bin_index(f"assumeNotNull({value})", bounds[0], bounds[1], spec.bins)
    columns = [f"{index} AS bin", "count() AS n", *listed]
    counted = source.query(f"SELECT {', '.join(columns)} {rows} AND {within} GROUP BY bin")
    return Bins(
        low=low,
        high=high,
        counts={row["bin"]: row["n"] for row in counted},
        metrics={row["bin"]: [row[f"metric_{index}"] for index in range(len(metrics))] for row in counted},
    )


def _bounds(low: float | None, high: float | None, least: Any, most: Any) -> tuple[float | None, float | None]:
    if least is None or most is None:
        return None, None
    return (float(least) if low is None else low), (float(most) if high is None else high)
