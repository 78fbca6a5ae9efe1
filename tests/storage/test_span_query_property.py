"""What is asked of spans in SQL is answered as a naive evaluator answers it, for random questions over random spans."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.storage.query_evaluator import Mismatch
from tests.storage.span_evaluator import attributed, holds, measured, number_of
from weft.core.errors import InvalidField, InvalidRequest, TooLarge
from weft.core.ids import new_id
from weft.schemas.span_measures import AgentGroupByRef, AgentSpanGroupFilter, AgentSpanMeasureSpec
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.groups import GroupRequest, span_groups
from weft.storage.events.span_query.page import PageRequest, span_page
from weft.storage.events.span_query.prices import TokenPrice
from weft.storage.events.span_query.scope import SpanScope
from weft.storage.events.spans import EPOCH, Span, SpanStore

START = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = ("k", "a.b", "é", "it's", "{p0:String}", "weave.x")
QUIET = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
PRICES = {"m1": TokenPrice(2.0**-10, 2.0**-9, 2.0**-12, 2.0**-11), "m2": TokenPrice(1.0, 0.0, 0.0, 0.0)}
Population = tuple[EventsEngine, str, list[Span]]


def random_span(rng: random.Random, project_id: str, index: int) -> Span:
    # Traces of several hours, so that who gives an identity may lie beyond the reach.
    started_at = START + timedelta(minutes=rng.randrange(300), microseconds=rng.randrange(3))
    ended_at = started_at + timedelta(microseconds=rng.randrange(-5_000_000, 5_000_000))
    named = rng.random() < 0.4
    return Span(
        project_id,
        trace_id=f"trace-{index % 12}",
        # The same id in two traces names two spans.
        span_id=f"span-{index // 2 * 2:03}" if index % 12 < 2 else f"span-{index:03}",
        started_at=started_at,
        ended_at=ended_at if rng.random() < 0.8 else EPOCH,
        span_name=rng.choice(["", "chat m", "Chat é"]),
        operation_name=rng.choice(["chat", "invoke_agent", ""]),
        status_code=rng.choice(["UNSET", "OK", "ERROR"]),
        agent_name=rng.choice(["anna", "Bob"]) if named else "",
        agent_version=rng.choice(["", "1", "2"]),
        agent_id=rng.choice(["", "id"]),
        conversation_id=rng.choice(["", "", "c1", "c2"]),
        request_model=rng.choice(["m1", "m2", "m3", ""]),
        response_model=rng.choice(["", "", "m1"]),
        input_tokens=rng.choice([0, 5, 100, 2**40]),
        output_tokens=rng.choice([0, 7]),
        cache_read_input_tokens=rng.choice([0, 3]),
        request_temperature=rng.choice([0.0, 0.5, 1.0]),
        eval_trial_index=rng.choice([-1, -1, 0, 3]),
        wb_user_id=rng.choice(["", "5"]),
        custom_attrs_string={key: rng.choice(["", "x", "5", "é"]) for key in KEYS if rng.random() < 0.3},
        custom_attrs_int={key: rng.choice([0, 5, -(2**63)]) for key in KEYS if rng.random() < 0.3},
        custom_attrs_float={key: rng.choice([0.5, 5.0, -0.25]) for key in KEYS if rng.random() < 0.3},
        custom_attrs_bool={key: rng.random() < 0.5 for key in KEYS if rng.random() < 0.3},
    )


@pytest.fixture(scope="module")
def events_engine(embedded_events: EventsEngine) -> EventsEngine:
    """One way to reach the engine will do: how values travel over HTTP is shown by test_query_property.py."""
    return embedded_events


@pytest.fixture(scope="module")
def population(events_engine: EventsEngine) -> Population:
    rng = random.Random(11)
    project_id = new_id()
    spans = [random_span(rng, project_id, index) for index in range(70)]
    store = SpanStore(events_engine)
    # Older versions that must never be found, nor give an identity; and spans of another project.
    store.put([replace(span, agent_name="old", conversation_id="old", started_at=START) for span in spans[:30]])
    store.put([replace(span, project_id=new_id(), conversation_id="c1") for span in spans[:20]])
    store.put(spans)
    store.close()
    return events_engine, project_id, list({(span.trace_id, span.span_id): span for span in spans}.values())


names = st.one_of(
    st.sampled_from(["agent_name", "gen_ai.agent.name", "agent.name", "weave.conversation.id", "conversation_id",
                     "agent_version", "trace_id", "span_id", "span_name", "status_code", "wb_user_id"]),
    st.sampled_from(["input_tokens", "usage.input_tokens", "request_temperature", "duration_ms", "total_tokens",
                     "eval_trial_index", "started_at", "ended_at"]),
    st.sampled_from(KEYS),
    st.tuples(st.sampled_from(["string", "int", "float", "bool"]), st.sampled_from(KEYS)).map(
        lambda pair: f"custom_attrs_{pair[0]}.{pair[1]}"
    ),
)  # fmt: skip
literals = st.sampled_from(
    [None, True, False, 0, 5, 100, -(2**63), 2**70, 0.5, 5.0, "", "x", "5", "é", "É", "anna", "Bob", "c1", "trace-3",
     "ERROR", "2026-03-01T01:30:00", "2026-03-01", 1772326800, "it's", "\\N", "{p1:Int64}"]
).map(lambda value: {"$literal": value})  # fmt: skip
fields = names.map(lambda name: {"$getField": name})
operands = st.one_of(
    fields,
    fields,
    literals,
    st.tuples(fields, st.sampled_from(["double", "string", "int", "bool", "exists"])).map(
        lambda pair: {"$convert": {"input": pair[0], "to": pair[1]}}
    ),
    fields.map(lambda field: {"$size": field}),
)
comparisons = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$gt", "$lt", "$gte", "$lte"]), operands, st.one_of(literals, operands)).map(
        lambda parts: {parts[0]: [parts[1], parts[2]]}
    ),
    st.tuples(operands, st.lists(literals, max_size=3)).map(lambda parts: {"$in": list(parts)}),
    st.tuples(operands, operands, st.booleans()).map(
        lambda parts: {"$contains": {"input": parts[0], "substr": parts[1], "case_insensitive": parts[2]}}
    ),
)
expressions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"$and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"$or": parts}),
        inner.map(lambda part: {"$not": [part]}),
    ),
    max_leaves=4,
)
bounds = st.one_of(st.none(), st.integers(0, 320).map(lambda minutes: START + timedelta(minutes=minutes)))


def uses_engine_formats(node: Any) -> bool:
    """Whether the expression turns times or numbers into text or the other way round, which nobody imitates here."""
    if isinstance(node, dict):
        convert = node.get("$convert")
        if convert and ("$getField" in convert["input"]) and convert["to"] != "exists":
            name = convert["input"]["$getField"]
            if convert["to"] == "string" or name.startswith(("custom_attrs_", *KEYS)):
                return True
        return any(uses_engine_formats(item) for item in node.values())
    return isinstance(node, list) and any(uses_engine_formats(item) for item in node)


def found_keys(lines: Iterable[bytes]) -> list[tuple[str, str]]:
    return [(row["trace_id"], row["span_id"]) for row in map(orjson.loads, lines)]


@QUIET
@given(expression=expressions, after=bounds, before=bounds, limit=st.sampled_from([200, 5000, 7]))
@example({"$eq": [{"$getField": "k"}, {"$literal": None}]}, None, None, 200)
@example({"$eq": [{"$getField": "conversation_id"}, {"$literal": "c1"}]}, START + timedelta(minutes=100), None, 200)
@example({"$not": [{"$eq": [{"$getField": "k"}, {"$literal": 5}]}]}, None, None, 200)
def test_a_list_holds_what_the_evaluator_finds(
    population: Population, expression: dict[str, Any], after: datetime | None, before: datetime | None, limit: int
) -> None:
    engine, project_id, spans = population
    if uses_engine_formats(expression):
        return
    everything = attributed(spans, after, before)
    try:
        expected = [span for span in everything if holds(expression, span) is True]
        for span in spans:
            # What has no meaning is refused whatever is stored.
            holds(expression, span)
    except (Mismatch, OverflowError, ValueError):
        expected = None
    scope = SpanScope(project_id, after, before, {"$expr": expression})
    try:
        lines, total = span_page(engine, PageRequest(scope, "a/b", limit=limit))
    except (InvalidRequest, InvalidField):
        # A number that is no time is clamped by the compiler.
        assert expected is None
        return
    if expected is None:
        assert str(2**70) in json.dumps(expression) or "-9223372036854775808" in json.dumps(expression)
        return
    expected.sort(key=lambda span: (span.started_at, span.span_id, span.trace_id), reverse=True)
    assert found_keys(lines) == [(span.trace_id, span.span_id) for span in expected][:limit]
    assert total == len(expected)
    identities = {(span.trace_id, span.span_id): (span.agent_name, span.conversation_id) for span in expected}
    for row in map(orjson.loads, lines):
        assert (row["agent_name"], row["conversation_id"]) == identities[row["trace_id"], row["span_id"]]


groupings = st.lists(
    st.one_of(
        st.sampled_from(["agent_name", "conversation_id", "trace_id", "status_code", "eval_trial_index"]).map(
            lambda key: AgentGroupByRef(key=key)
        ),
        st.tuples(st.sampled_from(["string", "int", "float", "bool"]), st.sampled_from(KEYS)).map(
            lambda pair: AgentGroupByRef(source=f"custom_attrs_{pair[0]}", key=pair[1])
        ),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda ref: ref.name,
)
NUMBERS = ["input_tokens", "request_temperature", "eval_trial_index"]
values = st.one_of(
    st.tuples(st.just("field"), st.sampled_from(NUMBERS), st.just("number")),
    st.tuples(
        st.just("derived"), st.sampled_from(["duration_ms", "total_tokens", "total_cost_usd"]), st.just("number")
    ),
    st.tuples(st.just("derived"), st.sampled_from(["is_error", "is_invocation"]), st.just("boolean")),
    st.tuples(st.just("custom_attrs_float"), st.sampled_from(KEYS), st.just("number")),
    st.tuples(st.just("custom_attrs_bool"), st.sampled_from(KEYS), st.just("boolean")),
    st.tuples(st.just("custom_attrs_string"), st.sampled_from(KEYS), st.just("string")),
    st.tuples(st.just("field"), st.sampled_from(["started_at", "ended_at"]), st.just("datetime")),
)
ALLOWED = {"number": ["sum", "avg", "min", "max", "count", "count_distinct"], "string": ["count", "count_distinct"],
           "boolean": ["count", "count_distinct", "count_true", "count_false"],
           "datetime": ["min", "max", "count", "count_distinct"]}  # fmt: skip
simple_filters = st.sampled_from(
    [None, {"$eq": [{"$getField": "status_code"}, {"$literal": "OK"}]},
     {"$gt": [{"$getField": "custom_attrs_int.k"}, {"$literal": 0}]},
     {"$eq": [{"$getField": "agent.name"}, {"$literal": "anna"}]}]
)  # fmt: skip


@st.composite
def measures(draw: st.DrawFn) -> AgentSpanMeasureSpec:
    source, key, kind = draw(values)
    chosen = draw(simple_filters)
    return AgentSpanMeasureSpec.model_validate(
        {
            "alias": "m",
            "aggregation": draw(st.sampled_from(ALLOWED[kind])),
            "value": {"source": source, "key": key},
            "value_type": draw(st.sampled_from([None, kind])),
            "filter": {"$expr": chosen} if chosen else None,
        }
    )


def value_of(source: str, key: str, span: Span) -> Any:
    if source.startswith("custom_attrs_"):
        return getattr(span, source).get(key)
    if key == "is_error":
        return span.status_code == "ERROR"
    if key == "is_invocation":
        return span.operation_name == "invoke_agent"
    if key == "total_cost_usd":
        price = PRICES.get(span.response_model or span.request_model)
        sent = span.input_tokens - span.cache_read_input_tokens - span.cache_creation_input_tokens
        return None if price is None else (
            sent * price.prompt + span.output_tokens * price.completion
            + span.cache_read_input_tokens * price.cache_read
            + span.cache_creation_input_tokens * price.cache_creation
        )  # fmt: skip
    if key in ("started_at", "ended_at"):
        return None if getattr(span, key) == EPOCH else getattr(span, key)
    return number_of(key, span)


def measure_of(measure: AgentSpanMeasureSpec, spans: list[Span]) -> Any:
    chosen = [span for span in spans if measure.filter is None or holds(measure.filter.tree()["$expr"], span) is True]
    assert measure.value is not None
    return measured(measure.aggregation, [value_of(measure.value.source, measure.value.key, span) for span in chosen])


def groups_of(refs: list[AgentGroupByRef], spans: list[Span]) -> dict[tuple[Any, ...], list[Span]]:
    groups: dict[tuple[Any, ...], list[Span]] = {}
    for span in spans:
        key = tuple(
            getattr(span, ref.source).get(ref.key) if ref.source != "field"
            else number_of(ref.key, span) if ref.key == "eval_trial_index" else getattr(span, ref.key)
            for ref in refs
        )  # fmt: skip
        groups.setdefault(tuple(map(told_apart, key)), []).append(span)
    return groups


def told_apart(key: Any) -> str:
    """A text of a key: 5 and 5.0 are one, as in JSON, while 1 and True are not, as they are to Python."""
    return repr(float(key)) if isinstance(key, int | float) and not isinstance(key, bool) else repr(key)


def as_answered(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value


@QUIET
@given(refs=groupings, measure=measures(), bound=st.sampled_from([None, 0.0, 1.0, 5.0, 50.0]), other=groupings,
       after=bounds)  # fmt: skip
def test_groups_hold_what_the_evaluator_adds_up(
    population: Population,
    refs: list[AgentGroupByRef],
    measure: AgentSpanMeasureSpec,
    bound: float | None,
    other: list[AgentGroupByRef],
    after: datetime | None,
) -> None:
    engine, project_id, spans = population
    everything = attributed(spans, after, None)
    filters = []
    counted = AgentSpanMeasureSpec(alias="c", aggregation="count")
    if bound is not None:
        filters = [
            AgentSpanGroupFilter(measure=counted, min=bound),
            AgentSpanGroupFilter(group_by=other, measure=counted, max=bound + 5),
        ]
        allowed = [group for group in groups_of(other, everything).values() if len(group) <= bound + 5]
        passing = {(span.trace_id, span.span_id) for group in allowed for span in group}
        if other != refs:
            everything = [span for span in everything if (span.trace_id, span.span_id) in passing]
    expected = groups_of(refs, everything)
    if bound is not None:
        high = bound + 5 if other == refs else len(spans)
        expected = {key: group for key, group in expected.items() if bound <= len(group) <= high}
    scope = SpanScope(project_id, after, price_of=PRICES.get)
    found, total = span_groups(engine, GroupRequest(scope, refs, [measure], filters, limit=1000, costs=True))
    assert total == len(expected)
    assert {tuple(map(told_apart, group.keys)) for group in found} == set(expected)
    for group in found:
        members = expected[tuple(map(told_apart, group.keys))]
        assert group.measures["m"] == pytest.approx(as_answered(measure_of(measure, members)))
        assert group.sums["span_count"] == len(members)
        assert group.sums["total_input_tokens"] == sum(span.input_tokens for span in members)
        assert group.sums["agent_names"] == sorted({span.agent_name for span in members} - {""})
        assert group.sums["conversation_count"] == len({span.conversation_id for span in members})
        assert group.sums["first_seen"] == as_answered(min(span.started_at for span in members))
        durations = [number_of("duration_ms", span) or 0 for span in members]
        assert group.sums["total_duration_ms"] == sum(durations)
        costs = [cost for span in members if (cost := value_of("derived", "total_cost_usd", span)) is not None]
        assert group.sums["total_cost_usd"] == (pytest.approx(sum(costs)) if costs else None)


wild_names = st.text(max_size=10)
wild = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), fields, literals),
    lambda inner: st.dictionaries(
        st.sampled_from(["$and", "$or", "$not", "$eq", "$gt", "$in", "$contains", "$literal", "$getField", "$convert",
                         "$size"]),
        st.one_of(inner, st.lists(inner, max_size=3), st.fixed_dictionaries({"input": inner, "substr": inner})),
        max_size=2,
    ),
    max_leaves=8,
)  # fmt: skip


@QUIET
@given(expression=wild, name=wild_names, source=st.sampled_from(["field", "column", "custom_attrs_bool"]))
def test_no_question_fails_in_any_other_way(population: Population, expression: Any, name: str, source: Any) -> None:
    engine, project_id, _ = population
    for literal in (name, 1, 1.5, True):
        test = {"$eq": [{"$getField": name}, {"$literal": literal}]}
        scope = SpanScope(project_id, query={"$expr": {"$or": [test, expression]}})
        with suppress(InvalidRequest, InvalidField, TooLarge):
            span_page(engine, PageRequest(SpanScope(project_id, query={"$expr": test}), "a/b"))
        with suppress(InvalidRequest, InvalidField, TooLarge):
            span_page(engine, PageRequest(scope, "a/b", sort=[(name, "asc")]))
        with suppress(InvalidRequest, InvalidField, TooLarge):
            span_groups(engine, GroupRequest(scope, [AgentGroupByRef(source=source, key=name)], sort=[(name, "asc")]))
