"""Which questions about agents' spans are refused: 422 for a body that contradicts itself, 400 for what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_spans import Agents, compare
from weft.core.ids import new_id

COUNT = {"alias": "n", "aggregation": "count"}
BY_AGENT = [{"key": "agent_name"}]
TOKENS = {"key": "input_tokens"}
ATTRIBUTE = {"source": "custom_attrs_int", "key": "n"}
NUMBER = {"alias": "m", "value_type": "number", "value": TOKENS}
INSIGHT = {"field": "intent_category", "values": ["x"]}
DISTRIBUTION = {"alias": "d", "value": ATTRIBUTE}
RANGE = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}
LONG = {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:01Z"}
DERIVED = {"source": "derived", "key": "is_error"}
BEGAN = {"alias": "b", "aggregation": "min", "value": {"key": "started_at"}}


@pytest.fixture(scope="module")
def agents(app_client: TestClient) -> Agents:
    agents = Agents(app_client, f"tests/p-{new_id()}")
    agents.span(agent_name="anna", custom_attrs_int={"n": 1})
    return agents


def measure(**fields: Any) -> dict[str, Any]:
    return {"group_by": BY_AGENT, "measures": [{"alias": "m", **fields}]}


def filtered(**fields: Any) -> dict[str, Any]:
    return {"group_by": BY_AGENT, "group_filters": [{"measure": COUNT, **fields}]}


def insight(**fields: Any) -> dict[str, Any]:
    return {"group_by": BY_AGENT, "insight_filters": [{**INSIGHT, **fields}]}


CONTRADICTIONS = {
    "measures without groups": {"measures": [COUNT]},
    "measures of no groups": {"group_by": [], "measures": [COUNT]},
    "filters without groups": {"group_filters": [{"measure": COUNT, "min": 1}]},
    "distributions without groups": {"group_distributions": [DISTRIBUTION]},
    "signals without groups": {"signal_filters": {"tags": ["x"]}},
    "insights without groups": {"insight_filters": [INSIGHT]},
    "distributions of two keys": {"group_by": [*BY_AGENT, {"key": "trace_id"}], "group_distributions": [DISTRIBUTION]},
    "too many distributions": {
        "group_by": BY_AGENT, "group_distributions": [{**DISTRIBUTION, "alias": f"d{index}"} for index in range(21)],
    },
    "a distribution of a column": {"group_by": BY_AGENT, "group_distributions": [{"alias": "d", "value": TOKENS}]},
    "too many bins": {"group_by": BY_AGENT, "group_distributions": [{**DISTRIBUTION, "bins": 51}]},
    "too many values": {"group_by": BY_AGENT, "group_distributions": [{**DISTRIBUTION, "top_n": 21}]},
    "distributions of one name": {"group_by": BY_AGENT, "group_distributions": [DISTRIBUTION, DISTRIBUTION]},
    "columns of groups": {"group_by": BY_AGENT, "custom_attr_columns": [ATTRIBUTE]},
    "details of groups": {"group_by": BY_AGENT, "include_details": True},
    "a column that is no attribute": {"custom_attr_columns": [TOKENS]},
    "a column that is derived": {"custom_attr_columns": [DERIVED]},
    "an alias that begins with a digit": measure(alias="1a", aggregation="count"),
    "an alias with a newline": measure(alias="a\n", aggregation="count"),
    "measures of one name": {"group_by": BY_AGENT, "measures": [COUNT, COUNT]},
    "groups of one name": {"group_by": [*BY_AGENT, {"key": "gen_ai.agent.name"}]},
    "a measure named as a group": measure(alias="agent_name", aggregation="count"),
    "a measure named as a group's column": {
        "group_by": [{"key": "agent.name"}], "measures": [{**COUNT, "alias": "agent_name"}],
    },
    "a measure named as a sum": measure(alias="span_count", aggregation="count"),
    "a measure named as a cost": measure(alias="total_cost_usd", aggregation="count"),
    "a sum of nothing": measure(aggregation="sum"),
    "a sum of texts": measure(aggregation="sum", value={"key": "agent_name"}, value_type="string"),
    "an unknown aggregation": measure(aggregation="median", value=TOKENS),
    "an unknown derived value": measure(aggregation="count", value={"source": "derived", "key": "cost"}),
    "a derived value of another type": measure(aggregation="min", value=DERIVED, value_type="number"),
    "an unknown source": {"group_by": [{"source": "derived", "key": "is_error"}]},
    "a filter without bounds": filtered(),
    "a filter upside down": filtered(min=5, max=3),
    "a filter between a number and a time": filtered(min=5, max="2026-01-01T00:00:00Z"),
    "a filter with an endless bound": filtered(min="Infinity"),
    "a filter with a bound beyond all": filtered(min=10**400),
    "an unknown comparison of ratings": {
        "group_by": BY_AGENT, "signal_filters": {"ratings": [{"scorer_key": "a", "op": "ne", "value": 1}]},
    },
    "no insights": insight(values=[]),
    "too many insights": insight(values=["x"] * 1001),
    "an unknown sentiment": insight(field="intent_sentiment", values=["neutral", "happy"]),
    "an unknown severity": insight(field="failure_severity", values=["grave"]),
    "a topic that is no UUID": insight(field="failure_topic_id", values=["x"]),
    "an insight with something else": insight(extra=1),
    "an unknown insight": insight(field="mood"),
    "an unknown direction": {"sort_by": [{"field": "started_at", "direction": "up"}]},
    "a negative limit": {"limit": -1},
    "too high a limit": {"limit": 10_001},
    "a negative offset": {"offset": -1},
    "an offset beyond all": {"offset": 10**30},
    "a time that is none": {"started_after": "yesterday"},
    "a time beyond the calendar": {"started_before": "9999-12-31T23:59:59-05:00"},
    "a $not of nothing": {"query": {"$expr": {"$not": []}}},
    "a query of two": {"query": {"$expr": {"$eq": [{"$literal": 1}, {"$literal": 1}]}, "more": 1}},
}  # fmt: skip


@pytest.mark.parametrize("body", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_list_that_contradicts_itself_is_422(agents: Agents, body: dict[str, Any]) -> None:
    status, answer = agents.post("query", **body)
    assert status == 422, answer
    assert answer["detail"]


IMPOSSIBLE = {
    "groups by an unknown field": {"group_by": [{"key": "nowhere"}]},
    "groups by a number": {"group_by": [{"key": "input_tokens"}]},
    "groups by a time": {"group_by": [{"source": "column", "key": "started_at"}]},
    "groups by a list": {"group_by": [{"key": "finish_reasons"}]},
    "a sort by an unknown field": {"sort_by": [{"field": "nowhere"}]},
    "a sort by a heavy field": {"sort_by": [{"field": "raw_span_dump"}]},
    "a sort by what is derived": {"sort_by": [{"field": "duration_ms"}]},
    "a sort by a cost that is not asked for": {"sort_by": [{"field": "total_cost_usd"}]},
    "a sort by an attribute that is not shown": {"sort_by": [{"field": "custom_attrs_int.n"}]},
    "a sort of an empty page": {"sort_by": [{"field": "nowhere"}], "limit": 0},
    "groups sorted by an unknown field": {"group_by": BY_AGENT, "sort_by": [{"field": "nowhere"}]},
    "groups sorted by a field of spans": {"group_by": BY_AGENT, "sort_by": [{"field": "started_at"}]},
    "groups sorted by a list": {"group_by": BY_AGENT, "sort_by": [{"field": "agent_names"}]},
    "groups sorted by a cost": {"group_by": BY_AGENT, "sort_by": [{"field": "total_cost_usd"}]},
    "a measure of an unknown field": measure(aggregation="sum", value={"key": "nowhere"}),
    "a measure of a list": measure(aggregation="count", value={"key": "content_refs"}),
    "a sum of a text": measure(aggregation="sum", value={"key": "agent_name"}),
    "a sum of a text that claims to be a number": measure(
        aggregation="sum", value={"source": "custom_attrs_string", "key": "x"}, value_type="number"
    ),
    "a count of trues of numbers": measure(aggregation="count_true", value=TOKENS),
    "a number bounded by a time": filtered(min="2026-01-01T00:00:00Z"),
    "a time bounded by a number": {"group_by": BY_AGENT, "group_filters": [{"measure": BEGAN, "min": 1}]},
    "a query of messages": {"query": compare("input_messages", "$eq", "x")},
    "a query of gen_ai messages": {"query": compare("gen_ai.output.messages", "$eq", None)},
    "a query of a list": {"query": compare("finish_reasons", "$eq", "stop")},
    "a query of tool definitions": {"query": compare("gen_ai.tool.definitions", "$eq", "x")},
    "a query of a whole map": {"query": compare("custom_attrs_string", "$eq", "x")},
    "an $and of nothing": {"query": {"$expr": {"$and": []}}},
    "an $or of nothing": {"query": {"$expr": {"$or": []}}},
    "an $in of nothing": {"query": {"$expr": {"$in": [{"$getField": "agent_name"}, []]}}},
    "an $in of several types": {
        "query": {"$expr": {"$in": [{"$getField": "agent_name"}, [{"$literal": "x"}, {"$literal": 1}]]}},
    },
    "an $in with null": {"query": {"$expr": {"$in": [{"$getField": "agent_name"}, [{"$literal": None}]]}}},
    "more than null": {"query": compare("agent_name", "$gt", None)},
    "what contains null": {
        "query": {"$expr": {"$contains": {"input": {"$getField": "x"}, "substr": {"$literal": None}}}},
    },
    "a text that is a number": {"query": compare("agent_name", "$eq", 3)},
    "a number that is no number": {"query": compare("input_tokens", "$eq", "many")},
    "a time with an offset": {"query": compare("started_at", "$gte", "2026-02-01T00:00:00Z")},
    "a measure filtered by what cannot be": measure(aggregation="count", filter=compare("agent_name", "$eq", 3)),
}  # fmt: skip


@pytest.mark.parametrize("body", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_asked_is_400(agents: Agents, body: dict[str, Any]) -> None:
    status, answer = agents.post("query", **body)
    assert status == 400, answer
    assert answer["reason"]


def metric(**fields: Any) -> dict[str, Any]:
    return {**RANGE, "metrics": [{**NUMBER, **fields}]}


def numbered(**spec: Any) -> dict[str, Any]:
    return {**RANGE, "bucket_by": {"type": "number", **spec}}


STATS_CONTRADICTIONS = {
    "no start": {"metrics": [NUMBER]},
    "no metrics": RANGE,
    "metrics of one name": {**RANGE, "metrics": [NUMBER, NUMBER]},
    "columns of one name": {
        **RANGE, "metrics": [{**NUMBER, "aggregations": ["count_distinct"]},
                             {**NUMBER, "alias": "distinct_m", "aggregations": ["count"]}],
    },
    "a group named as a column": {**metric(), "group_by": [{"key": "agent_name", "alias": "sum_m"}]},
    "a group named as the time": {**metric(), "group_by": [{"key": "agent_name", "alias": "timestamp"}]},
    "groups of one name": {**metric(), "group_by": [*BY_AGENT, *BY_AGENT]},
    "an alias with a dot": metric(alias="a.b"),
    "a count of trues of numbers": metric(aggregations=["count_true"]),
    "an aggregation twice": metric(aggregations=["sum", "sum"]),
    "a percentile twice": metric(percentiles=[50, 50.0]),
    "a percentile above all": metric(percentiles=[100.5]),
    "a percentile below all": metric(percentiles=[-1]),
    "a percentile that is no number": metric(percentiles=["NaN"]),
    "a percentile of texts": metric(value_type="string", value={"key": "agent_name"}, percentiles=[50]),
    "a sum of texts": metric(value_type="string", value={"key": "agent_name"}, aggregations=["sum"]),
    "a derived value of another type": metric(value=DERIVED),
    "a width of nothing": {**metric(), "granularity": 0},
    "a negative width": {**metric(), "granularity": -60},
    "a width beyond all": {**metric(), "granularity": 10**30},
    "an unknown zone": {**metric(), "timezone": "Nowhere/Land"},
    "a zone that is a path": {**metric(), "timezone": "../../etc/passwd"},
    "no groups": {**metric(), "group_limit": 0},
    "too many groups": {**metric(), "group_limit": 1001},
    "an end before the start": {**metric(), "start": RANGE["end"], "end": RANGE["start"]},
    "a start before all": {**metric(), "start": "0001-01-01T00:00:00Z"},
    "groups of more than 31 days": {**metric(), **LONG, "group_by": BY_AGENT},
    "groups until now": {**metric(), "start": "2020-01-01T00:00:00Z", "end": None, "group_by": BY_AGENT},
    "filters of more than 31 days": {**metric(), **LONG, "group_filters": [{"measure": COUNT, "min": 1}]},
    "insights of more than 31 days": {**metric(), **LONG, "insight_filters": [INSIGHT]},
    "numbers of more than 31 days": {**numbered(value=TOKENS), **LONG},
    "filters of groups": {**metric(), "group_by": BY_AGENT, "group_filters": [{"measure": COUNT, "min": 1}]},
    "buckets of an unknown kind": {**metric(), "bucket_by": {"type": "text"}},
    "buckets of no kind": {**metric(), "bucket_by": {}},
    "bins of nothing": numbered(),
    "bins of two things": numbered(value=TOKENS, group_by=BY_AGENT, measure=COUNT),
    "bins of a value of groups": numbered(value=TOKENS, group_by=BY_AGENT),
    "bins of groups without a measure": numbered(group_by=BY_AGENT),
    "bins of a measure without groups": numbered(measure=COUNT),
    "bins of groups with metrics": {**metric(), **numbered(group_by=BY_AGENT, measure=COUNT)},
    "bins of a time of groups": numbered(group_by=BY_AGENT, measure={**BEGAN, "value_type": "datetime"}),
    "bins and groups": {**numbered(value=TOKENS), "group_by": BY_AGENT},
    "bins of texts": numbered(value={"source": "custom_attrs_string", "key": "x"}),
    "bins of booleans": numbered(value=DERIVED),
    "no bins": numbered(value=TOKENS, bins=0),
    "too many bins": numbered(value=TOKENS, bins=201),
    "bins upside down": numbered(value=TOKENS, min=5, max=4),
    "bins without an end": numbered(value=TOKENS, max="Infinity"),
    "bins under a bad name": numbered(value=TOKENS, alias="1x"),
}  # fmt: skip


@pytest.mark.parametrize("body", STATS_CONTRADICTIONS.values(), ids=STATS_CONTRADICTIONS.keys())
def test_statistics_that_contradict_themselves_are_422(agents: Agents, body: dict[str, Any]) -> None:
    status, answer = agents.post("stats", **body)
    assert status == 422, answer


def test_only_what_is_grouped_is_bound_to_31_days(agents: Agents) -> None:
    assert agents.post("stats", **{**metric(), **LONG})[0] == 200
    assert agents.post("stats", **{**metric(), **LONG, "signal_filters": {"tags": ["x"]}})[0] == 200
    exactly = {**metric(), "start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z", "group_by": BY_AGENT}
    assert agents.post("stats", **exactly)[0] == 200


STATS_IMPOSSIBLE = {
    "a metric of an unknown field": metric(value={"key": "nowhere"}),
    "a metric of another type": metric(value={"key": "agent_name"}),
    "groups by an unknown field": {**metric(), "group_by": [{"key": "nowhere"}]},
    "bins of a text": numbered(value={"key": "agent_name"}),
    "bins of an unknown field": numbered(value={"key": "nowhere"}),
    "bins of a time": numbered(group_by=BY_AGENT, measure=BEGAN),
    "a query of a list": {**metric(), "query": compare("finish_reasons", "$eq", "stop")},
}


@pytest.mark.parametrize("body", STATS_IMPOSSIBLE.values(), ids=STATS_IMPOSSIBLE.keys())
def test_statistics_that_cannot_be_are_400(agents: Agents, body: dict[str, Any]) -> None:
    status, answer = agents.post("stats", **body)
    assert status == 400, answer


@pytest.mark.parametrize("body", [{"limit": 0}, {"limit": 2001}, {"offset": -1}, {"started_after": "x"}])
def test_pages_of_attributes_have_bounds(agents: Agents, body: dict[str, Any]) -> None:
    assert agents.post("custom-attrs/schema", **body)[0] == 422


def test_null_is_as_good_as_absent(agents: Agents) -> None:
    names = (
        "query", "group_by", "measures", "group_filters", "group_distributions", "custom_attr_columns",
        "include_details", "include_costs", "sort_by", "limit", "offset", "started_after", "started_before",
        "signal_filters", "insight_filters",
    )  # fmt: skip
    assert agents.ask(**dict.fromkeys(names)) == agents.ask()
    nulls = {"value": None, "value_type": None, "filter": None}
    groups = agents.groups({"key": "agent_name", "source": None, "alias": None}, measures=[{**COUNT, **nulls}])
    assert groups[0]["metrics"] == {"n": 1}
    names = (
        "query", "granularity", "timezone", "group_by", "group_limit", "bucket_by", "group_filters", "signal_filters",
        "insight_filters",
    )  # fmt: skip
    assert agents.post("stats", **metric(), **dict.fromkeys(names))[0] == 200
    assert agents.ask("custom-attrs/schema", query=None, limit=None)["limit"] == 200


@pytest.mark.parametrize("operation", ["query", "stats", "custom-attrs/schema"])
def test_spans_of_unknown_projects_are_not_told(agents: Agents, operation: str) -> None:
    body = {"project_id": f"tests/{new_id()}", **metric()}
    assert agents.client.post(f"/agents/spans/{operation}", json=body).status_code == 404


def test_odd_texts_find_nothing_and_do_no_harm(agents: Agents) -> None:
    for text in ("\ud800", "\x00", "'; DROP TABLE spans --", "{project_id:String}", "a" * 100_000, "`", "\\"):
        for body in (
            {"query": compare(text, "$eq", text)},
            {"query": compare(f"custom_attrs_string.{text}", "$eq", text)},
            {"group_by": [{"source": "custom_attrs_string", "key": text, "alias": text}]},
            {"custom_attr_columns": [{"source": "custom_attrs_bool", "key": text}]},
            {"group_by": BY_AGENT, "signal_filters": {"tags": [text]}},
        ):
            status, answer = agents.post("query", **body)
            assert status == 200, answer
    assert agents.ask()["total_count"] == 1
