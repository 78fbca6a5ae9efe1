"""The words of statistics over agents' spans: metrics in buckets of time or of a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from weft.core.clock import now
from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import Moment, Zone
from weft.schemas.query import Query
from weft.schemas.span_fields import DERIVED, ValueType
from weft.schemas.span_measures import (
    AGGREGATIONS,
    AgentGroupByRef,
    AgentInsightFilter,
    AgentSignalFilter,
    AgentSpanGroupFilter,
    AgentSpanMeasureSpec,
    AgentSpanValueRef,
    Aggregation,
    Alias,
    Finite,
    repeated,
)

_LONGEST = timedelta(days=31)
# What the event store can hold as a time.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2262, 1, 1, tzinfo=UTC)
_NOT_NUMBERS = ("custom_attrs_string", "custom_attrs_bool")


def _within_range(moment: datetime) -> datetime:
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError(f"a time between the years {_EARLIEST.year} and {_LATEST.year} is needed")
    return moment


StatsMoment = Annotated[Moment, AfterValidator(_within_range)]


class AgentSpanStatsMetricSpec(NullIsAbsent):
    """A value of spans and what to compute of it; nothing named means the sum of numbers and the count of others."""

    alias: Alias
    value_type: ValueType
    aggregations: list[Aggregation] = Field(default_factory=list)
    percentiles: list[float] = Field(default_factory=list)
    value: AgentSpanValueRef

    @model_validator(mode="after")
    def _sensible(self) -> AgentSpanStatsMetricSpec:
        self.value.check_type(self.value_type)
        if wrong := [name for name in self.aggregations if name not in AGGREGATIONS[self.value_type]]:
            raise ValueError(f"aggregations {', '.join(wrong)} are not valid for value_type {self.value_type!r}")
        if len(set(self.aggregations)) < len(self.aggregations):
            raise ValueError("the aggregations of a metric must be unique")
        if self.percentiles and self.value_type != "number":
            raise ValueError("percentiles are for metrics that are numbers")
        if not all(0 <= percentile <= 100 for percentile in self.percentiles):
            raise ValueError("percentiles must be between 0 and 100")
        if len(set(self.percentiles)) < len(self.percentiles):
            raise ValueError("the percentiles of a metric must be unique")
        if not self.aggregations and not self.percentiles:
            self.aggregations = ["sum" if self.value_type == "number" else "count"]
        return self


class AgentSpanStatsTimeBucketSpec(NullIsAbsent):
    """Buckets of time."""

    type: Literal["time"] = "time"


class AgentSpanStatsNumericBucketSpec(NullIsAbsent):
    """Buckets of equal width: of a value of spans, or of a measure of groups."""

    type: Literal["number"] = "number"
    alias: Alias = "value"
    bins: int = Field(24, ge=1, le=200)
    min: Finite | None = None
    max: Finite | None = None
    value: AgentSpanValueRef | None = None
    group_by: list[AgentGroupByRef] = Field(default_factory=list)
    measure: AgentSpanMeasureSpec | None = None

    @model_validator(mode="after")
    def _sensible(self) -> AgentSpanStatsNumericBucketSpec:
        grouped = bool(self.group_by) or self.measure is not None
        if grouped == (self.value is not None):
            raise ValueError("exactly one of value and group_by with measure must be set")
        if grouped and not (self.group_by and self.measure is not None):
            raise ValueError("buckets of groups need both group_by and measure")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max of the buckets must not be less than min")
        if self.value is not None and _is_no_number(self.value):
            raise ValueError("the value of numeric buckets must be a number")
        if self.measure is not None and not _yields_number(self.measure):
            raise ValueError("the measure of numeric buckets must yield a number")
        return self


Buckets = Annotated[AgentSpanStatsTimeBucketSpec | AgentSpanStatsNumericBucketSpec, Field(discriminator="type")]


class AgentSpanStatsReq(NullIsAbsent):
    """Which spans, in which buckets, and what to compute of each bucket; `end` is now when it is left out."""

    project_id: str
    query: Query | None = None
    start: StatsMoment
    end: StatsMoment | None = None
    granularity: int | None = Field(None, gt=0, le=1_000_000_000)
    timezone: Zone = "UTC"
    group_by: list[AgentGroupByRef] = Field(default_factory=list)
    metrics: list[AgentSpanStatsMetricSpec] = Field(default_factory=list)
    group_limit: int = Field(50, ge=1, le=1000)
    bucket_by: Buckets | None = None
    group_filters: list[AgentSpanGroupFilter] = Field(default_factory=list)
    signal_filters: AgentSignalFilter | None = None
    insight_filters: list[AgentInsightFilter] = Field(default_factory=list)

    @property
    def until(self) -> datetime:
        """The end of the range."""
        return self.end if self.end is not None else now()

    @model_validator(mode="after")
    def _consistent(self) -> AgentSpanStatsReq:
        numeric = self.bucket_by if isinstance(self.bucket_by, AgentSpanStatsNumericBucketSpec) else None
        if self.end is not None and self.end < self.start:
            raise ValueError("end must not be before start")
        if self.group_by and self.group_filters:
            raise ValueError("group_filters cannot be combined with group_by")
        if numeric is None and not self.metrics:
            raise ValueError("at least one metric is needed")
        if numeric is not None and self.group_by:
            raise ValueError("numeric buckets cannot be combined with group_by")
        if numeric is not None and numeric.measure is not None and self.metrics:
            raise ValueError("buckets of groups take no metrics")
        grouped = self.group_by or self.group_filters or self.insight_filters or numeric is not None
        if grouped and self.until - self.start > _LONGEST:
            raise ValueError(f"the range must not be longer than {_LONGEST.days} days")
        self._check_names()
        return self

    def _check_names(self) -> None:
        if twice := repeated(metric.alias for metric in self.metrics):
            raise ValueError(f"duplicate metric aliases: {', '.join(twice)[:200]}")
        groups = [ref.name for ref in self.group_by]
        columns = [name for metric in self.metrics for name in metric_columns(metric)]
        if twice := repeated(["timestamp", *groups, *columns]):
            raise ValueError(f"several columns would have one name: {', '.join(twice)[:200]}")


class AgentSpanStatsColumn(Wire):
    """What a column of the rows holds."""

    name: str
    role: Literal["time", "bucket", "group", "metric"]
    value_type: ValueType
    metric: str | None = None
    aggregation: str | None = None


class AgentSpanStatsRes(Wire):
    """Rows of buckets, and what their columns are."""

    start: datetime
    end: datetime
    granularity: int | None = None
    timezone: str
    bucket_type: Literal["time", "number"] = "time"
    columns: list[AgentSpanStatsColumn] = Field(default_factory=list)
    rows: list[dict[str, datetime | str | int | float | bool | None]] = Field(default_factory=list)


def percentile_name(percentile: float) -> str:
    """How columns name a percentile: `p50`, `p99_9`."""
    digits = format(Decimal(repr(percentile)), "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "p" + digits.replace(".", "_")


def metric_columns(metric: AgentSpanStatsMetricSpec) -> list[str]:
    """The names of the columns of a metric: its aggregations, then its percentiles."""
    kinds = [*metric.aggregations, *map(percentile_name, metric.percentiles)]
    return [f"{kind}_{metric.alias}" for kind in kinds]


def _is_no_number(value: AgentSpanValueRef) -> bool:
    return value.source in _NOT_NUMBERS or (value.source == "derived" and DERIVED[value.key] != "number")


def _yields_number(measure: AgentSpanMeasureSpec) -> bool:
    if measure.aggregation not in ("min", "max"):
        return True
    return measure.value_type in (None, "number") and (measure.value is None or not _is_no_number(measure.value))
