"""Groups of agents' spans over HTTP: sums, measures, filters, distributions, signals, first and last words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_spans import Agents, compare
from weft.schemas.agent_spans import AgentSpanGroupRow

COUNT = {"alias": "n", "aggregation": "count"}


@pytest.fixture
def agents(app_client: TestClient, project: str) -> Agents:
    return Agents(app_client, project)


def said(role: str, text: str) -> str:
    return json.dumps([{"role": role, "content": text, "finish_reason": ""}])


def keys(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [group["group_keys"] for group in groups]


def test_a_group_has_every_sum(agents: Agents) -> None:
    agents.span(
        agent_name="anna", agent_version="1", operation_name="invoke_agent", conversation_id="c1", provider_name="p",
        conversation_name="trip", input_tokens=5, output_tokens=2, reasoning_tokens=1, cache_read_input_tokens=3,
        cache_creation_input_tokens=4, request_model="m2",
    )  # fmt: skip
    agents.span(at=60, lasts=None, status_code="ERROR", request_model="m1")
    agents.span(at=120, lasts=2.5, input_tokens=7, request_model="m1")
    answer = agents.ask(group_by=[{"key": "agent_name"}])
    [group] = answer["groups"]
    assert (answer["spans"], answer["total_count"], set(group)) == ([], 1, set(AgentSpanGroupRow.model_fields))
    assert group == {
        "group_keys": {"agent_name": "anna"},
        "span_count": 3,
        "invocation_count": 1,
        "conversation_count": 1,
        "total_input_tokens": 12,
        "total_output_tokens": 2,
        "total_reasoning_tokens": 1,
        "total_cache_creation_input_tokens": 4,
        "total_cache_read_input_tokens": 3,
        # An open span has no duration to add.
        "total_duration_ms": 3500,
        "error_count": 1,
        "total_cost_usd": None,
        "total_input_cost_usd": None,
        "total_output_cost_usd": None,
        "agent_names": ["anna"],
        "agent_versions": ["1"],
        "provider_names": ["p"],
        "request_models": ["m1", "m2"],
        "conversation_names": ["trip"],
        "first_seen": "2026-02-01T00:00:00.000000",
        "last_seen": "2026-02-01T00:02:00.000000",
        "first_message": None,
        "last_message": None,
        "metrics": {},
        "distributions": {},
    }


def test_groups_by_columns_and_attributes_in_every_spelling(agents: Agents) -> None:
    agents.span(agent_name="anna", custom_attrs_int={"n.x": 0}, eval_trial_index=2)
    agents.span(agent_name="anna", at=1)
    refs = [
        {"key": "gen_ai.agent.name"},
        {"source": "column", "key": "agent.version"},
        {"source": "custom_attrs_int", "key": "n.x"},
        {"key": "eval_trial_index", "alias": "trial"},
    ]
    assert keys(agents.groups(*refs)) == [
        {"agent_name": "anna", "agent_version": "", "n.x": None, "trial": None},
        {"agent_name": "anna", "agent_version": "", "n.x": 0, "trial": 2},
    ]


def test_a_missing_attribute_is_null_and_an_empty_one_a_group(agents: Agents) -> None:
    agents.span(custom_attrs_string={"team": ""})
    agents.span(at=1)
    agents.span(at=2, custom_attrs_string={"team": "a"}, custom_attrs_bool={"ok": False})
    team = {"source": "custom_attrs_string", "key": "team"}
    assert keys(agents.groups(team)) == [{"team": "a"}, {"team": None}, {"team": ""}]
    assert keys(agents.groups({"source": "custom_attrs_bool", "key": "ok"})) == [{"ok": False}, {"ok": None}]


def test_groups_count_attributed_spans(agents: Agents) -> None:
    agents.span(agent_name="anna", conversation_id="c1")
    agents.span(at=1)
    agents.span(trace="other", at=2)
    [nobody, anna] = agents.groups("agent_name")
    assert (nobody["group_keys"], nobody["span_count"]) == ({"agent_name": ""}, 1)
    assert (anna["group_keys"], anna["span_count"], anna["conversation_count"]) == ({"agent_name": "anna"}, 2, 1)


def test_the_order_and_the_pages_of_groups(agents: Agents) -> None:
    for index, (name, tokens) in enumerate([("a", 1), ("b", 3), ("c", 2)]):
        agents.span(at=index, span_name=name, input_tokens=tokens, custom_attrs_int={"x": tokens} if tokens < 3 else {})

    def order(**body: Any) -> str:
        return "".join(group["group_keys"]["span_name"] for group in agents.groups("span_name", **body))

    total = {"alias": "total", "aggregation": "sum", "value": {"key": "input_tokens"}}
    attribute = {"alias": "x", "aggregation": "min", "value": {"source": "custom_attrs_int", "key": "x"}}
    assert order() == "cba"
    assert order(measures=[total, COUNT]) == "bca"
    assert order(measures=[total, COUNT], sort_by=[{"field": "n"}]) == "abc"
    assert order(measures=[attribute], sort_by=[{"field": "x", "direction": "asc"}]) == "acb"
    assert order(sort_by=[{"field": "span_name"}]) == "cba"
    assert order(sort_by=[{"field": "total_input_tokens", "direction": "asc"}]) == "acb"
    assert order(sort_by=[{"field": "first_seen", "direction": "asc"}], limit=1, offset=1) == "b"
    for body in ({"limit": 0}, {"offset": 10}):
        assert agents.ask(group_by=[{"key": "span_name"}], **body) == {"spans": [], "groups": [], "total_count": 3}


@pytest.mark.parametrize(
    ("aggregation", "value", "expected"),
    [
        ("sum", {"key": "input_tokens"}, 7),
        ("avg", {"key": "gen_ai.usage.input_tokens"}, 7 / 3),
        ("min", {"key": "started_at"}, "2026-02-01T00:00:00.000000"),
        ("max", {"key": "ended_at"}, "2026-02-01T00:00:02.000000"),
        ("count", {"key": "ended_at"}, 2),
        ("count_distinct", {"key": "span_name"}, 2),
        ("max", {"source": "derived", "key": "duration_ms"}, 1000),
        ("sum", {"source": "derived", "key": "total_tokens"}, 9),
        ("count_true", {"source": "derived", "key": "is_error"}, 1),
        ("count_false", {"source": "derived", "key": "is_invocation"}, 3),
        ("count_true", {"source": "custom_attrs_bool", "key": "ok"}, 1),
        ("count_false", {"source": "custom_attrs_bool", "key": "ok"}, 0),
        ("count", {"source": "custom_attrs_string", "key": "x"}, 1),
        ("sum", {"source": "custom_attrs_float", "key": "nowhere"}, 0),
        ("max", {"source": "custom_attrs_float", "key": "nowhere"}, None),
        ("avg", {"source": "custom_attrs_int", "key": "nowhere"}, None),
        ("sum", {"source": "derived", "key": "total_cost_usd"}, 0),
    ],
)
def test_a_measure_counts_the_spans_that_have_its_value(
    agents: Agents, aggregation: str, value: dict[str, Any], expected: Any
) -> None:
    agents.span(input_tokens=5, span_name="a", custom_attrs_bool={"ok": True}, request_model="nobody-sells-it")
    agents.span(at=1, input_tokens=2, output_tokens=2, status_code="ERROR", custom_attrs_string={"x": ""})
    agents.span(at=2, lasts=None)
    [group] = agents.groups("trace_id", measures=[{"alias": "m", "aggregation": aggregation, "value": value}])
    assert group["metrics"] == {"m": pytest.approx(expected)}


def test_a_measure_may_have_a_filter_of_its_own(agents: Agents) -> None:
    agents.span(agent_name="anna", input_tokens=5, custom_attrs_string={"team": "a"})
    agents.span(input_tokens=2)
    of_team = {**COUNT, "filter": compare("team", "$eq", "a")}
    tokens = {"alias": "m", "aggregation": "sum", "value": {"key": "input_tokens"}}
    [group] = agents.groups(
        "agent_name",
        measures=[
            of_team,
            {**tokens, "filter": compare("team", "$eq", None)},
            {**tokens, "alias": "none", "filter": compare("input_tokens", "$gt", 100)},
            {**tokens, "alias": "least", "aggregation": "min", "filter": compare("input_tokens", "$gt", 100)},
        ],
    )
    assert group["metrics"] == {"n": 1, "m": 2, "none": 0, "least": None}


def test_filters_keep_groups_between_bounds_and_count_what_is_left(agents: Agents) -> None:
    for name, count in (("a", 1), ("b", 2), ("c", 3)):
        for _ in range(count):
            agents.span(trace=name, span_name=name, operation_name="x" if count < 3 else "y")

    def kept(*filters: dict[str, Any], by: str = "span_name") -> list[str]:
        answer = agents.ask(group_by=[{"key": by}], group_filters=filters)
        assert answer["total_count"] == len(answer["groups"])
        return sorted(group["group_keys"][by] for group in answer["groups"])

    assert kept({"measure": COUNT, "min": 2, "max": 2}) == ["b"]
    assert kept({"measure": COUNT, "min": 2}, {"measure": COUNT, "max": 2.5}) == ["b"]
    assert kept({"group_by": [{"key": "span_name"}], "measure": COUNT, "max": 1}) == ["a"]
    began = {"alias": "began", "aggregation": "min", "value": {"key": "started_at"}}
    assert kept({"measure": began, "min": "2026-02-01T00:00:00Z", "max": "2026-02-01T01:00:00+01:00"}) == [
        "a",
        "b",
        "c",
    ]
    assert kept({"measure": began, "min": "2026-02-01T00:00:01Z"}) == []
    # Groups of another kind: only spans of those that pass are left.
    other = {"group_by": [{"key": "trace_id"}], "measure": COUNT, "max": 2}
    assert kept(other, by="operation_name") == ["x"]
    unknown = {"group_by": [{"source": "custom_attrs_int", "key": "nowhere"}], "measure": COUNT, "min": 6}
    assert kept(unknown, by="operation_name") == ["x", "y"]


def test_the_costs_of_groups(agents: Agents) -> None:
    body = {"prompt_token_cost": 2.0, "completion_token_cost": 3.0}
    answer = agents.client.post("/cost/create", json={"project_id": agents.name, "costs": {"mine": body}})
    assert answer.status_code == 200, answer.text
    agents.span(span_name="a", request_model="mine", input_tokens=1, output_tokens=1)
    agents.span(span_name="a", request_model="nobody-sells-it", input_tokens=1)
    agents.span(span_name="b", request_model="nobody-sells-it", input_tokens=1)
    measure = {"alias": "spent", "aggregation": "sum", "value": {"source": "derived", "key": "output_cost_usd"}}
    groups = agents.groups("span_name", include_costs=True, measures=[measure], sort_by=[{"field": "total_cost_usd"}])
    costs = [[group[f"total_{name}cost_usd"] for name in ("", "input_", "output_")] for group in groups]
    assert costs == [[5.0, 2.0, 3.0], [None, None, None]]
    assert [group["metrics"]["spent"] for group in groups] == [3.0, 0]


def test_distributions_of_numbers_have_bins_of_equal_width(agents: Agents) -> None:
    for value in (0, 1, 2, 3, 4):
        agents.span(span_name="a", custom_attrs_int={"x": value})
    agents.span(span_name="a")
    agents.span(span_name="b", custom_attrs_int={"x": 7})
    agents.span(span_name="c")
    spec = {"alias": "d", "value": {"source": "custom_attrs_int", "key": "x"}, "bins": 2}
    groups = agents.groups(
        "span_name", group_distributions=[spec], sort_by=[{"field": "span_name", "direction": "asc"}]
    )
    found = [group["distributions"]["d"] for group in groups]
    assert found[0] == {
        "alias": "d",
        "source": "custom_attrs_int",
        "key": "x",
        "value_type": "int",
        "total_count": 6,
        "present_count": 5,
        "missing_count": 1,
        "other_count": 0,
        "bins": [{"index": 0, "min": 0, "max": 2, "count": 2}, {"index": 1, "min": 2, "max": 4, "count": 3}],
        "values": [],
    }
    assert found[1]["bins"] == [{"index": 0, "min": 7, "max": 7, "count": 1}]
    assert (found[2]["bins"], found[2]["present_count"], found[2]["missing_count"]) == ([], 0, 1)


def test_distributions_of_texts_have_the_most_frequent_values(agents: Agents) -> None:
    for value in ("x", "x", "y", "z", ""):
        agents.span(custom_attrs_string={"k": value}, custom_attrs_bool={"k": value == "x"})
    text = {"alias": "t", "value": {"source": "custom_attrs_string", "key": "k"}, "top_n": 2}
    truth = {"alias": "b", "value": {"source": "custom_attrs_bool", "key": "k"}}
    [group] = agents.groups("trace_id", group_distributions=[text, truth])
    assert group["distributions"]["t"]["values"] == [{"value": "x", "count": 2}, {"value": "", "count": 1}]
    assert (group["distributions"]["t"]["other_count"], group["distributions"]["t"]["bins"]) == (2, [])
    assert group["distributions"]["b"]["values"] == [{"value": "false", "count": 3}, {"value": "true", "count": 2}]


def test_distributions_tell_a_missing_key_from_an_empty_one(agents: Agents) -> None:
    agents.span(custom_attrs_int={"x": 1})
    agents.span(custom_attrs_string={"k": ""}, custom_attrs_int={"x": 2})
    by_text = {"source": "custom_attrs_string", "key": "k"}
    spec = {"alias": "d", "value": {"source": "custom_attrs_int", "key": "x"}}
    found = {
        group["group_keys"]["k"]: [item["min"] for item in group["distributions"]["d"]["bins"]]
        for group in agents.groups(by_text, group_distributions=[spec])
    }
    assert found == {None: [1], "": [2]}


def test_signals_keep_conversations_by_their_feedback(agents: Agents) -> None:
    for conversation in ("c1", "c2", "c3", "c4"):
        agents.span(trace=conversation, conversation_id=conversation)
        agents.span(trace=conversation)
    agents.feedback("c1", scorer_tags=["angry", "long"], scorer_ratings={"quality": 0.5})
    agents.feedback("c2", "wandb.agent_monitor", scorer_tags=["long"])
    agents.feedback("c2", scorer_ratings={"quality": 0.75})
    agents.feedback("c3", "note", scorer_tags=["angry"], scorer_ratings={"quality": 1.0})
    agents.feedback("c4", scorer_ratings={"other": 1.0})

    def kept(tags: list[str], *ratings: tuple[str, str, float]) -> list[str]:
        conditions = [{"scorer_key": key, "op": op, "value": value} for key, op, value in ratings]
        groups = agents.groups("conversation_id", signal_filters={"tags": tags, "ratings": conditions})
        assert all(group["span_count"] == 2 for group in groups)
        return sorted(group["group_keys"]["conversation_id"] for group in groups)

    assert kept(["angry", "nowhere"]) == ["c1"]
    assert kept(["long"]) == ["c1", "c2"]
    assert kept(["long"], ("quality", "gt", 0.5)) == ["c2"]
    assert kept([], ("quality", "eq", 0.5)) == ["c1"]
    assert kept([], ("quality", "lte", 0.5), ("quality", "gte", 0.5)) == ["c1"]
    assert kept([], ("quality", "lt", 0.5)) == []
    assert kept([]) == ["c1", "c2", "c3", "c4"]


def test_nothing_is_known_of_insights(agents: Agents) -> None:
    agents.span()
    insight = {"field": "intent_sentiment", "values": ["neutral"]}
    assert agents.groups("trace_id", insight_filters=[insight]) == []
    assert len(agents.groups("trace_id", insight_filters=[{**insight, "exclude": True}])) == 1


def test_conversations_show_their_first_and_last_words(agents: Agents) -> None:
    agents.span(
        conversation_id="c1", lasts=9, input_messages=said("user", "hello"), output_messages=said("assistant", "end")
    )
    agents.span(at=1, input_messages=said("user", "ignored"), output_messages=said("assistant", "thinking"))
    agents.span(at=2, lasts=20, tool_call_result="no message")
    agents.span(trace="u", conversation_id="c2", input_messages=said("user", "x" * 281))
    agents.span(trace="v", conversation_id="c3", output_messages=said("assistant", "y" * 280))
    agents.span(trace="w", conversation_id="c4")
    by_conversation = {"source": "column", "key": "conversation_id"}
    words = {
        group["group_keys"]["conversation_id"]: (group["first_message"], group["last_message"])
        for group in agents.groups(by_conversation)
    }
    asked = {"role": "user_message", "text": "x" * 280 + "…"}
    answered = {"role": "assistant_message", "text": "y" * 280}
    assert words == {
        "c1": ({"role": "user_message", "text": "hello"}, {"role": "assistant_message", "text": "end"}),
        "c2": (asked, asked),
        "c3": (answered, answered),
        "c4": (None, None),
    }
    for refs in (["conversation_id"], [by_conversation, {"key": "agent_name"}]):
        assert {group["first_message"] for group in agents.groups(*refs)} == {None}
