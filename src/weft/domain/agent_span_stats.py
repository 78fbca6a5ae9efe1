"""Statistics over agents' spans: metrics in buckets of time, with none left out, or in bins of a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from weft.core import jsontext
from weft.core.clock import iso
from weft.core.identity import Project
from weft.domain.agent_spans import bin_bounds, naive_utc, price_of
from weft.domain.time_buckets import MOST_BUCKETS, granularity_of
from weft.schemas.agent_span_stats import (
    AgentSpanStatsColumn,
    AgentSpanStatsMetricSpec,
    AgentSpanStatsNumericBucketSpec,
    AgentSpanStatsReq,
    metric_columns,
)
from weft.schemas.span_fields import ATTRIBUTE_SOURCES, FIELD_KINDS, ValueType, column_named
from weft.schemas.span_measures import AgentGroupByRef
from weft.storage.events.span_query.number_buckets import NumberBuckets, number_buckets
from weft.storage.events.span_query.scope import SpanScope
from weft.storage.events.span_query.time_buckets import BucketRow, TimeBuckets, time_buckets
from weft.storage.stores import Stores

_EPOCH = datetime.fromtimestamp(0, UTC)
_COUNTED = ("sum", "count")

Groups = dict[tuple[str, ...], list[Any]]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Buckets that are multiples of `seconds` since 1970; the first may begin before the range, none after its end."""

    first: datetime
    seconds: int
    count: int


def span_stats(stores: Stores, project: Project, req: AgentSpanStatsReq) -> bytes:
    """The statistics, as the JSON of the answer. Raises the errors of a bad query."""
    until = req.until
    scope = SpanScope(
        project_id=project.id,
        started_after=req.start,
        started_before=until,
        query=req.query.tree() if req.query else None,
        signals=req.signal_filters,
        insights=req.insight_filters,
        price_of=price_of(stores, project.id),
    )
    answer: dict[str, Any] = {"start": iso(req.start), "end": iso(until), "timezone": req.timezone}
    if isinstance(req.bucket_by, AgentSpanStatsNumericBucketSpec):
        rows = _number_rows(stores, scope, req, req.bucket_by)
        answer |= {"granularity": None, "bucket_type": "number", "columns": _number_columns(req, req.bucket_by)}
    else:
        axis = time_axis(req.start, until, req.granularity)
        rows = _time_rows(stores, scope, req, axis)
        answer |= {"granularity": axis.seconds, "bucket_type": "time", "columns": _time_columns(req)}
    return jsontext.dumps({**answer, "rows": rows}).encode()


def time_axis(start: datetime, end: datetime, granularity: int | None) -> TimeAxis:
    """The buckets of a range, wider than asked for where there would be too many."""
    # Twice, for days are too many too when a range is very long.
    width = granularity_of(start, end, granularity or granularity_of(start, end, None))
    step = timedelta(seconds=width)
    first = _EPOCH + (start - _EPOCH) // step * step
    return TimeAxis(first, width, -((first - end) // step) if start < end else 0)


def _time_rows(stores: Stores, scope: SpanScope, req: AgentSpanStatsReq, axis: TimeAxis) -> list[dict[str, Any]]:
    kept = max(min(req.group_limit, MOST_BUCKETS // max(axis.count, 1)), 1)
    request = TimeBuckets(
        scope=scope,
        first=axis.first,
        seconds=axis.seconds,
        metrics=req.metrics,
        group_by=req.group_by,
        filters=req.group_filters,
        groups=kept,
    )
    found = time_buckets(stores.spans.engine, request)
    cells = {(row.bucket, row.texts): row.metrics for row in found}
    groups = _largest_first(found) if req.group_by else {(): []}
    names = [name for metric in req.metrics for name in metric_columns(metric)]
    empty = empty_cells(req.metrics)
    zone = ZoneInfo(req.timezone)
    rows = []
    for bucket in range(axis.count):
        timestamp = _timestamp(axis.first + timedelta(seconds=bucket * axis.seconds), zone)
        for texts, keys in groups.items():
            row: dict[str, Any] = {"timestamp": timestamp}
            row.update(zip([ref.name for ref in req.group_by], keys, strict=True))
            row.update(zip(names, map(_shown, cells.get((bucket, texts), empty)), strict=True))
            rows.append(row)
    return rows


def _largest_first(rows: Sequence[BucketRow]) -> Groups:
    spans: dict[tuple[str, ...], int] = {}
    keys: Groups = {}
    for row in rows:
        spans[row.texts] = spans.get(row.texts, 0) + row.spans
        keys[row.texts] = row.keys
    return {texts: keys[texts] for texts in sorted(keys, key=lambda texts: (-spans[texts], texts))}


def _number_rows(
    stores: Stores, scope: SpanScope, req: AgentSpanStatsReq, spec: AgentSpanStatsNumericBucketSpec
) -> list[dict[str, Any]]:
    request = NumberBuckets(scope=scope, spec=spec, metrics=req.metrics, filters=req.group_filters)
    found = number_buckets(stores.spans.engine, request)
    if found is None:
        return []
    names = [name for metric in req.metrics for name in metric_columns(metric)]
    empty = empty_cells(req.metrics)
    return [
        {
            "bucket_index": index,
            "bucket_min": least,
            "bucket_max": most,
            "count": found.counts.get(index, 0),
            **dict(zip(names, map(_shown, found.metrics.get(index, empty)), strict=True)),
        }
        for index, (least, most) in enumerate(bin_bounds(found.low, found.high, spec.bins))
    ]


def empty_cells(metrics: Sequence[AgentSpanStatsMetricSpec]) -> list[int | None]:
    """What the columns of metrics hold where there are no spans: sums and counts are 0, the rest is unknown."""
    return [
        0 if name.startswith(_COUNTED) else None
        for metric in metrics
        for name in (*metric.aggregations, *map(str, metric.percentiles))
    ]


def _time_columns(req: AgentSpanStatsReq) -> list[dict[str, Any]]:
    groups = [AgentSpanStatsColumn(name=ref.name, role="group", value_type=_group_type(ref)) for ref in req.group_by]
    time = AgentSpanStatsColumn(name="timestamp", role="time", value_type="datetime")
    return [column.model_dump() for column in (time, *groups, *_metric_columns(req.metrics))]


def _number_columns(req: AgentSpanStatsReq, spec: AgentSpanStatsNumericBucketSpec) -> list[dict[str, Any]]:
    bounds = [
        AgentSpanStatsColumn(name=name, role="bucket", value_type="number", metric=spec.alias)
        for name in ("bucket_index", "bucket_min", "bucket_max")
    ]
    count = AgentSpanStatsColumn(name="count", role="metric", value_type="number", aggregation="count")
    return [column.model_dump() for column in (*bounds, count, *_metric_columns(req.metrics))]


def _metric_columns(metrics: Sequence[AgentSpanStatsMetricSpec]) -> list[AgentSpanStatsColumn]:
    columns = []
    for metric in metrics:
        for name in metric_columns(metric):
            aggregation = name.removesuffix(f"_{metric.alias}")
            kind: ValueType = metric.value_type if aggregation in ("min", "max") else "number"
            column = AgentSpanStatsColumn(
                name=name, role="metric", value_type=kind, metric=metric.alias, aggregation=aggregation
            )
            columns.append(column)
    return columns


def _group_type(ref: AgentGroupByRef) -> ValueType:
    if ref.source in ATTRIBUTE_SOURCES:
        return ATTRIBUTE_SOURCES[ref.source]
    return "number" if FIELD_KINDS.get(column_named(ref.key)) == "number" else "string"


def _timestamp(moment: datetime, zone: ZoneInfo) -> str:
    """The start of a bucket: in UTC without saying so, elsewhere with the offset."""
    return moment.replace(tzinfo=None).isoformat() if zone.key == "UTC" else moment.astimezone(zone).isoformat()


def _shown(value: Any) -> Any:
    return naive_utc(value) if isinstance(value, str) else value
