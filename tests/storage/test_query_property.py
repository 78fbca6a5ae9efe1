"""The compiled query language answers as a naive evaluator does, for random expressions over random calls."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.storage.query_evaluator import Mismatch, holds
from weft.core import jsontext
from weft.core.errors import InvalidField, InvalidRequest, TooLarge
from weft.core.ids import new_id
from weft.storage.events.call_changes import Call, PutCall
from weft.storage.events.call_queries import CallQueries, CallSelection
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine

KEYS = ("a", "b", "a.b", "0", "é", 'q"uote', "back`tick", "", "weave", "%41", "A b", "leaves")
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, 1, 5, -7, 255, 256, 2**40, 0.5, 5.0, 5.5, 1e3, -0.25, 1e21, 2.5e15, 1e-7, "", "5", "5.5",
    "1e3", "true", "false", "null", "abc", "ABC", "héllo", "日本", "tab\there", "new\nline", "nul\x00", "x" * 300,
    "it's",    "\\N", "{p0:String}", "+5", "05", "-", "a\\b",
)  # fmt: skip
START = datetime(2026, 3, 1, tzinfo=UTC)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def random_value(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if depth and kind < 0.3:
        return {rng.choice(KEYS): random_value(rng, depth - 1) for _ in range(rng.randrange(4))}
    if depth and kind < 0.45:
        # Floats inside containers are printed by the engine in its own way; that is not what is tested here.
        return [rng.choice(["x", 1, True, None, "é"]) for _ in range(rng.randrange(3))]
    return rng.choice(SCALARS)


def random_call(rng: random.Random, project_id: str, index: int) -> Call:
    ended = rng.random() < 0.7
    started_at = START + timedelta(microseconds=index * 1_000_777)
    return Call(
        project_id=project_id,
        id=f"call-{index:03}",
        trace_id=f"trace-{index // 3}",
        parent_id=rng.choice(["", "call-000"]),
        op_name=rng.choice(["op", "5", "weave-trace-internal:///p/op/named:v1"]),
        display_name=rng.choice(["", "shown"]),
        started_at=started_at,
        ended_at=started_at + timedelta(microseconds=rng.randrange(5_000_000)) if ended else None,
        exception=rng.choice(["", "", "broke"]),
        wb_run_step=rng.choice([None, 0, 5, 2**63 + 1]),
        input_refs=["weave-trace-internal:///p/object/o:v"] * rng.randrange(3),
        inputs=jsontext.dumps({key: random_value(rng, 2) for key in rng.sample(KEYS, 7)}),
        output=jsontext.dumps(random_value(rng, 2)),
        summary=jsontext.dumps({"status_counts": {"error": rng.choice([0, 0, 2])}} if rng.random() < 0.5 else {}),
    )


@pytest.fixture(scope="module")
def population(events_engine: EventsEngine) -> tuple[CallQueries, str, list[Call]]:
    rng = random.Random(7)
    project_id = new_id()
    calls = [random_call(rng, project_id, index) for index in range(60)]
    store = CallStore(events_engine)
    # Older versions that must never be found.
    store.apply([PutCall(replace(random_call(rng, project_id, index), display_name="")) for index in range(30)])
    store.apply([PutCall(call) for call in calls])
    store.close()
    return CallQueries(events_engine), project_id, calls


def escaped(key: str) -> str:
    return key.replace(".", "\\.")


paths = st.one_of(
    st.sampled_from(KEYS).map(lambda key: f"inputs.{escaped(key)}"),
    st.tuples(st.sampled_from(KEYS), st.sampled_from([*KEYS, "1"])).map(
        lambda keys: f"inputs.{escaped(keys[0])}.{escaped(keys[1])}"
    ),
    st.sampled_from(["output", "output.a", "output.0", "output.é.a", "attributes", "summary.status_counts.error"]),
)
columns = st.sampled_from(
    ["id", "parent_id", "op_name", "display_name", "exception", "started_at", "ended_at", "wb_run_step", "input_refs",
     "summary.weave.status", "summary.weave.latency_ms"]
)  # fmt: skip
literals = st.one_of(
    st.sampled_from([item for item in SCALARS if item != 1e21]),
    st.sampled_from(["op", "shown", "running", "call-003", "2026-03-01T00:00:10Z", "2026-03-01", 1772323210, 10**30]),
).map(lambda value: {"$literal": value})
fields = st.one_of(paths, paths, columns).map(lambda path: {"$getField": path})
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
    st.tuples(operands, st.lists(literals, max_size=4)).map(lambda parts: {"$in": list(parts)}),
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
    max_leaves=5,
)


def uses_engine_formats(node: Any) -> bool:
    """Whether the expression turns times or numbers into text, which the evaluator does not imitate."""
    if isinstance(node, dict):
        convert = node.get("$convert")
        if convert and convert["to"] == "string" and convert["input"].get("$getField") in (
            "started_at", "ended_at", "wb_run_step", "summary.weave.latency_ms",
        ):  # fmt: skip
            return True
        return any(uses_engine_formats(item) for item in node.values())
    return isinstance(node, list) and any(uses_engine_formats(item) for item in node)


@QUIET
@given(expression=expressions)
@example(expression={"$eq": [{"$getField": "inputs.0"}, {"$literal": "5"}]})
@example(expression={"$not": [{"$eq": [{"$getField": "inputs.a"}, {"$literal": 5}]}]})
@example(expression={"$not": [{"$eq": [{"$getField": "inputs.a"}, {"$literal": 10**30}]}]})
@example(expression={"$in": [{"$getField": "inputs.a"}, [{"$literal": 10**30}, {"$literal": 5}]]})
def test_the_engine_and_the_evaluator_agree(
    population: tuple[CallQueries, str, list[Call]], expression: dict[str, Any]
) -> None:
    queries, project_id, calls = population
    if uses_engine_formats(expression):
        return
    selection = CallSelection(project_id, query={"$expr": expression})
    try:
        expected = [call.id for call in calls if holds(expression, call) is True]
    except (Mismatch, OverflowError, ValueError):
        expected = None
    try:
        found: list[str] | None = queries.ids(selection)
    except (InvalidRequest, InvalidField):
        found = None
    if expected is None or found is None:
        # Moments beyond the calendar are an error to Python and clamped by the compiler.
        assert found is None or "10000000000000000000" in json.dumps(expression) or str(2**40) in json.dumps(expression)
        return
    assert found == expected
    assert queries.count(selection) == len(expected)


floats = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)
wild = st.recursive(
    st.one_of(
        json_values,
        st.sampled_from([{"$getField": "inputs.a"}, {"$literal": 1}, {"$getField": "feedback.[x].payload.y"}]),
    ),
    lambda inner: st.dictionaries(
        st.sampled_from(
            [
                "$and",
                "$or",
                "$not",
                "$eq",
                "$gt",
                "$in",
                "$contains",
                "$literal",
                "$getField",
                "$convert",
                "$size",
                "eq_",
            ]
        ),
        st.one_of(inner, st.lists(inner, max_size=3), st.fixed_dictionaries({"input": inner, "substr": inner})),
        max_size=2,
    ),
    max_leaves=10,
)


@QUIET
@given(expression=wild, field=st.text(max_size=12))
def test_no_query_fails_in_any_other_way(
    population: tuple[CallQueries, str, list[Call]], expression: Any, field: str
) -> None:
    queries, project_id, _ = population
    path_test = {"$eq": [{"$getField": f"inputs.{field}"}, {"$literal": field}]}
    for query in ({"$expr": expression}, {"$expr": path_test}, {"$expr": {"$or": [path_test, expression]}}):
        for sort in (None, [(f"output.{field}", "desc")]):
            with suppress(InvalidRequest, InvalidField, TooLarge):
                queries.ids(CallSelection(project_id, query=query, sort=sort))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    payload=st.dictionaries(
        st.text(max_size=6),
        st.one_of(
            st.text(max_size=300), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False)
        ),
        max_size=5,
    )
)
def test_every_stored_key_and_text_can_be_found_again(events_engine: EventsEngine, payload: dict[str, Any]) -> None:
    project_id = new_id()
    store = CallStore(events_engine)
    store.apply([PutCall(Call(project_id=project_id, id="c", inputs=jsontext.dumps(payload), started_at=START))])
    store.close()
    for key, value in payload.items():
        is_index = key.isascii() and key.removeprefix("-").isdigit()
        if is_index or key.endswith("\\") or "\\." in key or value in ("", "null"):
            continue
        if isinstance(value, str):
            test = {"$eq": [{"$getField": f"inputs.{escaped(key)}"}, {"$literal": value}]}
        else:
            test = {"$gte": [{"$getField": f"inputs.{escaped(key)}"}, {"$literal": float(value) - abs(value) * 1e-9}]}
        assert CallQueries(events_engine).ids(CallSelection(project_id, query={"$expr": test})) == ["c"], (key, value)
