"""Metrics of spans over time: one row per bucket and group that has spans. Empty buckets are the caller's to add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from weft.schemas.agent_span_stats import AgentSpanStatsMetricSpec
from weft.schemas.span_measures import AgentGroupByRef, AgentSpanGroupFilter
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.fields import TypedSql
from weft.storage.events.span_query.groups import key_text, restrict_groups
from weft.storage.events.span_query.measures import metric_sql
from weft.storage.events.span_query.scope import SpanScope, SpanSource, microseconds


@dataclass(frozen=True, slots=True)
class TimeBuckets:
    """Buckets of `seconds` each, the first beginning at `first`; of the groups the largest `groups` are kept."""

    scope: SpanScope
    first: datetime
    seconds: int
    metrics: Sequence[AgentSpanStatsMetricSpec]
    group_by: Sequence[AgentGroupByRef] = field(default=())
    filters: Sequence[AgentSpanGroupFilter] = field(default=())
    groups: int = 50


@dataclass(slots=True)
class BucketRow:
    """The metrics of one group in one bucket; `texts` tells groups apart."""

    bucket: int
    keys: list[Any]
    texts: tuple[str, ...]
    spans: int
    metrics: list[Any]


def metric_types(engine: EventsEngine, metrics: Sequence[AgentSpanStatsMetricSpec]) -> dict[str, str]:
    """The types of the columns of metrics. Raises InvalidRequest for what cannot be measured."""
    source = SpanSource(engine, SpanScope(""))
    return {name: column.type for metric in metrics for name, column in metric_sql(source, metric).items()}


def time_buckets(engine: EventsEngine, request: TimeBuckets) -> list[BucketRow]:
    """The rows in no particular order. Raises InvalidRequest, InvalidField."""
    source = SpanSource(engine, request.scope)
    keys = [source.fields.group(ref) for ref in request.group_by]
    restrict_groups(source, request.filters, [])
    columns = _metric_columns(source, request.metrics)
    first = source.parameters.integer(microseconds(request.first))
    width = source.parameters.integer(request.seconds * 1_000_000)
    bucket = f"intDiv(toUnixTimestamp64Micro(s.started_at) - {first}, {width})"
    texts = [key_text(key) for key in keys]
    if keys:
        source.conditions.append(_among_largest(source, texts, request.groups))
    shown = [
        f"{bucket} AS bucket",
        *(f"any({key}) AS key_{index}" for index, key in enumerate(keys)),
        *(f"{text} AS text_{index}" for index, text in enumerate(texts)),
        "count() AS spans",
        *(f"{column.sql} AS metric_{index}" for index, column in enumerate(columns)),
    ]
    grouped = ", ".join(["bucket", *(f"text_{index}" for index in range(len(keys)))])
    sql = f"SELECT {', '.join(shown)} FROM {source.from_sql()} WHERE {source.where} GROUP BY {grouped}"
    return [_row(row, len(keys), len(columns)) for row in source.query(sql)]


def _metric_columns(source: SpanSource, metrics: Sequence[AgentSpanStatsMetricSpec]) -> list[TypedSql]:
    return [column for metric in metrics for column in metric_sql(source, metric).values()]


def _among_largest(source: SpanSource, texts: list[str], count: int) -> str:
    listed = ", ".join(texts)
    largest = f"""SELECT {listed} FROM {source.from_sql()} WHERE {source.where} GROUP BY {listed}
        ORDER BY count() DESC, {listed} LIMIT {count:d}"""
    return f"({listed}) IN ({largest})"


def _row(row: dict[str, Any], keys: int, metrics: int) -> BucketRow:
    return BucketRow(
        bucket=row["bucket"],
        keys=[row[f"key_{index}"] for index in range(keys)],
        texts=tuple(row[f"text_{index}"] for index in range(keys)),
        spans=row["spans"],
        metrics=[row[f"metric_{index}"] for index in range(metrics)],
    )
