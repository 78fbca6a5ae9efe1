"""Names of fields of spans in every spelling, and how custom attributes get their type from what they stand beside."""

from __future__ import annotations

import pytest

from weft.core.errors import InvalidRequest
from weft.schemas.agent_span_stats import percentile_name
from weft.schemas.span_fields import (
    FIELD_KINDS,
    GROUPABLE,
    SORTABLE,
    CustomAttribute,
    DerivedValue,
    SpanColumn,
    SpanList,
    parse_span_field,
)
from weft.schemas.span_measures import AgentGroupByRef
from weft.storage.events.query.expressions import Compare, Constant, FieldPath, parse_query
from weft.storage.events.span_query.typed_paths import with_types
from weft.storage.events.spans import COLUMNS


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("agent_name", SpanColumn("agent_name")),
        ("agent.name", SpanColumn("agent_name")),
        ("gen_ai.agent.name", SpanColumn("agent_name")),
        ("weave.agent.name", SpanColumn("agent_name")),
        ("gen_ai.system", SpanColumn("provider_name")),
        ("gen_ai.usage.reasoning.output_tokens", SpanColumn("reasoning_tokens")),
        ("usage.cache_read.input_tokens", SpanColumn("cache_read_input_tokens")),
        ("gen_ai.request.top_p", SpanColumn("request_top_p")),
        ("weave.eval.run_id", SpanColumn("eval_run_id")),
        ("weave.parent_call.trace_id", SpanColumn("parent_call_trace_id")),
        ("weave.reasoning_content", SpanColumn("reasoning_content")),
        ("error.type", SpanColumn("error_type")),
        ("raw_span_dump", SpanColumn("raw_span_dump")),
        ("gen_ai.input.messages", SpanList("input_messages")),
        ("weave.content_refs", SpanList("content_refs")),
        ("request_stop_sequences", SpanList("request_stop_sequences")),
        ("custom_attrs_int", SpanList("custom_attrs_int")),
        ("duration_ms", DerivedValue("duration_ms")),
        ("total_tokens", DerivedValue("total_tokens")),
        ("custom_attrs_bool.agent.name", CustomAttribute("agent.name", "custom_attrs_bool")),
        ("custom_attrs_string.", CustomAttribute("", "custom_attrs_string")),
        ("team", CustomAttribute("team")),
        ("weave.ingest_sample_rate", CustomAttribute("weave.ingest_sample_rate")),
        # Columns that are ours alone are attributes to everybody else.
        ("version", CustomAttribute("version")),
        ("project_id", CustomAttribute("project_id")),
        ("", CustomAttribute("")),
    ],
)
def test_a_name_means_one_field(path: str, field: object) -> None:
    assert parse_span_field(path) == field


def test_every_named_column_exists() -> None:
    assert not set(FIELD_KINDS) - set(COLUMNS)
    assert not (GROUPABLE | SORTABLE) - set(FIELD_KINDS)


def test_groups_are_named_by_their_column_or_attribute() -> None:
    assert AgentGroupByRef(key="gen_ai.agent.name").name == "agent_name"
    assert AgentGroupByRef(source="column", key="conversation_id").name == "conversation_id"
    assert AgentGroupByRef(source="custom_attrs_int", key="agent.name").name == "agent.name"
    assert AgentGroupByRef(key="agent_name", alias="who").name == "who"


@pytest.mark.parametrize(
    ("literal", "path"),
    [
        (2, "custom_attrs_int.k"),
        (2.0, "custom_attrs_float.k"),
        ("2", "custom_attrs_string.k"),
        (False, "custom_attrs_bool.k"),
        (None, "k"),
    ],
)
def test_an_attribute_has_the_type_of_the_literal_on_either_side(literal: object, path: str) -> None:
    for pair in ([{"$getField": "k"}, {"$literal": literal}], [{"$literal": literal}, {"$getField": "k"}]):
        typed = with_types(parse_query({"$expr": {"$eq": pair}}))
        assert isinstance(typed, Compare)
        assert FieldPath(path) in (typed.left, typed.right)
        assert any(isinstance(side, Constant) for side in (typed.left, typed.right))


def test_attributes_deep_inside_are_typed_too() -> None:
    inner = {"$not": [{"$or": [{"$in": [{"$getField": "k"}, [{"$literal": True}]]}, {"$eq": [{"$literal": 1.5}] * 2}]}]}
    assert "custom_attrs_bool.k" in repr(with_types(parse_query({"$expr": {"$and": [inner]}})))


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00"])
@pytest.mark.parametrize("name", ["started_at", "ended_at"])
def test_a_time_with_an_offset_is_refused_wherever_it_stands(name: str, moment: str) -> None:
    field, literal = {"$getField": name}, {"$literal": moment}
    for operation in ({"$gt": [field, literal]}, {"$lte": [literal, field]}, {"$in": [field, [literal]]}):
        with pytest.raises(InvalidRequest, match="started_after"):
            with_types(parse_query({"$expr": operation}))


@pytest.mark.parametrize(
    ("percentile", "name"), [(50.0, "p50"), (0.0, "p0"), (99.9, "p99_9"), (1e-7, "p0_0000001"), (100.0, "p100")]
)
def test_percentiles_have_names(percentile: float, name: str) -> None:
    assert percentile_name(percentile) == name
