"""Statistics over feedback, computed by the engine: measures per bucket, totals by tag and rating, payload samples.

Which numbers a request means, and the filling of gaps, are domain/feedback_stats.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.json_text import raw_text
from weft.storage.events.query.parameters import Parameters

RATING = "_rating_"
"""The name under which a scorer gives its one rating."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST_MS = 2**53
_VISIBLE = "project_id = {project_id:String} AND deleted = 0"
# Payloads of a megabyte each are possible; so many bytes of them are looked into.
_SAMPLED_BYTES = 64 * 1024 * 1024

NUMBER = "if(isFinite(toFloat64OrNull({0})), toFloat64OrNull({0}), NULL)"
_FLAG = "multiIf({0} = 'true', 1, {0} = 'false', 0, NULL)"
# By type of value, and then by aggregation, where {0} is the text and {1} the value of a row. What is not listed has
# no meaning and is NULL.
_VALUES = {"numeric": NUMBER, "boolean": _FLAG, "categorical": "{0}"}
_NUMERIC = {"sum": "sum({1})", "avg": "avg({1})", "min": "min({1})", "max": "max({1})", "count": "count({1})"}
_AGGREGATES = {
    "numeric": _NUMERIC,
    "boolean": {**_NUMERIC, "count_true": "countIf({1} = 1)", "count_false": "countIf({1} = 0)"},
    "categorical": {"count": "count()"},
}
# The name of an object among refs; its version may be a digest or a star.
_OBJECT_ID = "extract({0}, '/(?:object|op)/([^/:]+):')"
_GROUPS = {
    "scorer_id": _OBJECT_ID.format("runnable_ref"),
    "span_agent_name": "span_agent_name",
    "span_agent_version": "span_agent_version",
    "span_status_code": "toString(span_status_code)",
}


@dataclass(frozen=True, slots=True)
class FeedbackWindow:
    """Feedback created from `start` to before `end`; with a type, of exactly that one.

    `trigger_ref` is exact, or names every version when its own is `*`.
    """

    project_id: str
    start: datetime
    end: datetime
    feedback_type: str = ""
    trigger_ref: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What to make of the values at a place in the payload: an aggregation, or the quantile of `level` (0 to 1)."""

    path: tuple[str, ...]
    value_type: str
    aggregation: str = ""
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """The measures over the rows of one bucket, which is None for the whole window; `values` stand as these do."""

    bucket: int | None
    count: int
    values: Sequence[float | None]


def is_defined(measure: Measure) -> bool:
    """Whether the measure has a meaning for its type of value; where not, it is None in every cell."""
    if measure.level is not None:
        return measure.value_type != "categorical"
    return measure.aggregation in _AGGREGATES[measure.value_type]


def measure_feedback(
    engine: EventsEngine, window: FeedbackWindow, edges: Sequence[int], measures: Sequence[Measure]
) -> list[Cell]:
    """A cell for the window, and one for every bucket with feedback. `edges` are the starts of buckets, unix seconds.

    The first edge must not be after the window's start.
    """
    parameters = Parameters()
    texts = {path: f"t{number}" for number, path in enumerate(dict.fromkeys(one.path for one in measures))}
    read = [f"{raw_text('payload', path, parameters)} AS {name}" for path, name in texts.items()]
    columns = [f"{_aggregate(one, texts[one.path])} AS m{n}" for n, one in enumerate(measures)]
    rows = f"SELECT {', '.join([f'toInt64({bucket_of(edges, parameters)}) AS bucket', *read])} FROM feedback FINAL"
    sql = f"""SELECT bucket, grouping(bucket) AS whole, count() AS n, {", ".join(columns)}
        FROM ({rows} WHERE {inside(window, parameters)}) GROUP BY GROUPING SETS ((bucket), ())"""
    found = engine.query(sql, {**parameters.values, "project_id": window.project_id})
    return [
        Cell(None if row["whole"] else row["bucket"], row["n"], [row[f"m{n}"] for n in range(len(measures))])
        for row in found
    ]


def bucket_of(edges: Sequence[int], parameters: Parameters, column: str = "created_at") -> str:
    """The SQL of the edge that a row's time is in."""
    second = f"intDiv(toUnixTimestamp64Micro({column}), 1000000)"
    if len(edges) < 2:
        return parameters.integer(edges[0]) if edges else "0"
    width = edges[1] - edges[0]
    if list(edges) != list(range(edges[0], edges[-1] + 1, width)):
        return f"roundDown({second}, {parameters.integers(edges)})"
    # Even ones may be many, and a parameter travels in a field of limited size.
    first, step = parameters.integer(edges[0]), parameters.integer(width)
    return f"{first} + intDiv({second} - {first}, {step}) * {step}"


def sample_payloads(engine: EventsEngine, window: FeedbackWindow, limit: int) -> list[str]:
    """Up to `limit` payloads as JSON text: the newest of every feedback type and trigger, then the next newest."""
    parameters = Parameters()
    ranked = f"""SELECT id, created_at, payload.size AS size,
            row_number() OVER (PARTITION BY feedback_type, trigger_ref ORDER BY created_at DESC, id) AS place
        FROM feedback FINAL WHERE {inside(window, parameters)}
        ORDER BY place, created_at DESC, id LIMIT {parameters.integer(limit)}"""
    chosen = f"""SELECT id FROM (
            SELECT id, sum(size) OVER (ORDER BY place, created_at DESC, id
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - size AS before
            FROM ({ranked})) WHERE before < {parameters.integer(_SAMPLED_BYTES)}"""
    sql = f"SELECT payload FROM feedback FINAL WHERE {_VISIBLE} AND id IN ({chosen})"
    rows = engine.query(sql, {**parameters.values, "project_id": window.project_id})
    return [row["payload"] for row in rows]


@dataclass(frozen=True, slots=True)
class FeedbackTotals:
    """Which feedback to total, from `after_ms` to before `before_ms`, in which buckets and groups.

    Types are prefixes. Ids of scorers and monitors are exact, or prefixes when they end in `*`. Empty is any.
    """

    project_id: str
    after_ms: int
    before_ms: int
    bucket_ms: int | None = None
    types: Sequence[str] = ()
    tags: Sequence[str] = ()
    rating_min: float | None = None
    rating_max: float | None = None
    monitor_ids: Sequence[str] = ()
    scorer_ids: Sequence[str] = ()
    agent_names: Sequence[str] = ()
    span_types: Sequence[str] = ()
    group_by: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """One bucket and group: rows, rows with a tag or a rating, and by tag and rating how often and how much."""

    bucket_ms: int | None
    group: dict[str, str]
    count: int
    scored: int
    tags: dict[str, int]
    rating_counts: dict[str, int]
    rating_sums: dict[str, float]


def total_feedback(engine: EventsEngine, wanted: FeedbackTotals) -> list[Total]:
    """The totals, by bucket and then by group; without either there is always exactly one."""
    parameters = Parameters()
    keys = {f"g{n}": _GROUPS[name] for n, name in enumerate(wanted.group_by)}
    if wanted.bucket_ms is not None:
        width = parameters.integer(wanted.bucket_ms)
        keys = {"bucket": f"intDiv(toUnixTimestamp64Milli(created_at), {width}) * {width}", **keys}
    named = ", ".join(keys)
    grouped = f"GROUP BY {named} ORDER BY {named}" if keys else ""
    # Given counts and sums at once, sumMap keeps a name whose ratings are all 0; given sums alone it drops it.
    sql = f"""SELECT {"".join(f"{value} AS {name}, " for name, value in keys.items())}
            count() AS n, countIf(notEmpty(scorer_tags) OR notEmpty(scorer_ratings)) AS scored,
            sumMap(scorer_tags, arrayWithConstant(length(scorer_tags), toUInt64(1))) AS tags,
            sumMap(mapKeys(scorer_ratings), arrayWithConstant(length(scorer_ratings), toUInt64(1)),
                   mapValues(scorer_ratings)) AS ratings
        FROM feedback FINAL WHERE {" AND ".join(_wanted(wanted, parameters))} {grouped}"""
    rows = engine.query(sql, {**parameters.values, "project_id": wanted.project_id})
    return [_total(row, wanted.group_by) for row in rows]


def _total(row: dict[str, Any], group_by: Sequence[str]) -> Total:
    names, counts, sums = row["ratings"]
    return Total(
        bucket_ms=row.get("bucket"),
        group={name: row[f"g{n}"] for n, name in enumerate(group_by)},
        count=row["n"],
        scored=row["scored"],
        tags=dict(zip(*row["tags"], strict=True)),
        rating_counts=dict(zip(names, counts, strict=True)),
        rating_sums=dict(zip(names, sums, strict=True)),
    )


def _wanted(wanted: FeedbackTotals, parameters: Parameters) -> list[str]:
    moment = "toUnixTimestamp64Milli(created_at)"
    conditions = [
        _VISIBLE,
        f"{moment} >= {parameters.integer(min(wanted.after_ms, _LATEST_MS))}",
        f"{moment} < {parameters.integer(min(wanted.before_ms, _LATEST_MS))}",
    ]
    if wanted.types:
        conditions.append(_any_prefix("feedback_type", [name.removesuffix("*") for name in wanted.types], parameters))
    if wanted.tags:
        conditions.append(f"hasAny(scorer_tags, {parameters.texts(wanted.tags)})")
    for sign, bound in ((">=", wanted.rating_min), ("<=", wanted.rating_max)):
        if bound is not None:
            name = parameters.text(RATING)
            held = f"mapContains(scorer_ratings, {name})"
            conditions.append(f"({held} AND scorer_ratings[{name}] {sign} {parameters.real(bound)})")
    for column, ids in (("trigger_ref", wanted.monitor_ids), ("runnable_ref", wanted.scorer_ids)):
        if ids:
            conditions.append(_any_id(_OBJECT_ID.format(column), ids, parameters))
    if wanted.agent_names:
        conditions.append(f"span_agent_name IN {parameters.texts(wanted.agent_names)}")
    if wanted.span_types:
        conditions.append(f"arrayElement(splitByChar('/', weave_ref), -2) IN {parameters.texts(wanted.span_types)}")
    return conditions


def _any_id(column: str, ids: Sequence[str], parameters: Parameters) -> str:
    exact = [name for name in ids if not name.endswith("*")]
    prefixes = [name[:-1] for name in ids if name.endswith("*")]
    parts = [f"{column} IN {parameters.texts(exact)}"] if exact else []
    if prefixes:
        # A star alone is any monitor or scorer, but some.
        parts.append(f"({column} != '' AND {_any_prefix(column, prefixes, parameters)})")
    return f"({' OR '.join(parts)})"


def _any_prefix(column: str, prefixes: Sequence[str], parameters: Parameters) -> str:
    return f"arrayExists(prefix -> startsWith({column}, prefix), {parameters.texts(prefixes)})"


def inside(window: FeedbackWindow, parameters: Parameters) -> str:
    """The SQL that is true for rows of the window."""
    conditions = [_VISIBLE]
    for sign, moment in ((">=", window.start), ("<", window.end)):
        conditions.append(
            f"toUnixTimestamp64Micro(created_at) {sign} {parameters.integer((moment - _EPOCH) // _MICROSECOND)}"
        )
    if window.feedback_type:
        conditions.append(f"feedback_type = {parameters.text(window.feedback_type)}")
    if window.trigger_ref.endswith(":*"):
        # With the colon, or the versions of another object whose name only begins alike would count too.
        conditions.append(f"startsWith(trigger_ref, {parameters.text(window.trigger_ref[:-1])})")
    elif window.trigger_ref:
        conditions.append(f"trigger_ref = {parameters.text(window.trigger_ref)}")
    return " AND ".join(conditions)


def _aggregate(measure: Measure, text: str) -> str:
    value = _VALUES[measure.value_type].format(text)
    if not is_defined(measure):
        return "NULL"
    if measure.level is None:
        return _AGGREGATES[measure.value_type][measure.aggregation].format(text, value)
    # Not as a parameter: the level belongs to the function's name. It is a number, so nothing can be injected.
    return f"quantileExactInclusive({float(measure.level)!r})({value})"
