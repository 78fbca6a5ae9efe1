"""Calls, errors, latencies and tokens of a span of time, by bucket and by model, op or user. Prices are the domain's.

Clients add the usage of a call to that of its parents. Tokens are counted once: at the calls that report usage while
none right below them does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback_stats import bucket_of
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.statement import VISIBLE
from weft.storage.events.query.values import to_microseconds

GroupBy = Literal["none", "model", "op", "user"]
TOKENS = ("input", "output", "total", "cache_read", "cache_creation")

_KEYS = {
    "none": "''",
    "op": "if(startsWith(op_name, 'weave-trace-internal:///'), extract(op_name, '/op/([^/:]+):'), op_name)",
    "user": "wb_user_id",
    "model": "substringUTF8(usage.1, 1, 200)",
}
_LATENCY = """if(ended_at >= started_at,
    (toUnixTimestamp64Micro(assumeNotNull(ended_at)) - toUnixTimestamp64Micro(started_at)) / 1000, NULL)"""
_CALL = f"id, exception.size != 0 AS failed, {_LATENCY} AS latency"
_FIGURES = """uniqExact(id) AS calls, uniqExactIf(id, failed) AS errors,
    quantilesExactInclusive(0.5, 0.95, 0.99)(latency) AS latencies"""
_COUNTERS = (
    "prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens",
    "cache_creation_input_tokens",
)  # fmt: skip
_USAGE = f"Map(String, Tuple({', '.join(f'{name} Nullable(Int64)' for name in _COUNTERS)}))"
_HAS_USAGE = "JSONLength(summary, 'usage') > 0"


@dataclass(frozen=True, slots=True)
class UsageSelection:
    """The calls that started from `start` to before `end`; `edges` are the starts of buckets in unix seconds."""

    project_id: str
    start: datetime
    end: datetime
    edges: Sequence[int]
    by: GroupBy = "none"


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Calls of a group (None is all, or what the groups named leave over) in a bucket (None is all of them)."""

    key: str | None
    bucket: int | None
    calls: int
    errors: int
    latencies: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class TokenSums:
    """The tokens of a group, None is what the groups named leave over, in a bucket, of one model."""

    key: str | None
    bucket: int
    model: str
    tokens: dict[str, int]


def largest_groups(engine: EventsEngine, selection: UsageSelection, limit: int) -> tuple[list[CallFigures], int]:
    """All calls together, then the groups with most calls; and how many groups there are."""
    question = _Question(selection)
    sql = f"""SELECT key, grouping(key) AS whole, uniqExact(key) AS keys, {_FIGURES}
        FROM ({question.calls()}) GROUP BY GROUPING SETS ((key), ())
        ORDER BY whole DESC, calls DESC, key LIMIT {question.parameters.integer(limit + 1)}"""
    rows = question.ask(engine, sql)
    # Which of the two numbers marks the whole is the engine's to say; the whole is the one with every key.
    whole = next((row for row in rows if row["whole"]), None)
    found = [_figures(row, None if row["whole"] else row["key"], None) for row in rows]
    return found, int(whole["keys"]) if whole and whole["calls"] else 0


def figures_over_time(engine: EventsEngine, selection: UsageSelection, keys: Sequence[str]) -> list[CallFigures]:
    """The groups named in every bucket, and what they leave over in every bucket and altogether."""
    question = _Question(selection)
    named = f"has({question.parameters.texts(keys)}, key)"
    rows = f"SELECT *, {named} AS known, if(known, key, '') AS shown FROM ({question.calls()})"
    sql = f"""SELECT known, shown, bucket, grouping(bucket) AS whole, {_FIGURES} FROM ({rows})
        GROUP BY GROUPING SETS ((known, shown, bucket), (known, shown))"""
    return [
        _figures(row, row["shown"] if row["known"] else None, None if row["whole"] else row["bucket"])
        for row in question.ask(engine, sql)
    ]


def tokens_over_time(engine: EventsEngine, selection: UsageSelection, keys: Sequence[str]) -> list[TokenSums]:
    """The tokens of the groups named, and of what they leave over, by bucket and model."""
    question = _Question(selection)
    named = f"has({question.parameters.texts(keys)}, key)"
    parts = {
        "input": "ifNull(usage.2.prompt_tokens, 0) + ifNull(usage.2.input_tokens, 0)",
        "output": "ifNull(usage.2.completion_tokens, 0) + ifNull(usage.2.output_tokens, 0)",
        "total": "if(ifNull(usage.2.total_tokens, 0) != 0, ifNull(usage.2.total_tokens, 0), input + output)",
        "cache_read": "ifNull(usage.2.cache_read_input_tokens, 0)",
        "cache_creation": "ifNull(usage.2.cache_creation_input_tokens, 0)",
    }
    values = ", ".join(f"{value} AS {name}" for name, value in parts.items())
    rows = f"""SELECT bucket, usage.1 AS model, {_KEYS[selection.by] if selection.by == "model" else "key"} AS key,
        {named} AS known, if(known, key, '') AS shown, {values} FROM ({question.reporters()})"""
    sums = ", ".join(f"sum({name}) AS sum_{name}" for name in TOKENS)
    sql = f"SELECT known, shown, bucket, model, {sums} FROM ({rows}) GROUP BY known, shown, bucket, model"
    return [
        TokenSums(
            row["shown"] if row["known"] else None,
            row["bucket"],
            row["model"],
            {name: int(row[f"sum_{name}"]) for name in TOKENS},
        )
        for row in question.ask(engine, sql)
    ]


class _Question:
    """What the statements about one selection share."""

    def __init__(self, selection: UsageSelection) -> None:
        self.parameters = Parameters()
        self._selection = selection
        start, end = (
            self.parameters.integer(to_microseconds(moment.isoformat())) for moment in (selection.start, selection.end)
        )
        self._since = f"{VISIBLE} AND started_at >= fromUnixTimestamp64Micro({start}, 'UTC')"
        self._where = f"{self._since} AND started_at < fromUnixTimestamp64Micro({end}, 'UTC')"
        self._bucket = f"toInt64({bucket_of(selection.edges, self.parameters, 'started_at')}) AS bucket"

    def calls(self) -> str:
        """The calls with their groups; of models those that report usage, once for each model."""
        key = _KEYS[self._selection.by]
        if self._selection.by == "model":
            return f"SELECT id, failed, latency, bucket, {key} AS key FROM ({self.reporters()})"
        return f"SELECT {_CALL}, {self._bucket}, {key} AS key FROM calls FINAL WHERE {self._where}"

    def reporters(self) -> str:
        """The calls that report usage while none right below them does, once for each model."""
        key = "''" if self._selection.by == "model" else _KEYS[self._selection.by]
        usage = f"arrayJoin(JSONExtract(summary, 'usage', '{_USAGE}')) AS usage"
        below = f"SELECT parent_id FROM calls FINAL WHERE {self._since} AND parent_id != '' AND {_HAS_USAGE}"
        return f"""SELECT {_CALL}, {self._bucket}, {key} AS key, {usage} FROM calls FINAL
            WHERE {self._where} AND {_HAS_USAGE} AND id NOT IN ({below})"""

    def ask(self, engine: EventsEngine, sql: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        return engine.query(sql, {**self.parameters.values, "project_id": self._selection.project_id})


def _figures(row: dict[str, Any], key: str | None, bucket: int | None) -> CallFigures:
    return CallFigures(key, bucket, int(row["calls"]), int(row["errors"]), row["latencies"])
