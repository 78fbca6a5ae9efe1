"""The words of usage over time: calls, errors, latencies, tokens and costs, by model, op or user."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from weft.schemas.base import Wire
from weft.schemas.moments import KeptMoment, Zone


class UsageQuery(Wire):
    """Which calls by the time they started, in which buckets (seconds) and groups."""

    project_id: str
    start: KeptMoment
    end: KeptMoment | None = None
    granularity: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    timezone: Zone = "UTC"
    by: Literal["none", "model", "op", "user"] = "none"
    groups: int = Field(8, ge=1, le=12)


class LatencyPercentiles(Wire):
    """Percentiles of how long calls took, in milliseconds."""

    p50: float | None
    p95: float | None
    p99: float | None


class UsageFigures(Wire):
    """What some calls amount to; costs are at today's prices, in US dollars."""

    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: float = 0.0
    latency_ms: LatencyPercentiles | None = None


class UsageSeries(Wire):
    """The figures of each bucket, as the buckets stand."""

    calls: list[int]
    errors: list[int]
    total_tokens: list[int]
    cost: list[float]
    latency_p50: list[float | None]
    latency_p95: list[float | None]


class UsageGroup(UsageFigures):
    """The calls of one model, op or user."""

    key: str
    name: str
    series: UsageSeries


class UsageOverTimeRes(Wire):
    """What was asked for as it was understood; `other` is what the groups shown leave over."""

    start: datetime
    end: datetime
    granularity: int
    timezone: str
    by: str
    buckets: list[datetime]
    total: UsageFigures
    groups: list[UsageGroup]
    other: UsageGroup | None
    groups_total: int
    unpriced_models: list[str]
