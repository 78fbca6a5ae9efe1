"""Aggregates over calls: random calls against a plain sum, and the ways a summary can be read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.core.ids import new_id
from weft.storage.events.call_changes import Call, DeleteCall, PutCall
from weft.storage.events.call_stats import Aggregation, Cell, Measure, StatsSelection, call_cells, usage_cells
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine
from weft.storage.events.leaves import decode_segment, encode_segment
from weft.storage.events.query.filters import CallFilter

START = datetime(2026, 3, 1, tzinfo=UTC)
MODELS = ("m", "", "a.b", "é 日本", "%41", "back`tick", "*", 'q"uote', "usage", "gpt-4o-2024-05-13", "x" * 300)
COUNTERS = (
    "prompt_tokens",
    "input_tokens",
    "completion_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
WIDE = {f"key {number}": number for number in range(300)}
AGGREGATIONS: tuple[Aggregation, ...] = ("sum", "avg", "min", "max", "count", "count_true", "count_false")
QUIET = settings(max_examples=24, deadline=None, suppress_health_check=list(HealthCheck))

Row = dict[tuple[int, str], list[dict[str, int | float | None]]]


class World:
    """One project with a writer, and questions about it."""

    def __init__(self, engine: EventsEngine) -> None:
        self.engine = engine
        self.calls = CallStore(engine)
        self.renew()

    def renew(self) -> None:
        self.project_id = new_id()

    def put(self, number: int, summary: dict[str, Any] | None = None, **columns: Any) -> Call:
        call = self.call(number, summary, **columns)
        self.calls.apply([PutCall(call)])
        return call

    def call(self, number: int, summary: dict[str, Any] | None = None, **columns: Any) -> Call:
        columns["inputs"] = json.dumps(columns.get("inputs", {}))
        started_at = columns.pop("started_at", START + timedelta(seconds=number))
        columns.setdefault("trace_id", f"trace-{number}")
        text = json.dumps(summary or {}, ensure_ascii=False)
        return Call(self.project_id, f"call-{number}", op_name="op", started_at=started_at, summary=text, **columns)

    def selection(self, granularity: int = 60, seconds: int = 3600, **filters: Any) -> StatsSelection:
        end = START + timedelta(seconds=seconds)
        return StatsSelection(self.project_id, START, end, granularity, CallFilter(**filters))

    def usage(self, *measures: Measure, **selection: Any) -> dict[tuple[int, str], Cell]:
        cells = usage_cells(self.engine, self.selection(**selection), measures)
        return {(cell.bucket, cell.model): cell for cell in cells}

    def of_calls(self, *measures: Measure, **selection: Any) -> dict[int, Cell]:
        return {cell.bucket: cell for cell in call_cells(self.engine, self.selection(**selection), measures)}


@pytest.fixture(scope="module")
def world(events_engine: EventsEngine) -> Iterator[World]:
    built = World(events_engine)
    yield built
    built.calls.close()


@pytest.fixture(autouse=True)
def _fresh_project(world: World) -> None:
    world.renew()


def unix(moment: datetime, granularity: int = 60) -> int:
    return int(moment.timestamp()) // granularity * granularity


def number_of(counts: dict[str, Any], *names: str) -> int:
    return sum(counts.get(name) or 0 for name in names)


def values_of(counts: dict[str, Any]) -> dict[str, int | float | None]:
    return {
        "input_tokens": number_of(counts, "prompt_tokens", "input_tokens"),
        "output_tokens": number_of(counts, "completion_tokens", "output_tokens"),
        "total_tokens": counts.get("total_tokens"),
        "cache_read_input_tokens": number_of(counts, "cache_read_input_tokens"),
        "cache_creation_input_tokens": number_of(counts, "cache_creation_input_tokens"),
    }


def aggregated(measure: Measure, rows: list[dict[str, int | float | None]]) -> int | float | None:
    values = sorted(value for row in rows if (value := row[measure.metric]) is not None)
    counts = {"count": len(values), "count_true": sum(v != 0 for v in values), "count_false": values.count(0)}
    if measure.level is None and measure.aggregation in counts:
        return counts[measure.aggregation]
    if not values:
        return None
    if measure.level is not None:
        place = measure.level * (len(values) - 1)
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (values[high] - values[low]) * (place - low)
    return {"sum": sum(values), "avg": sum(values) / len(values), "min": values[0], "max": values[-1]}[
        measure.aggregation
    ]


def random_usage(rng: random.Random, models: tuple[str, ...], wide: float) -> dict[str, Any]:
    usage: dict[str, Any] = {}
    for model in rng.sample(models, rng.randrange(min(4, len(models)))):
        counted = rng.sample(COUNTERS, rng.randrange(len(COUNTERS)))
        usage[model] = {name: rng.choice([None, 0, 1, 7, 10**6, 2**40]) for name in counted}
        if rng.random() < wide:
            usage[model] |= WIDE
    return usage


def random_summary(rng: random.Random, usage: dict[str, Any], wide: float) -> dict[str, Any]:
    summary: dict[str, Any] = {"usage": usage, "status_counts": {"success": 1}, "usage.m": {"input_tokens": 999}}
    if rng.random() < wide:
        summary = {**summary, **WIDE}
    if rng.random() < 0.1:
        del summary["usage"]
    return summary


@QUIET
@given(seed=st.integers(0, 2**32), models=st.sampled_from([MODELS, MODELS[:1], MODELS[1:4], MODELS[4:8]]))
def test_usage_is_what_adding_up_every_summary_gives(world: World, seed: int, models: tuple[str, ...]) -> None:
    world.renew()
    rng = random.Random(seed)
    wide = rng.choice([0.0, 0.1])
    calls: list[Call] = []
    expected: Row = {}
    for number in range(0, 300, 10):
        usage = random_usage(rng, models, wide)
        summary = random_summary(rng, usage, wide)
        call = world.call(number, summary, inputs=WIDE if rng.random() < wide else {"a": "b"})
        calls.append(call)
        for model, counts in usage.items() if "usage" in summary else ():
            expected.setdefault((unix(call.started_at), model), []).append(values_of(counts))
    world.calls.apply([PutCall(call) for call in calls])
    measures = [Measure(metric, aggregation) for metric in values_of({}) for aggregation in AGGREGATIONS]
    measures += [Measure(metric, level=level) for metric in values_of({}) for level in (0.0, 0.5, 0.999, 1.0)]
    found = world.usage(*measures)
    assert {key: cell.count for key, cell in found.items()} == {key: len(rows) for key, rows in expected.items()}
    for key, rows in expected.items():
        for measure, value in zip(measures, found[key].values, strict=True):
            wanted = aggregated(measure, rows)
            assert value == (wanted if wanted is None else pytest.approx(wanted)), (key, measure)


@given(st.text())
def test_a_path_segment_reads_back_as_its_key(key: str) -> None:
    assert decode_segment(encode_segment(key)) == key


def test_no_usage_is_no_cell(world: World) -> None:
    world.put(1)
    world.put(2, {"usage": {}})
    assert world.usage(Measure("input_tokens")) == {}
    assert world.usage() == {}


def test_a_model_without_counters_is_counted(world: World) -> None:
    world.put(1, {"usage": {"m": {}}})
    (cell,) = world.usage(Measure("input_tokens"), Measure("total_tokens")).values()
    assert (cell.model, cell.count, cell.values) == ("m", 1, [0, None])


def test_only_newest_versions_of_visible_calls_count(world: World) -> None:
    old = world.put(1, {"usage": {"old": {"input_tokens": 5}}}, inputs=WIDE)
    deleted = world.put(2, {"usage": {"m": {"input_tokens": 100}}}, inputs=WIDE)
    world.put(1, {"usage": {"m": {"input_tokens": 7}}})
    world.calls.apply([DeleteCall(world.project_id, deleted.id)])
    assert old.id == "call-1"
    assert {key[1]: cell.values for key, cell in world.usage(Measure("input_tokens")).items()} == {"m": [7]}
    assert {cell.count for cell in world.of_calls().values()} == {1}


def test_buckets_are_counted_from_1970_and_bounds_are_exact(world: World) -> None:
    inside = [START, START + timedelta(seconds=3599, microseconds=999_999)]
    outside = [START - timedelta(microseconds=1), START + timedelta(seconds=3600)]
    for number, moment in enumerate([*inside, *outside]):
        world.put(number, {"usage": {"m": {"input_tokens": 1}}}, started_at=moment)
    for granularity in (7, 60, 3600, 86_400 * 7):
        buckets = {unix(moment, granularity) for moment in inside}
        assert set(world.of_calls(granularity=granularity)) == buckets
        assert {bucket for bucket, _ in world.usage(granularity=granularity)} == buckets


def test_calls_before_1970_have_buckets_too(world: World) -> None:
    early = datetime(1969, 12, 31, 23, 59, 30, 500_000, tzinfo=UTC)
    world.put(1, started_at=early)
    selection = StatsSelection(world.project_id, early - timedelta(hours=1), early + timedelta(hours=1), 60)
    assert [cell.bucket for cell in call_cells(world.engine, selection, [])] == [-60]


def test_latency_is_of_ended_calls_and_never_negative(world: World) -> None:
    for number, ended in enumerate((1.5, 2.5, None, -3)):
        started_at = START + timedelta(seconds=number)
        ended_at = None if ended is None else started_at + timedelta(seconds=ended)
        world.put(number, ended_at=ended_at, exception="broke" if number == 1 else "")
    latency = [Measure("latency_ms", aggregation) for aggregation in ("sum", "avg", "min", "max", "count")]
    (cell,) = world.of_calls(*latency, Measure("latency_ms", level=0.25)).values()
    assert cell.values == [4000.0, 2000.0, 1500.0, 2500.0, 2, 1750.0]
    assert cell.count == 4
    errors = [Measure("error_count", aggregation) for aggregation in ("sum", "avg", "count_true", "count_false")]
    (cell,) = world.of_calls(*errors, Measure("call_count"), Measure("call_count", "max")).values()
    assert cell.values == [1, 0.25, 1, 3, 4, 1]


def test_nothing_ended_has_no_latency(world: World) -> None:
    world.put(1)
    (cell,) = world.of_calls(
        Measure("latency_ms"), Measure("latency_ms", level=0.5), Measure("latency_ms", "count")
    ).values()
    assert cell.values == [None, None, 0]


def test_usage_of_roots_includes_spans_of_opentelemetry(world: World) -> None:
    usage = {"usage": {"m": {"input_tokens": 1}}}
    world.put(1, usage)
    world.put(2, usage, parent_id="call-1")
    world.put(3, usage, parent_id="call-1", otel_dump='{"name":"chat"}')
    (cell,) = world.usage(Measure("input_tokens"), trace_roots_only=True).values()
    assert cell.values == [2]
    assert [cell.count for cell in world.of_calls(trace_roots_only=True).values()] == [1]
    assert [cell.count for cell in world.usage(call_ids=["call-2"]).values()] == [1]
