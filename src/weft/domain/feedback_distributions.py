"""How the values of feedback are distributed: what a request means in fields, bins and buckets of time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from weft.core import jsontext
from weft.core.clock import as_utc, now
from weft.core.errors import InvalidField
from weft.core.identity import Project
from weft.domain.estimates import LARGEST
from weft.domain.feedback_stats import YEARS, payload_leaves, payload_path, value_type_of
from weft.domain.previews import preview
from weft.domain.time_buckets import bucket_starts, few_buckets
from weft.schemas.feedback_statistics import (
    CategoryCount,
    FeedbackDistributionsReq,
    FeedbackDistributionsRes,
    FeedbackTypeCount,
    FieldDistribution,
    Histogram,
    ValuesOverTime,
)
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback_distributions import count_bins, count_types, count_values
from weft.storage.events.feedback_stats import Cell, FeedbackWindow, Measure, measure_feedback, sample_payloads
from weft.storage.stores import Stores

LONGEST = timedelta(days=400)
MOST_BUCKETS = 120
MOST_TYPES = 40
MOST_FIELDS = 12
MOST_CATEGORIES = 20
_SAMPLE = 300
_LONGEST_VALUE = 200
_KINDS = {"numeric": "number", "boolean": "boolean", "categorical": "category"}
_MEASURES = {
    "numeric": ("count", "avg", "min", "max", "median"),
    "boolean": ("count", "avg", "count_true"),
    "categorical": ("count",),
}


def feedback_distributions(
    stores: Stores, project: Project, body: FeedbackDistributionsReq
) -> FeedbackDistributionsRes:
    """How much feedback there is of each type, and with a type the values in its payloads.

    Raises InvalidField for spans that are too long or backwards, InvalidRequest for paths that cannot be asked for.
    """
    end = body.end or now()
    window = _window(project, body, end)
    paths = {field: payload_path(field) for field in body.fields or ()}
    granularity = few_buckets(window.start, window.end, body.granularity, MOST_BUCKETS)
    edges = bucket_starts(window.start, window.end, granularity, body.timezone)
    engine = stores.feedback.engine
    types, types_total = count_types(engine, window, edges, MOST_TYPES) if edges else ([], 0)
    answer = FeedbackDistributionsRes(
        start=body.start,
        end=end,
        granularity=granularity,
        timezone=body.timezone,
        buckets=[datetime.fromtimestamp(edge, UTC) for edge in edges],
        types=[
            FeedbackTypeCount(
                feedback_type=preview(one.feedback_type),
                count=one.count,
                newest=as_utc(datetime.fromisoformat(one.newest)),
                counts=[one.by_bucket.get(edge, 0) for edge in edges],
            )
            for one in types
        ],
        types_total=types_total,
        fields=[],
    )
    if body.feedback_type is not None and types:
        kinds = _kinds(engine, window)
        chosen = paths or {field: payload_path(field) for field in list(kinds)[:MOST_FIELDS]}
        answer.fields = _Fields(engine, window, edges, types[0].count, body.bins).described(chosen, kinds)
    return answer


def _window(project: Project, body: FeedbackDistributionsReq, end: datetime) -> FeedbackWindow:
    start, end = as_utc(body.start), as_utc(end)
    if end < start:
        raise InvalidField("end must not be before start")
    if end - start > LONGEST:
        raise InvalidField(f"start and end may be at most {LONGEST.days} days apart")
    if start.year not in YEARS or end.year not in YEARS:
        raise InvalidField(f"start and end must be in the years {YEARS.start} to {YEARS.stop - 1}")
    return FeedbackWindow(project.id, start, end, body.feedback_type or "", body.trigger_ref or "")


def _kinds(engine: EventsEngine, window: FeedbackWindow) -> dict[str, str]:
    """The fields found in a sample of the newest payloads and how to read each, the least deep ones first."""
    found: dict[str, set[type]] = {}
    for payload in sample_payloads(engine, window, _SAMPLE):
        for path, value in payload_leaves(jsontext.loads(payload)):
            found.setdefault(path, set()).add(type(value))
    ordered = sorted(found, key=lambda path: (path.count("."), path))
    return {path: value_type_of(found[path]) for path in ordered}


class _Fields:
    """Describes fields of the feedback of one type."""

    def __init__(
        self, engine: EventsEngine, window: FeedbackWindow, edges: Sequence[int], rows: int, bins: int
    ) -> None:
        self._engine = engine
        self._window = window
        self._edges = edges
        self._rows = rows
        self._bins = bins

    def described(self, paths: dict[str, tuple[str, ...]], kinds: dict[str, str]) -> list[FieldDistribution]:
        """The distribution of each field, in the order given. Fields nobody has seen are read as categories."""
        wanted = {field: kinds.get(field, "categorical") for field in paths}
        measures = {
            (field, name): Measure(paths[field], kind, "" if name == "median" else name, _level(name))
            for field, kind in wanted.items()
            for name in _MEASURES[kind]
        }
        found = measure_feedback(self._engine, self._window, self._edges, list(measures.values()))
        cells = {cell.bucket: cell for cell in found}
        places = {key: place for place, key in enumerate(measures)}
        described = []
        for field, kind in wanted.items():
            own = {name: places[field, name] for name in _MEASURES[kind]}
            read = self._categories if kind == "categorical" else self._measured
            described.append(read(field, paths[field], kind, own, cells))
        return described

    def _categories(
        self, field: str, path: tuple[str, ...], kind: str, _own: dict[str, int], _cells: dict[int | None, Cell]
    ) -> FieldDistribution:
        values = count_values(self._engine, self._window, path, _LONGEST_VALUE, MOST_CATEGORIES)
        return self._shown(field, kind, values.total, categories=values.values)

    def _measured(
        self, field: str, path: tuple[str, ...], kind: str, own: dict[str, int], cells: dict[int | None, Cell]
    ) -> FieldDistribution:
        def read(name: str, bucket: int | None) -> float | None:
            cell = cells.get(bucket)
            value = cell.values[own[name]] if cell and name in own else None
            return value if value is not None and abs(value) <= LARGEST else None

        count = int(read("count", None) or 0)
        over_time = ValuesOverTime(
            counts=[int(read("count", edge) or 0) for edge in self._edges],
            values=[read("avg", edge) for edge in self._edges],
        )
        true_count = int(read("count_true", None) or 0) if kind == "boolean" else None
        low, high = read("min", None), read("max", None)
        shown = self._shown(field, kind, count, over_time=over_time)
        shown.mean, shown.median = read("avg", None), read("median", None)
        shown.min, shown.max, shown.true_count = low, high, true_count
        if true_count is not None:
            pairs = (("true", true_count), ("false", count - true_count))
            shown.categories = [CategoryCount(value=value, count=number) for value, number in pairs]
        if low is not None and high is not None:
            shown.histogram = self._histogram(path, low, high)
        return shown

    def _histogram(self, path: tuple[str, ...], low: float, high: float) -> Histogram | None:
        bins = self._bins if high > low else 1
        if bins == 1:
            low, high = low - 0.5, high + 0.5
        step = (high - low) / bins
        edges = [*(low + step * place for place in range(bins)), high]
        # Numbers so close together, or so large, that no bin lies between them.
        if not math.isfinite(step) or any(one >= other for one, other in itertools.pairwise(edges)):
            return None
        return Histogram(edges=edges, counts=count_bins(self._engine, self._window, path, edges))

    def _shown(
        self,
        field: str,
        kind: str,
        count: int,
        categories: Sequence[tuple[str, int]] = (),
        over_time: ValuesOverTime | None = None,
    ) -> FieldDistribution:
        listed = [CategoryCount(value=value, count=number) for value, number in categories]
        return FieldDistribution.model_validate(
            {
                "field": field,
                "kind": _KINDS[kind],
                "count": count,
                "missing": max(0, self._rows - count),
                "mean": None,
                "min": None,
                "max": None,
                "median": None,
                "true_count": None,
                "histogram": None,
                "categories": listed,
                "other": count - sum(one.count for one in listed) if categories else 0,
                "over_time": over_time,
            }
        )


def _level(name: str) -> float | None:
    return 0.5 if name == "median" else None
