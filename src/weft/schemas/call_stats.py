"""The words of statistics over calls: numbers per time bucket, and per model for usage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.calls_query import CallsFilter
from weft.schemas.moments import KeptMoment, Zone

LONGEST = timedelta(days=31)
_MOST_PERCENTILES = 100
_MOST_METRICS = 100

Aggregation = Literal["sum", "avg", "min", "max", "count", "count_true", "count_false"]
UsageMetric = Literal[
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "input_cost",
    "output_cost",
    "total_cost",
]
CallMetric = Literal["latency_ms", "call_count", "error_count"]
Percentiles = Annotated[list[Annotated[float, Field(ge=0, le=100)]], Field(max_length=_MOST_PERCENTILES)]


def _only_sum() -> list[Aggregation]:
    return ["sum"]


class UsageMetricSpec(NullIsAbsent):
    """A metric of usage, and what to make of its values in a cell; costs are always summed."""

    metric: UsageMetric
    aggregations: list[Aggregation] = Field(default_factory=_only_sum)
    percentiles: Percentiles = Field(default_factory=list)


class CallMetricSpec(NullIsAbsent):
    """A metric of calls, and what to make of its values in a cell."""

    metric: CallMetric
    aggregations: list[Aggregation] = Field(default_factory=_only_sum)
    percentiles: Percentiles = Field(default_factory=list)


class CallStatsReq(NullIsAbsent):
    """Which calls by the time they started, how wide the buckets are (in seconds), and what to count in them."""

    project_id: str
    start: KeptMoment
    end: KeptMoment | None = None
    granularity: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    usage_metrics: list[UsageMetricSpec] = Field(default_factory=list, max_length=_MOST_METRICS)
    call_metrics: list[CallMetricSpec] = Field(default_factory=list, max_length=_MOST_METRICS)
    filter: CallsFilter | None = None
    timezone: Zone = "UTC"


class CallStatsRes(Wire):
    """What was asked for as it was understood, and the cells."""

    start: datetime
    end: datetime
    granularity: int
    timezone: str
    usage_buckets: list[dict[str, Any]] = Field(default_factory=list)
    call_buckets: list[dict[str, Any]] = Field(default_factory=list)
