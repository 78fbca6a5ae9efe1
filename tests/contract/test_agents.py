"""Agents and their versions over HTTP: counted from spans, so that nothing counts twice."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_projects import AgentProject, at, moment, new_trace

COUNTERS = {
    "project_id",
    "agent_name",
    "invocation_count",
    "span_count",
    "total_input_tokens",
    "total_output_tokens",
    "total_duration_ms",
    "error_count",
    "first_seen",
    "last_seen",
    "total_cost_usd",
}


@pytest.fixture
def agents(app_client: TestClient, project: str) -> AgentProject:
    return AgentProject(app_client, project)


def names(agents: AgentProject, **body: Any) -> list[str]:
    return [row["agent_name"] for row in agents.ask("/agents/query", **body)["agents"]]


def test_an_agent_is_what_the_spans_that_name_it_add_up_to(agents: AgentProject) -> None:
    trace = new_trace()
    agents.put(
        agents.span(trace, 0, 2, agent_name="A", operation_name="invoke_agent", input_tokens=1, output_tokens=2),
        agents.span(trace, 3, 0.5, agent_name="A", operation_name="chat", input_tokens=10, status_code="ERROR"),
        agents.span(trace, 4, None, agent_name="A", operation_name="chat"),
        agents.span(trace, 5, operation_name="chat", input_tokens=100),
    )
    answer = agents.ask("/agents/query")
    assert answer["total_count"] == 1
    [row] = answer["agents"]
    assert set(row) == COUNTERS
    assert (moment(row.pop("first_seen")), moment(row.pop("last_seen"))) == (moment(at(0)), moment(at(4)))
    assert row == {
        "project_id": agents.name,
        "agent_name": "A",
        "invocation_count": 1,
        "span_count": 3,
        "total_input_tokens": 11,
        "total_output_tokens": 2,
        "total_duration_ms": 2500,
        "error_count": 1,
        "total_cost_usd": None,
    }


def test_a_span_that_is_sent_again_counts_once(agents: AgentProject) -> None:
    span = agents.store(new_trace(), agent_name="A", input_tokens=5)
    agents.put(span)
    agents.put(span)
    [row] = agents.ask("/agents/query")["agents"]
    assert (row["span_count"], row["total_input_tokens"]) == (1, 5)


def test_the_agent_seen_last_comes_first_and_pages_do_not_change_the_count(agents: AgentProject) -> None:
    for name, seconds in (("old", 1), ("b", 5), ("a", 5), ("new", 9)):
        agents.store(new_trace(), seconds, agent_name=name)
    assert names(agents) == ["new", "a", "b", "old"]
    page = agents.ask("/agents/query", limit=2, offset=1)
    assert [row["agent_name"] for row in page["agents"]] == ["a", "b"]
    assert page["total_count"] == 4
    assert agents.ask("/agents/query", limit=0) == {"agents": [], "total_count": 4}


@pytest.mark.parametrize("field", ["first_seen", "invocation_count", "span_count", "total_input_tokens", "error_count"])
def test_agents_are_ordered_by_what_they_add_up_to(agents: AgentProject, field: str) -> None:
    big: dict[str, Any] = {"operation_name": "invoke_agent", "input_tokens": 9, "status_code": "ERROR"}
    agents.put(*(agents.span(new_trace(), 5, agent_name="big", **big) for _ in range(2)))
    agents.store(new_trace(), 1, agent_name="small")
    assert names(agents, sort_by=[{"field": field}]) == ["big", "small"]
    assert names(agents, sort_by=[{"field": field, "direction": "asc"}]) == ["small", "big"]


def test_one_agent_can_be_asked_for(agents: AgentProject) -> None:
    agents.put(*(agents.span(new_trace(), agent_name=name) for name in ("A", "B")))
    assert names(agents, filters={"agent_name": "B"}) == ["B"]
    assert names(agents, filters={"agent_name": "C"}) == []
    assert names(agents, filters={"agent_name": None}, sort_by=None, limit=None, offset=None) == ["A", "B"]


def test_costs_are_those_of_all_spans_that_belong_to_the_agent(agents: AgentProject) -> None:
    agents.price("m", 0.5, 2.0)
    trace = new_trace()
    agents.put(
        agents.span(trace, 0, agent_name="A", agent_version="1", operation_name="invoke_agent"),
        agents.span(trace, 1, operation_name="chat", request_model="m", input_tokens=10, output_tokens=3),
        agents.span(trace, 2, agent_name="B", request_model="x", response_model="m", input_tokens=4),
        agents.span(trace, 3, operation_name="chat", request_model="unpriced", input_tokens=10),
        agents.span(new_trace(), 4, request_model="m", input_tokens=1000),
        agents.span(new_trace(), 5, agent_name="C", request_model="unpriced", input_tokens=1),
    )
    rows = {row["agent_name"]: row for row in agents.ask("/agents/query", include_costs=True)["agents"]}
    assert {name: row["total_cost_usd"] for name, row in rows.items()} == {"A": 11.0, "B": 2.0, "C": None}
    assert rows["A"]["total_input_tokens"] == 0
    assert agents.ask("/agents/query")["agents"][0]["total_cost_usd"] is None


def test_versions_of_an_agent_are_counted_apart(agents: AgentProject) -> None:
    agents.price("m", 1.0, 1.0)
    for version, seconds, tokens in (("1", 1, 10), ("2", 5, 20), ("", 3, 30)):
        agents.store(
            new_trace(), seconds, agent_name="A", agent_version=version, request_model="m", input_tokens=tokens
        )
    agents.store(new_trace(), 9, agent_name="B", agent_version="3")
    answer = agents.ask("/agents/agent-versions/query", agent_name="A", include_costs=True)
    found = [(row["agent_version"], row["total_input_tokens"], row["total_cost_usd"]) for row in answer["versions"]]
    assert found == [("2", 20, 20.0), ("", 30, 30.0), ("1", 10, 10.0)]
    assert answer["total_count"] == 3
    assert set(answer["versions"][0]) == COUNTERS | {"agent_version"}


def test_versions_are_paged_and_ordered_as_asked(agents: AgentProject) -> None:
    for version in ("1", "2", "3"):
        agents.store(new_trace(), -int(version), agent_name="A", agent_version=version)

    def versions(**body: Any) -> list[str]:
        answer = agents.ask("/agents/agent-versions/query", agent_name="A", **body)
        assert answer["total_count"] == 3
        return [row["agent_version"] for row in answer["versions"]]

    assert versions() == ["1", "2", "3"]
    assert versions(limit=1, offset=1) == ["2"]
    assert versions(sort_by=[{"field": "first_seen", "direction": "asc"}]) == ["3", "2", "1"]


@pytest.mark.parametrize("path", ["/agents/query", "/agents/agent-versions/query"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sort_by": [{"field": "name; DROP TABLE spans"}]}, 400),
        ({"sort_by": [{"field": "last_seen", "direction": "up"}]}, 422),
        ({"limit": -1}, 422),
        ({"limit": 10_001}, 422),
        ({"offset": -1}, 422),
        ({"offset": 10**30}, 200),
        ({"agent_name": "\udc00\0'", "filters": {"agent_name": "\udc00\0'"}}, 200),
    ],
    ids=str,
)
def test_odd_questions_get_their_status(agents: AgentProject, path: str, body: dict[str, Any], status: int) -> None:
    assert agents.status(path, **{"agent_name": "A", **body}) == status


def test_an_unknown_project_is_not_found(app_client: TestClient, project: str) -> None:
    assert app_client.post("/agents/query", json={"project_id": project}).status_code == 404
