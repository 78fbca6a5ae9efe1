"""Aggregates over the calls of a span of time: by time bucket, and for usage by model as well.

Usage of few models is read from the leaves, which costs less than parsing summaries. The marks beside them (`opaque`)
name the models there are, and say whether any summary must be parsed. Filling gaps and pricing is not done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from weft.storage.events.engine import EventsEngine
from weft.storage.events.leaves import decode_segment, encode_segment
from weft.storage.events.query.fields import JsonPath
from weft.storage.events.query.filters import CallFilter, filter_conditions
from weft.storage.events.query.json_text import FromLeaves
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.statement import VISIBLE
from weft.storage.events.query.values import to_microseconds

Aggregation = Literal["sum", "avg", "min", "max", "count", "count_true", "count_false"]

# Per metric the counters of a summary it adds up; a missing one is 0, except where it is the only sense of the metric.
_COUNTERS: dict[str, tuple[str, ...]] = {
    "input_tokens": ("prompt_tokens", "input_tokens"),
    "output_tokens": ("completion_tokens", "output_tokens"),
    "total_tokens": ("total_tokens",),
    "cache_read_input_tokens": ("cache_read_input_tokens",),
    "cache_creation_input_tokens": ("cache_creation_input_tokens",),
}
_NULL_WHEN_MISSING = frozenset({"total_tokens"})
_MICROSECONDS = "toUnixTimestamp64Micro(started_at)"
_CALL_VALUES = {
    # A call that runs has no latency, and neither has one whose clock was set back.
    "latency_ms": f"if(ended_at >= started_at, (toUnixTimestamp64Micro(assumeNotNull(ended_at)) - {_MICROSECONDS})"
    " / 1000, NULL)",
    "call_count": "1",
    # The size of a text is stored beside it, so no traceback is read.
    "error_count": "toInt64(exception.size != 0)",
}
_AGGREGATES: dict[Aggregation, str] = {
    "sum": "sum({0})",
    "avg": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
    "count": "count({0})",
    "count_true": "countIf({0} != 0)",
    "count_false": "countIf({0} = 0)",
}
# Each model costs columns of its own; beyond this many, parsing every summary is cheaper.
_MODELS_FROM_LEAVES = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a cell: a metric aggregated, or with `level` (0 to 1) its interpolated percentile."""

    metric: str
    aggregation: Aggregation = "sum"
    level: float | None = None


@dataclass(frozen=True, slots=True)
class StatsSelection:
    """The calls that started from `start` to before `end`, in buckets of `granularity` seconds counted from 1970."""

    project_id: str
    start: datetime
    end: datetime
    granularity: int
    filter: CallFilter = field(default_factory=CallFilter)


@dataclass(frozen=True, slots=True)
class Cell:
    """One bucket (its start in unix seconds), of one model or of all calls; `values` stand as the measures do."""

    bucket: int
    model: str
    count: int
    values: Sequence[float | None]


def call_cells(engine: EventsEngine, selection: StatsSelection, measures: Sequence[Measure]) -> list[Cell]:
    """The buckets in which calls started, in any order. Metrics: latency_ms, call_count, error_count."""
    question = _Question(selection)
    values = [f"{_CALL_VALUES[metric]} AS {metric}" for metric in _metrics(measures)]
    rows = f"SELECT {', '.join([question.bucket, *values])} {question.source}"
    columns = ", ".join(["bucket", "count() AS count", *question.aggregates(measures)])
    found = question.ask(engine, f"SELECT {columns} FROM ({rows}) GROUP BY bucket")
    return [_cell(row, measures) for row in found]


def usage_cells(engine: EventsEngine, selection: StatsSelection, measures: Sequence[Measure]) -> list[Cell]:
    """The buckets and models that calls report usage of; `count` is in how many calls. Metrics: the five of tokens.

    With `trace_roots_only`, calls that came as OpenTelemetry spans count too: there a root seldom has the usage.
    """
    question = _Question(selection, roots="(parent_id = '' OR otel_dump.size != 0)")
    models = _models_in_leaves(engine, question)
    if models is None or len(models) > _MODELS_FROM_LEAVES:
        return _usage_from_texts(engine, question, measures)
    return _usage_from_leaves(engine, question, measures, models) if models else []


class _Question:
    """What the statements about one selection share."""

    def __init__(self, selection: StatsSelection, roots: str = "") -> None:
        self.parameters = Parameters()
        self._project_id = selection.project_id
        only_roots = roots and selection.filter.trace_roots_only
        call_filter = replace(selection.filter, trace_roots_only=None) if only_roots else selection.filter
        conditions = [VISIBLE, *filter_conditions(call_filter, self.parameters), *([roots] if only_roots else [])]
        for sign, moment in ((">=", selection.start), ("<", selection.end)):
            limit = self.parameters.integer(to_microseconds(moment.isoformat()))
            conditions.append(f"started_at {sign} fromUnixTimestamp64Micro({limit}, 'UTC')")
        self.where = f"WHERE {' AND '.join(conditions)}"
        self.source = f"FROM calls FINAL {self.where}"
        width = self.parameters.integer(selection.granularity * 1_000_000)
        self.bucket = f"intDiv({_MICROSECONDS} - positiveModulo({_MICROSECONDS}, {width}), 1000000) AS bucket"

    def aggregates(self, measures: Sequence[Measure], prefix: str = "") -> list[str]:
        """The SQL of each measure, of columns named by prefix and metric, and named by `m`, prefix and number."""
        return [f"{self._aggregate(one, measures, prefix)} AS m{prefix}{n}" for n, one in enumerate(measures)]

    def ask(self, engine: EventsEngine, sql: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        return engine.query(sql, {**self.parameters.values, "project_id": self._project_id})

    def _aggregate(self, measure: Measure, measures: Sequence[Measure], prefix: str) -> str:
        value = f"{prefix}{measure.metric}"
        if measure.level is None:
            return _AGGREGATES[measure.aggregation].format(value)
        # Written alike for every percentile of a metric, so that the engine sorts its values once.
        levels = [one.level for one in measures if one.metric == measure.metric and one.level is not None]
        listed = ", ".join(self.parameters.real(level) for level in levels)
        return f"quantilesExactInclusive({listed})({value})[{levels.index(measure.level) + 1}]"


def _models_in_leaves(engine: EventsEngine, question: _Question) -> list[str] | None:
    """Models that may have usage; None when the leaves of some call do not tell."""
    # Any version will do: a model that no call has any more only gets empty cells, which are left out.
    sql = f"""SELECT mark FROM (SELECT DISTINCT arrayJoin(opaque) AS mark FROM calls {question.where})
        WHERE startsWith(mark, 'summary.usage.') OR mark = 'summary.*'"""
    marks = [row["mark"] for row in question.ask(engine, sql)]
    if any(mark.endswith(".*") for mark in marks):
        return None
    return sorted(decode_segment(mark.split(".")[2]) for mark in marks if mark.count(".") == 2)


def _usage_from_leaves(
    engine: EventsEngine, question: _Question, measures: Sequence[Measure], models: Sequence[str]
) -> list[Cell]:
    values, columns = [question.bucket], ["bucket"]
    for number, model in enumerate(models):
        # Every object has its mark, also one that holds nothing.
        mark = question.parameters.text(f"summary.usage.{encode_segment(model)}")
        values.append(f"has(opaque, {mark}) AS present{number}")
        columns += [f"countIf(present{number}) AS count{number}", *question.aggregates(measures, f"u{number}_")]
        for metric in _metrics(measures):
            paths = [JsonPath("summary", ("usage", model, counter)) for counter in _COUNTERS[metric]]
            added = _added(metric, [f"toInt64OrNull({FromLeaves().text(path)})" for path in paths])
            values.append(f"if(present{number}, {added}, NULL) AS u{number}_{metric}")
    rows = f"SELECT {', '.join(values)} {question.source}"
    found = question.ask(engine, f"SELECT {', '.join(columns)} FROM ({rows}) GROUP BY bucket")
    return [
        _cell(row, measures, model, str(number), f"u{number}_")
        for row in found
        for number, model in enumerate(models)
        if row[f"count{number}"]
    ]


def _usage_from_texts(engine: EventsEngine, question: _Question, measures: Sequence[Measure]) -> list[Cell]:
    names = list(dict.fromkeys(name for counters in _COUNTERS.values() for name in counters))
    kind = f"Map(String, Tuple({', '.join(f'{name} Nullable(Int64)' for name in names)}))"
    pairs = f"SELECT {question.bucket}, arrayJoin(JSONExtract(summary, 'usage', '{kind}')) AS usage {question.source}"
    values = [
        f"{_added(metric, [f'usage.2.{counter}' for counter in _COUNTERS[metric]])} AS {metric}"
        for metric in _metrics(measures)
    ]
    rows = f"SELECT {', '.join(['bucket', 'usage.1 AS model', *values])} FROM ({pairs})"
    columns = ", ".join(["bucket", "model", "count() AS count", *question.aggregates(measures)])
    found = question.ask(engine, f"SELECT {columns} FROM ({rows}) GROUP BY bucket, model")
    return [_cell(row, measures, row["model"]) for row in found]


def _added(metric: str, counters: Sequence[str]) -> str:
    if metric in _NULL_WHEN_MISSING:
        return counters[0]
    return " + ".join(f"ifNull({counter}, 0)" for counter in counters)


def _metrics(measures: Sequence[Measure]) -> list[str]:
    return list(dict.fromkeys(measure.metric for measure in measures))


def _cell(row: dict[str, Any], measures: Sequence[Measure], model: str = "", count: str = "", prefix: str = "") -> Cell:
    values = [row[f"m{prefix}{number}"] for number in range(len(measures))]
    # The engine writes 2.0 as 2; what may be a fraction stays one.
    typed = [float(x) if x is not None and _is_real(one) else x for x, one in zip(values, measures, strict=True)]
    return Cell(row["bucket"], model, row[f"count{count}"], typed)


def _is_real(measure: Measure) -> bool:
    counts = measure.aggregation.startswith("count")
    return measure.level is not None or measure.aggregation == "avg" or (measure.metric == "latency_ms" and not counts)
