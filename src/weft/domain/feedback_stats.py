"""Statistics over feedback: what a request means in measures and names, gaps filled, and what payloads hold.

Aggregating is storage/events/feedback_stats.py's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from weft.core import jsontext
from weft.core.clock import as_utc, iso, now
from weft.core.errors import InvalidField, InvalidRequest
from weft.core.identity import Project
from weft.domain.time_buckets import bucket_starts, granularity_of
from weft.schemas.feedback_stats import (
    LONGEST,
    FeedbackAggregateBucket,
    FeedbackAggregateReq,
    FeedbackAggregateRes,
    FeedbackMetricSpec,
    FeedbackPayloadPath,
    FeedbackPayloadSchemaReq,
    FeedbackPayloadSchemaRes,
    FeedbackStatsReq,
    FeedbackStatsRes,
    ValueType,
)
from weft.storage.events.feedback_stats import (
    Cell,
    FeedbackTotals,
    FeedbackWindow,
    Measure,
    is_defined,
    measure_feedback,
    sample_payloads,
    total_feedback,
)
from weft.storage.stores import Stores

MOST_CELLS = 500_000
_NO_METRICS_GRANULARITY = 3600
_PATH = re.compile(r"[A-Za-z0-9_. ]*")
_LONGEST_PATH = 1000
_DEFAULTS: dict[str, list[str]] = {
    "numeric": ["avg", "min", "max"],
    "boolean": ["count_true", "count_false"],
    "categorical": ["count"],
}
_ZERO_WHEN_EMPTY = frozenset({"sum", "avg", "count", "count_true", "count_false"})
# What the event store can date.
YEARS = range(1900, 2262)


def feedback_stats(stores: Stores, project: Project, body: FeedbackStatsReq) -> FeedbackStatsRes:
    """The measures asked for in every bucket and over the whole window.

    Raises InvalidField for spans that cannot be cut into buckets, InvalidRequest for paths that cannot be asked for and
    for more numbers than one answer may have.
    """
    end = body.end or now()
    window = _window(project, body, end)
    answer = FeedbackStatsRes(start=body.start, end=end, granularity=_NO_METRICS_GRANULARITY, timezone=body.timezone)
    columns = _columns(body.metrics)
    if not columns:
        return answer
    answer.granularity = granularity_of(window.start, window.end, body.granularity)
    edges = bucket_starts(window.start, window.end, answer.granularity, body.timezone)
    if len(edges) * len(columns) > MOST_CELLS:
        raise InvalidRequest(
            f"{len(edges)} buckets of {len(columns)} numbers are too many: ask for a wider granularity"
        )
    cells = measure_feedback(stores.feedback.engine, window, edges, [column.measure for column in columns])
    by_bucket = {cell.bucket: cell for cell in cells}
    answer.buckets = [_row(edge, by_bucket.get(edge), columns) for edge in edges]
    answer.window_stats = _window_stats(by_bucket[None], columns)
    return answer


def aggregate_feedback(stores: Stores, project: Project, body: FeedbackAggregateReq) -> FeedbackAggregateRes:
    """Rows, tags and ratings of the feedback, by bucket and group."""
    wanted = FeedbackTotals(
        project_id=project.id,
        after_ms=body.after_ms,
        before_ms=body.before_ms,
        bucket_ms=body.time_bucket_seconds * 1000 if body.time_bucket_seconds else None,
        types=body.feedback_types,
        tags=body.tags,
        rating_min=body.rating_min,
        rating_max=body.rating_max,
        monitor_ids=body.monitor_ids,
        scorer_ids=body.scorer_ids,
        agent_names=body.span_agent_names,
        span_types=body.span_types,
        group_by=list(dict.fromkeys(body.group_by)),
    )
    buckets = [
        FeedbackAggregateBucket(
            time_bucket_start_ms=total.bucket_ms,
            group=total.group,
            total_count=total.count,
            scored_count=total.scored,
            tag_counts=total.tags,
            rating_counts=total.rating_counts,
            rating_sums=total.rating_sums,
        )
        for total in total_feedback(stores.feedback.engine, wanted)
    ]
    return FeedbackAggregateRes(
        time_bucket_seconds=body.time_bucket_seconds,
        after_ms=body.after_ms,
        before_ms=body.before_ms,
        buckets=buckets,
    )


def payload_schema(stores: Stores, project: Project, body: FeedbackPayloadSchemaReq) -> FeedbackPayloadSchemaRes:
    """The places in payloads that statistics can be asked for, and how to read each, from a sample of the newest."""
    window = _window(project, body, body.end or now())
    kinds: dict[str, set[type]] = {}
    for payload in sample_payloads(stores.feedback.engine, window, body.sample_limit):
        for path, value in payload_leaves(jsontext.loads(payload)):
            kinds.setdefault(path, set()).add(type(value))
    paths = [FeedbackPayloadPath(json_path=path, value_type=value_type_of(kinds[path])) for path in sorted(kinds)]
    return FeedbackPayloadSchemaRes(paths=paths)


def _window(project: Project, body: FeedbackStatsReq | FeedbackPayloadSchemaReq, end: datetime) -> FeedbackWindow:
    start, end = as_utc(body.start), as_utc(end)
    if end < start:
        raise InvalidField("end must not be before start")
    if end - start > LONGEST:
        raise InvalidField(f"start and end may be at most {LONGEST.days} days apart")
    if start.year not in YEARS or end.year not in YEARS:
        raise InvalidField(f"start and end must be in the years {YEARS.start} to {YEARS.stop - 1}")
    return FeedbackWindow(project.id, start, end, body.feedback_type or "", body.trigger_ref or "")


@dataclass(frozen=True, slots=True)
class _Column:
    """A number of the answer: which measure, and what it is called in buckets and in the window's statistics."""

    measure: Measure
    slug: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.name}_{self.slug}"

    @property
    def when_empty(self) -> int | None:
        return 0 if self.name in _ZERO_WHEN_EMPTY and is_defined(self.measure) else None


def _columns(specs: Sequence[FeedbackMetricSpec]) -> list[_Column]:
    """The numbers asked for. Paths that would share their names are told apart by a number at the end of the later."""
    measures: dict[tuple[str, str], dict[str, Measure]] = {}
    for spec in specs:
        named = measures.setdefault((spec.json_path, spec.value_type), {})
        path = payload_path(spec.json_path)
        for aggregation in spec.aggregations or _DEFAULTS[spec.value_type]:
            named[aggregation] = Measure(path, spec.value_type, aggregation)
        for percentile in spec.percentiles:
            named[f"p{_shown(percentile)}"] = Measure(path, spec.value_type, level=percentile / 100)
    columns: list[_Column] = []
    owners: dict[str, str] = {}
    taken = {"timestamp", "count"}
    for (json_path, _), named in measures.items():
        slug = _free_slug(json_path, named, owners, taken)
        owners[slug] = json_path
        found = [_Column(measure, slug, name) for name, measure in named.items()]
        taken |= {column.key for column in found}
        columns += found
    return columns


def _free_slug(json_path: str, names: Mapping[str, Measure], owners: Mapping[str, str], taken: set[str]) -> str:
    plain = slug = json_path.replace(".", "_").replace(" ", "_")
    number = 1
    while owners.get(slug, json_path) != json_path or any(f"{name}_{slug}" in taken for name in names):
        number += 1
        slug = f"{plain}_{number}"
    return slug


def payload_path(json_path: str) -> tuple[str, ...]:
    """The keys of a path into payloads. Raises InvalidRequest."""
    segments = tuple(json_path.split("."))
    if not _PATH.fullmatch(json_path) or not all(segment.strip() for segment in segments):
        raise InvalidRequest(
            f"Invalid json_path: {json_path[:200]!r} is not made of names of letters, digits, spaces and '_', "
            "joined by dots"
        )
    if len(json_path) > _LONGEST_PATH:
        raise InvalidRequest(f"Invalid json_path: longer than {_LONGEST_PATH} characters")
    return segments


def _shown(percentile: float) -> str:
    return f"{percentile:.10f}".rstrip("0").rstrip(".")


def _row(edge: int, cell: Cell | None, columns: Sequence[_Column]) -> dict[str, Any]:
    row: dict[str, Any] = {"timestamp": iso(datetime.fromtimestamp(edge, UTC))}
    for number, column in enumerate(columns):
        row[column.key] = cell.values[number] if cell else column.when_empty
    row["count"] = cell.count if cell else 0
    return row


def _window_stats(cell: Cell, columns: Sequence[_Column]) -> dict[str, dict[str, float | None]]:
    stats: dict[str, dict[str, float | None]] = {}
    for column, value in zip(columns, cell.values, strict=True):
        stats.setdefault(column.slug, {})[column.name] = value
    return stats


def payload_leaves(payload: Any) -> Iterator[tuple[str, Any]]:
    """The scalars of a payload by their paths, but those that no path can name: in lists, or below odd keys."""
    waiting: list[tuple[str, Any]] = [("", payload)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if key.strip() and "." not in key and _PATH.fullmatch(key):
                    waiting.append((f"{path}.{key}" if path else key, item))
        elif path and not isinstance(value, list) and len(path) <= _LONGEST_PATH:
            yield path, value


def value_type_of(kinds: set[type]) -> ValueType:
    """How to read a place in payloads that holds values of these types."""
    known = kinds - {type(None)}
    if known <= {bool}:
        return "boolean"
    return "numeric" if known <= {int, float} else "categorical"
