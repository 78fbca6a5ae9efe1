"""The words of statistics over feedback: numbers per time bucket, totals by tag and rating, and what payloads hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from weft.core.clock import as_utc
from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import KeptMoment, Zone

LONGEST = timedelta(days=31)
MOST_AGGREGATE_BUCKETS = 256
_MOST_METRICS = 100
_MOST_VALUES = 1000
_DAY_MS = 86_400_000

ValueType = Literal["numeric", "boolean", "categorical"]
Aggregation = Literal["sum", "avg", "min", "max", "count", "count_true", "count_false"]
GroupBy = Literal["scorer_id", "span_agent_name", "span_agent_version", "span_status_code"]
SpanType = Literal["agent_turn", "agent_conversation"]
Share = Annotated[float, Field(ge=0, le=1)]
Names = Annotated[list[str], Field(max_length=_MOST_VALUES)]


class FeedbackMetricSpec(NullIsAbsent):
    """A place in the payload, how to read it, and what to make of its values."""

    json_path: str
    value_type: ValueType = "numeric"
    aggregations: list[Aggregation] = Field(default_factory=list)
    percentiles: list[Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=list, max_length=_MOST_METRICS)


class _FeedbackWindow(NullIsAbsent):
    """Which feedback: by time, exact type, and the ref of what caused it, whose version may be `*`."""

    project_id: str
    start: KeptMoment
    end: KeptMoment | None = None
    feedback_type: str | None = None
    trigger_ref: str | None = None

    @model_validator(mode="after")
    def _short_and_forward(self) -> Self:
        if self.end is None:
            return self
        start, end = as_utc(self.start), as_utc(self.end)
        if end < start:
            raise ValueError("end must not be before start")
        if end - start > LONGEST:
            raise ValueError(f"start and end may be at most {LONGEST.days} days apart")
        return self


class FeedbackStatsReq(_FeedbackWindow):
    """Which feedback, how wide the buckets are (in seconds), and what to count in them."""

    granularity: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    timezone: Zone = "UTC"
    metrics: list[FeedbackMetricSpec] = Field(default_factory=list, max_length=_MOST_METRICS)


class FeedbackStatsRes(Wire):
    """What was asked for as it was understood, the buckets, and the same numbers over the whole window."""

    start: datetime
    end: datetime
    granularity: int
    timezone: str
    buckets: list[dict[str, Any]] = Field(default_factory=list)
    window_stats: dict[str, dict[str, float | None]] | None = None


class FeedbackPayloadSchemaReq(_FeedbackWindow):
    """Which feedback, and how many payloads of it to look into."""

    sample_limit: int = Field(2000, ge=1, le=5000)


class FeedbackPayloadPath(Wire):
    """A place in payloads that statistics can be asked for."""

    json_path: str
    value_type: ValueType = "numeric"


class FeedbackPayloadSchemaRes(Wire):
    """The places, by path."""

    paths: list[FeedbackPayloadPath] = Field(default_factory=list)


class FeedbackAggregateReq(NullIsAbsent):
    """Which feedback to count, in which buckets and groups. An empty list lets everything pass."""

    project_id: str
    after_ms: int = Field(ge=0)
    before_ms: int = Field(ge=0)
    time_bucket_seconds: Annotated[int, Field(gt=0)] | None = None
    feedback_types: Names = Field(default_factory=list)
    tags: Names = Field(default_factory=list)
    rating_min: Share | None = None
    rating_max: Share | None = None
    monitor_ids: Names = Field(default_factory=list)
    scorer_ids: Names = Field(default_factory=list)
    span_agent_names: Names = Field(default_factory=list)
    span_types: list[SpanType] = Field(default_factory=list)
    group_by: list[GroupBy] = Field(default_factory=list)

    @property
    def filters(self) -> bool:
        """Whether anything but time decides about a row."""
        lists = (
            self.feedback_types,
            self.tags,
            self.monitor_ids,
            self.scorer_ids,
            self.span_agent_names,
            self.span_types,
        )
        return any(lists) or self.rating_min is not None or self.rating_max is not None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        length = self.before_ms - self.after_ms
        if length <= 0:
            raise ValueError("before_ms must be greater than after_ms")
        if length > LONGEST.days * _DAY_MS and (self.time_bucket_seconds or self.group_by or self.filters):
            raise ValueError(
                f"more than {LONGEST.days} days can only be counted as a whole: without time_bucket_seconds, "
                "group_by and filters"
            )
        if self.time_bucket_seconds and length > MOST_AGGREGATE_BUCKETS * self.time_bucket_seconds * 1000:
            raise ValueError(f"there may be at most {MOST_AGGREGATE_BUCKETS} buckets: ask for wider ones")
        return self


class FeedbackAggregateBucket(Wire):
    """The counts of one bucket and group; the start is null without buckets."""

    time_bucket_start_ms: int | None
    group: dict[str, str]
    total_count: int
    scored_count: int
    tag_counts: dict[str, int]
    rating_counts: dict[str, int]
    rating_sums: dict[str, float]


class FeedbackAggregateRes(Wire):
    """The bounds as they were asked for, and the buckets that have feedback, in order."""

    time_bucket_seconds: int | None
    after_ms: int
    before_ms: int
    buckets: list[FeedbackAggregateBucket]
