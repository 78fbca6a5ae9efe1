"""Lists of agents' spans over HTTP: identity, order, fields, costs, custom attributes, pages."""

from __future__ import annotations

import orjson
import pytest
from fastapi.testclient import TestClient

from tests.agent_spans import START, Agents, compare
from weft.schemas.agent_spans import SPAN_FIELDS

MESSAGES = '[{"role":"user","content":"h\\u00e9 \\"du\\"/","finish_reason":""}]'


@pytest.fixture
def agents(app_client: TestClient, project: str) -> Agents:
    return Agents(app_client, project)


def test_a_project_without_spans_answers_nothing(agents: Agents) -> None:
    assert agents.ask() == {"spans": [], "groups": [], "total_count": 0}


def test_a_span_has_every_field_and_heavy_ones_only_when_asked_for(agents: Agents) -> None:
    agents.span(
        span_name="chat m/1", input_messages=MESSAGES, system_instructions=["be brief"], raw_span_dump='{"a":"b/c"}',
        tool_definitions="[]", content_refs=["weave-trace-internal:///x"], custom_attrs_int={"n": 5},
        finish_reasons=["stop"], request_temperature=0.5, eval_trial_index=-1,
    )  # fmt: skip
    [light] = agents.ask()["spans"]
    assert tuple(light) == SPAN_FIELDS
    assert light["project_id"] == agents.name
    assert (light["started_at"], light["ended_at"]) == ("2026-02-01T00:00:00.000000", "2026-02-01T00:00:01.000000")
    assert (light["span_name"], light["finish_reasons"], light["request_temperature"]) == ("chat m/1", ["stop"], 0.5)
    assert (light["eval_trial_index"], light["agent_name"], light["input_tokens"]) == (None, "", 0)
    assert (light["input_messages"], light["system_instructions"], light["content_refs"]) == ([], [], [])
    assert (light["raw_span_dump"], light["tool_definitions"], light["custom_attrs_int"]) == (None, None, {})
    [full] = agents.ask(include_details=True)["spans"]
    assert full["input_messages"] == [{"role": "user", "content": 'hé "du"/', "finish_reason": ""}]
    assert (full["output_messages"], full["system_instructions"]) == ([], ["be brief"])
    assert (full["raw_span_dump"], full["tool_definitions"]) == ('{"a":"b/c"}', "[]")
    assert full["custom_attrs_int"] == {}


def test_an_open_span_shows_the_epoch_as_its_end(agents: Agents) -> None:
    agents.span(lasts=None)
    assert agents.ask()["spans"][0]["ended_at"] == "1970-01-01T00:00:00.000000"


def test_refs_leave_in_the_form_of_clients(agents: Agents) -> None:
    agents.span(object_refs=[f"weave-trace-internal:///{agents.project.id}/object/o:v"])
    [span] = agents.ask(include_details=True)["spans"]
    assert span["object_refs"] == [f"weave:///{agents.name}/object/o:v"]


def test_custom_attributes_are_shown_when_named(agents: Agents) -> None:
    agents.span(
        custom_attrs_string={"a": "x", "b": "y"}, custom_attrs_int={"a": -5}, custom_attrs_float={"a": 0.5},
        custom_attrs_bool={"a": True},
    )  # fmt: skip
    columns = [{"source": f"custom_attrs_{kind}", "key": "a"} for kind in ("string", "int", "bool")]
    [span] = agents.ask(custom_attr_columns=columns)["spans"]
    shown = [span[f"custom_attrs_{kind}"] for kind in ("string", "int", "float", "bool")]
    assert shown == [{"a": "x"}, {"a": -5}, {}, {"a": True}]


def test_a_span_takes_the_identity_of_the_earliest_named_span_of_its_trace(agents: Agents) -> None:
    agents.span(at=10, agent_name="late", agent_version="2", agent_id="l", conversation_id="c2")
    agents.span(at=5, agent_name="early", agent_id="e")
    agents.span(at=7, conversation_id="c1")
    agents.span(at=0, agent_version="own")
    agents.span(at=0, trace="elsewhere")
    shown = {
        span["span_id"]: [span[name] for name in ("agent_name", "agent_version", "agent_id", "conversation_id")]
        for span in agents.ask()["spans"]
    }
    assert shown == {
        "s001": ["late", "2", "l", "c2"],
        "s002": ["early", "", "e", "c1"],
        "s003": ["early", "", "e", "c1"],
        # All three are taken together, with the version, which is none.
        "s004": ["early", "", "e", "c1"],
        "s005": ["", "", "", ""],
    }
    assert agents.found(query=compare("agent_name", "$eq", "early"), sort_by=[{"field": "span_id"}]) == [
        "s004", "s003", "s002",
    ]  # fmt: skip


def test_identity_comes_from_up_to_an_hour_outside_the_range(agents: Agents) -> None:
    agents.span(trace="near", at=-3600, agent_name="near")
    agents.span(trace="near", at=0)
    agents.span(trace="far", at=-3601, agent_name="far")
    agents.span(trace="far", at=0)
    agents.span(trace="after", at=0)
    agents.span(trace="after", at=10 + 3599, conversation_id="later")
    bounds = {"started_after": START.isoformat(), "started_before": "2026-02-01T01:00:10+01:00"}
    spans = agents.ask(**bounds)["spans"]
    assert {span["span_id"]: (span["agent_name"], span["conversation_id"]) for span in spans} == {
        "s002": ("near", ""),
        "s004": ("", ""),
        "s005": ("", "later"),
    }


def test_a_span_sent_again_gives_no_identity_any_more(agents: Agents) -> None:
    agents.span(span_id="s", agent_name="old", conversation_id="old")
    agents.span(span_id="s")
    agents.span()
    assert {span["agent_name"] for span in agents.ask()["spans"]} == {""}
    assert agents.found(query=compare("conversation_id", "$eq", "old")) == []


def test_bounds_include_the_first_moment_and_not_the_last(agents: Agents) -> None:
    for at in (0, 1, 2):
        agents.span(at=at)
    assert agents.found(started_after="2026-02-01T00:00:01", started_before="2026-02-01T00:00:02Z") == ["s002"]
    assert agents.found(started_after="0001-01-01T00:00:00Z", started_before="9999-12-31T23:59:59Z") == [
        "s003", "s002", "s001",
    ]  # fmt: skip


def test_the_newest_comes_first_and_ids_break_ties(agents: Agents) -> None:
    for at, span_id in ((0, "b"), (1, "a"), (1, "c")):
        agents.span(at=at, span_id=span_id)
    assert agents.found() == ["c", "a", "b"]
    assert agents.found(sort_by=[]) == ["c", "a", "b"]
    assert agents.found(sort_by=[{"field": "started_at", "direction": "asc"}]) == ["b", "a", "c"]
    assert agents.found(sort_by=[{"field": "status_code", "direction": "asc"}]) == ["a", "b", "c"]
    assert agents.found(sort_by=[{"field": "gen_ai.agent.name"}, {"field": "started_at", "direction": "asc"}]) == [
        "b", "c", "a",
    ]  # fmt: skip


def test_pages_and_their_total(agents: Agents) -> None:
    for at in range(5):
        agents.span(at=at)
    answer = agents.ask(limit=2, offset=1)
    assert ([span["span_id"] for span in answer["spans"]], answer["total_count"]) == (["s004", "s003"], 5)
    for body in ({"limit": 0}, {"offset": 10}, {"offset": 2**62}):
        assert agents.ask(**body) == {"spans": [], "groups": [], "total_count": 5}
    assert agents.ask(limit=None)["total_count"] == 5
    assert len(agents.ask(limit=10_000)["spans"]) == 5


def test_missing_attributes_sort_last_both_ways(agents: Agents) -> None:
    agents.span(custom_attrs_float={"score": 0.5})
    agents.span()
    agents.span(custom_attrs_float={"score": 0.25})
    columns = [{"source": "custom_attrs_float", "key": "score"}]
    for direction, expected in (("asc", ["s003", "s001", "s002"]), ("desc", ["s001", "s003", "s002"])):
        sort = [{"field": "custom_attrs_float.score", "direction": direction}]
        assert agents.found(sort_by=sort, custom_attr_columns=columns) == expected


def price(agents: Agents, model: str, effective: str, prompt: float) -> None:
    """A price of the project's own, in dollars per token; what else a token costs follows from it."""
    answer = agents.client.post(
        "/cost/create",
        json={
            "project_id": agents.name,
            "costs": {
                model: {
                    "prompt_token_cost": prompt,
                    "completion_token_cost": prompt * 2,
                    "cache_read_input_token_cost": prompt / 2,
                    "cache_creation_input_token_cost": prompt * 4,
                    "effective_date": effective,
                }
            },
        },
    )
    assert answer.status_code == 200, answer.text


def test_costs_are_by_todays_price_of_the_project(agents: Agents) -> None:
    price(agents, "mine", "2020-01-01T00:00:00", 8.0)
    price(agents, "mine", "2099-01-01T00:00:00", 1.0)
    tokens = {"input_tokens": 10, "output_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1}
    agents.span(request_model="mine", **tokens)
    agents.span(request_model="unheard-of", response_model="mine", **tokens)
    agents.span(request_model="mine", response_model="unheard-of", **tokens)
    agents.span(**tokens)
    names = ("input_cost_usd", "output_cost_usd", "cache_read_cost_usd", "cache_creation_cost_usd", "total_cost_usd")
    spans = agents.ask(include_costs=True, sort_by=[{"field": "span_id", "direction": "asc"}])["spans"]
    priced, unpriced = [5.0, 6.0, 2.0, 4.0, 17.0], [None] * 5
    assert [[span[name] for name in names] for span in spans] == [priced, priced, unpriced, unpriced]
    assert [span["total_cost_usd"] for span in agents.ask()["spans"]] == unpriced[:4]
    by_cost = agents.found(include_costs=True, sort_by=[{"field": "total_cost_usd", "direction": "asc"}])
    assert by_cost == ["s001", "s002", "s003", "s004"]


def test_list_prices_hold_where_the_project_has_none(agents: Agents) -> None:
    agents.span(request_model="gpt-4o", input_tokens=1_000_000)
    [span] = agents.ask(include_costs=True)["spans"]
    assert span["total_cost_usd"] > 0


def test_custom_attributes_follow_the_type_of_the_literal(agents: Agents) -> None:
    agents.span(custom_attrs_int={"n": 2})
    agents.span(custom_attrs_float={"n": 2.0})
    agents.span(custom_attrs_string={"n": "2"})
    agents.span(custom_attrs_bool={"n": True})
    for literal, span_id in (("2", "s001"), ("2.0", "s002"), ('"2"', "s003"), ("true", "s004")):
        # As text, for Python's JSON would write the float in its own way.
        query = f'{{"$expr": {{"$eq": [{{"$getField": "n"}}, {{"$literal": {literal}}}]}}}}'
        body = f'{{"project_id": "{agents.name}", "query": {query}}}'
        answer = agents.client.post("/agents/spans/query", content=body)
        assert [span["span_id"] for span in orjson.loads(answer.content)["spans"]] == [span_id]


def test_absent_attributes_are_null(agents: Agents) -> None:
    agents.span(custom_attrs_string={"team": "a"})
    agents.span(custom_attrs_string={"team": "b"})
    agents.span()
    is_a = compare("team", "$eq", "a")["$expr"]
    assert agents.found(query={"$expr": {"$not": [is_a]}}) == ["s002"]
    assert agents.found(query=compare("team", "$eq", None)) == ["s003"]
    assert agents.found(query={"$expr": {"$not": [compare("team", "$eq", None)["$expr"]]}}) == ["s002", "s001"]


def test_open_spans_have_no_duration(agents: Agents) -> None:
    agents.span(lasts=None)
    agents.span(lasts=1.5)
    assert agents.found(query=compare("duration_ms", "$eq", None)) == ["s001"]
    assert agents.found(query=compare("duration_ms", "$gte", 1500)) == ["s002"]
    assert agents.found(query=compare("ended_at", "$eq", None)) == ["s001"]


def test_times_of_queries_are_naive(agents: Agents) -> None:
    agents.span(at=0)
    agents.span(at=60)
    assert agents.found(query=compare("started_at", "$gt", "2026-02-01T00:00:30")) == ["s002"]
    status, answer = agents.post("query", query=compare("started_at", "$gt", "2026-02-01T00:00:30Z"))
    assert status == 400
    assert "started_after" in answer["reason"]


def test_custom_attributes_are_listed_by_how_many_spans_have_them(agents: Agents) -> None:
    agents.span(custom_attrs_string={"a": "", "b": "x"}, custom_attrs_int={"a": 0})
    agents.span(custom_attrs_string={"b": "x"}, custom_attrs_bool={"c": False}, agent_name="anna")
    answer = agents.ask("custom-attrs/schema")
    listed = [(item["source"], item["key"], item["value_type"], item["span_count"]) for item in answer["attributes"]]
    assert listed == [
        ("custom_attrs_string", "b", "string", 2),
        ("custom_attrs_int", "a", "int", 1),
        ("custom_attrs_string", "a", "string", 1),
        ("custom_attrs_bool", "c", "bool", 1),
    ]
    assert (answer["limit"], answer["offset"], answer["has_more"]) == (200, 0, False)
    page = agents.ask("custom-attrs/schema", limit=1, offset=1)
    assert ([item["key"] for item in page["attributes"]], page["has_more"]) == (["a"], True)
    some = agents.ask("custom-attrs/schema", query=compare("b", "$eq", "x"), started_after="2026-02-02T00:00:00Z")
    assert some["attributes"] == []
    mine = agents.ask("custom-attrs/schema", query=compare("c", "$eq", False))
    assert [item["key"] for item in mine["attributes"]] == ["b", "c"]
