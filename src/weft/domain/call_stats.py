"""Statistics over calls: what a request means in buckets and measures, gaps filled, tokens priced.

Aggregating is the event store's. Costs are made of the sums of a cell, at today's price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from weft.core.clock import as_utc, now
from weft.core.errors import InvalidField, InvalidRequest
from weft.core.identity import Project
from weft.domain.call_queries import call_filter
from weft.domain.costs import Price, todays_price
from weft.domain.prices import price_source
from weft.schemas.call_stats import LONGEST, CallMetricSpec, CallStatsReq, CallStatsRes, UsageMetricSpec
from weft.storage.events.call_stats import Cell, Measure, StatsSelection, call_cells, usage_cells
from weft.storage.stores import Stores

MOST_BUCKETS = 10_000
MOST_CELLS = 500_000

_AUTOMATIC = (
    (timedelta(hours=2), 300),
    (timedelta(hours=12), 3600),
    (timedelta(days=3), 21_600),
    (timedelta(days=14), 43_200),
)
_WIDEST = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What the event store can date.
_YEARS = range(1900, 2300)
_ZERO_WHEN_EMPTY = frozenset({"sum", "avg", "count", "count_true", "count_false"})
_CACHE = ("cache_read_input_tokens", "cache_creation_input_tokens")
_TOKENS_OF_COST = {
    "input_cost": ("input_tokens", *_CACHE),
    "output_cost": ("output_tokens",),
    "total_cost": ("input_tokens", *_CACHE, "output_tokens"),
}


def call_stats(stores: Stores, project: Project, body: CallStatsReq) -> CallStatsRes:
    """The cells asked for, each bucket filled. Raises InvalidField for spans of time that cannot be cut into buckets.

    Raises InvalidRequest for more cells than one answer may have.
    """
    end = body.end or now()
    answer = CallStatsRes(start=body.start, end=end, granularity=0, timezone=body.timezone)
    span = _span(as_utc(body.start), as_utc(end))
    if not body.usage_metrics and not body.call_metrics:
        return answer
    answer.granularity = _granularity(span, body.granularity)
    selection = StatsSelection(project.id, *span, answer.granularity, call_filter(project, body.filter))
    buckets = _Buckets(*span, answer.granularity, body.timezone)
    engine = stores.calls.engine
    if body.usage_metrics:
        columns = _usage_columns(body.usage_metrics)
        cells = usage_cells(engine, selection, list(columns.values()))
        costs = _Costs(stores, project, body.usage_metrics)
        answer.usage_buckets = [costs.added(row) for row in buckets.filled(cells, columns, by_model=True)]
    if body.call_metrics:
        columns = _columns(body.call_metrics)
        cells = call_cells(engine, selection, list(columns.values()))
        answer.call_buckets = list(buckets.filled(cells, columns, by_model=False))
    return answer


def _span(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    if end < start:
        raise InvalidField("end must not be before start")
    if end - start > LONGEST:
        raise InvalidField(f"start and end may be at most {LONGEST.days} days apart")
    if start.year not in _YEARS or end.year not in _YEARS:
        raise InvalidField(f"start and end must be in the years {_YEARS.start} to {_YEARS.stop - 1}")
    return start, end


def _granularity(span: tuple[datetime, datetime], asked: int | None) -> int:
    """The seconds of a bucket: as asked for, unless that makes too many, or following from the span."""
    length = span[1] - span[0]
    if asked is None:
        return next((seconds for limit, seconds in _AUTOMATIC if length <= limit), _WIDEST)
    seconds = length.total_seconds()
    return int(seconds / MOST_BUCKETS) + 1 if seconds / asked > MOST_BUCKETS else asked


def _columns(specs: Sequence[UsageMetricSpec | CallMetricSpec]) -> dict[str, Measure]:
    """The measures by the names of their columns, in the order asked for."""
    found: dict[str, Measure] = {}
    for spec in specs:
        for aggregation in spec.aggregations or ([] if spec.percentiles else ["sum"]):
            found[f"{aggregation}_{spec.metric}"] = Measure(spec.metric, aggregation)
        for percentile in spec.percentiles:
            found[f"p{_percentile_name(percentile)}_{spec.metric}"] = Measure(spec.metric, level=percentile / 100)
    return found


def _usage_columns(specs: Sequence[UsageMetricSpec]) -> dict[str, Measure]:
    """The measures of the token metrics, and the sums that costs are made of."""
    found = _columns([spec for spec in specs if spec.metric not in _TOKENS_OF_COST])
    for spec in specs:
        for metric in _TOKENS_OF_COST.get(spec.metric, ()):
            found.setdefault(f"sum_{metric}", Measure(metric))
    return found


def _percentile_name(percentile: float) -> str:
    text = f"{percentile:.10f}".rstrip("0").rstrip(".")
    return text.replace(".", "_")


@dataclass(frozen=True, slots=True)
class _Buckets:
    """The buckets of a span: multiples of the granularity since 1970, from the one that holds the start."""

    start: datetime
    end: datetime
    granularity: int
    timezone: str

    def filled(self, cells: Sequence[Cell], columns: Mapping[str, Measure], by_model: bool) -> Iterator[dict[str, Any]]:
        """A row for every bucket, and then for every model that any cell has. Raises InvalidRequest for too many."""
        models = sorted({cell.model for cell in cells}) if by_model else [""]
        empty = [0 if one.level is None and one.aggregation in _ZERO_WHEN_EMPTY else None for one in columns.values()]
        known = {(cell.bucket, cell.model): cell for cell in cells}
        moments = self._moments()
        if len(moments) * len(models) > MOST_CELLS:
            raise InvalidRequest(
                f"{len(moments)} buckets of {len(models)} models are too many: ask for a wider granularity"
            )
        for bucket, timestamp in moments if models else ():
            for model in models:
                cell = known.get((bucket, model))
                row: dict[str, Any] = {"timestamp": timestamp, "model": model} if by_model else {"timestamp": timestamp}
                for name, value, nothing in zip(columns, cell.values if cell else empty, empty, strict=True):
                    row[name] = nothing if value is None else value
                row["count"] = cell.count if cell else 0
                yield row

    def _moments(self) -> list[tuple[int, str]]:
        """The start of each bucket, in unix seconds and as it is shown."""
        first = (self.start - _EPOCH) // timedelta(seconds=1) // self.granularity * self.granularity
        beyond = -((_EPOCH - self.end) // timedelta(seconds=1))
        zone = ZoneInfo(self.timezone)
        found = []
        for bucket in range(first, beyond, self.granularity) if self.start < self.end else ():
            moment = _EPOCH + timedelta(seconds=bucket)
            local = moment.replace(tzinfo=None) if self.timezone == "UTC" else moment.astimezone(zone)
            found.append((bucket, local.isoformat()))
        return found


class _Costs:
    """The cost metrics of a request, made of the sums of a row."""

    def __init__(self, stores: Stores, project: Project, specs: Sequence[UsageMetricSpec]) -> None:
        self._asked = [metric for metric in _TOKENS_OF_COST if any(spec.metric == metric for spec in specs)]
        self._source = price_source(stores, project.id)
        self._prices: dict[str, Price | None] = {}

    def added(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row, with the costs that were asked for."""
        if not self._asked:
            return row
        model = row["model"]
        if model not in self._prices:
            self._prices[model] = todays_price(self._source(model))
        price = self._prices[model]
        count = row.pop("count")
        for metric in self._asked:
            row[f"sum_{metric}"] = sum(part(row, price) for part in _PARTS[metric]) if price else 0.0
        row["count"] = count
        return row


def input_cost(row: Mapping[str, Any], price: Price) -> float:
    """What the prompts of a cell cost, made of its sums."""
    read, creation = (row[f"sum_{name}"] for name in _CACHE)
    # Some providers count cached tokens apart from the prompt's; nobody is paid for that.
    plain = max(0, row["sum_input_tokens"] - read - creation)
    return float(plain * price.prompt + read * price.cache_read + creation * price.cache_creation)


def output_cost(row: Mapping[str, Any], price: Price) -> float:
    """What the completions of a cell cost, made of its sums."""
    return float(row["sum_output_tokens"] * price.completion)


_PARTS = {
    "input_cost": (input_cost,),
    "output_cost": (output_cost,),
    "total_cost": (input_cost, output_cost),
}
