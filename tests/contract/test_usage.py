"""Usage of calls over HTTP: whole traces or the calls selected, limits, costs, what has not ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

START = datetime(2024, 6, 1, tzinfo=UTC)


class Tree:
    """A trace of a root, its child and its grandchild, which has not ended, and a root of another trace."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self.trace = new_id()
        self.root = self.put(0, {"m": {"input_tokens": 1, "requests": 1}})
        self.child = self.put(1, {"m": {"prompt_tokens": 10, "output_tokens": 5}, "n": {"total_tokens": 7}}, self.root)
        self.leaf = self.start(2, self.child)
        self.other = self.put(3, None, trace=new_id())

    def put(self, minute: int, usage: dict[str, Any] | None, parent: str | None = None, trace: str = "") -> str:
        call = self._call(minute, parent, trace or self.trace)
        ended = {"ended_at": call["started_at"], "summary": {"usage": usage} if usage else {}}
        self.client.post(f"/v2/{self.project}/calls/complete", json={"batch": [call | ended]}).raise_for_status()
        return str(call["id"])

    def start(self, minute: int, parent: str) -> str:
        call = self._call(minute, parent, self.trace)
        self.client.post("/call/start", json={"start": call}).raise_for_status()
        return str(call["id"])

    def calls_usage(self, *call_ids: str, status: int = 200, **body: Any) -> Any:
        return self._post("/calls/usage", status, call_ids=list(call_ids), **body)

    def trace_usage(self, status: int = 200, **body: Any) -> Any:
        return self._post("/trace/usage", status, **body)

    def _post(self, path: str, status: int, **body: Any) -> Any:
        answer = self.client.post(path, json={"project_id": self.project, **body})
        assert answer.status_code == status, answer.text
        return answer.json()

    def _call(self, minute: int, parent: str | None, trace: str) -> dict[str, Any]:
        started = (START + timedelta(minutes=minute)).isoformat()
        ids = {"project_id": self.project, "id": new_id(), "trace_id": trace, "parent_id": parent}
        return {**ids, "op_name": "op", "started_at": started, "attributes": {}, "inputs": {}}


@pytest.fixture
def tree(app_client: TestClient, project: str) -> Tree:
    return Tree(app_client, project)


def prompts(usage: dict[str, Any]) -> dict[str, int]:
    return {model: numbers["prompt_tokens"] for model, numbers in usage.items()}


def test_a_call_shows_everything_below_it_in_its_trace(tree: Tree) -> None:
    answer = tree.calls_usage(tree.root, tree.child)
    assert prompts(answer["call_usage"][tree.root]) == {"m": 11, "n": 0}
    assert prompts(answer["call_usage"][tree.child]) == {"m": 10, "n": 0}
    assert answer["call_usage"][tree.root]["m"] == {
        "requests": 1,
        "prompt_tokens": 11,
        "completion_tokens": 5,
        "total_tokens": 16,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "prompt_tokens_total_cost": None,
        "completion_tokens_total_cost": None,
        "cache_read_input_tokens_total_cost": None,
        "cache_creation_input_tokens_total_cost": None,
    }
    assert answer["unfinished_call_ids"] == [tree.leaf]


def test_exactly_the_calls_asked_for_are_answered(tree: Tree) -> None:
    answer = tree.calls_usage(tree.other, "unknown", tree.other)
    assert answer == {"call_usage": {tree.other: {}, "unknown": {}}, "unfinished_call_ids": []}
    assert tree.calls_usage() == {"call_usage": {}, "unfinished_call_ids": []}


def test_a_trace_over_the_limit_is_refused_but_many_traces_are_not(tree: Tree) -> None:
    assert set(tree.calls_usage(tree.root, tree.other, limit=3)["call_usage"]) == {tree.root, tree.other}
    tree.calls_usage(tree.root, limit=2, status=413)
    tree.calls_usage(tree.root, limit=0, status=400)
    assert tree.calls_usage(tree.root, limit=None, include_costs=None)["call_usage"]


def test_deleted_calls_take_their_usage_along(tree: Tree) -> None:
    tree.client.post("/calls/delete", json={"project_id": tree.project, "call_ids": [tree.child]}).raise_for_status()
    answer = tree.calls_usage(tree.root, tree.child)
    assert prompts(answer["call_usage"][tree.root]) == {"m": 1}
    assert (answer["call_usage"][tree.child], answer["unfinished_call_ids"]) == ({}, [])


def test_of_selected_calls_only_those_count(tree: Tree) -> None:
    answer = tree.trace_usage(filter={"call_ids": [tree.root, tree.leaf]})
    assert {call: prompts(models) for call, models in answer["call_usage"].items()} == {
        tree.root: {"m": 1},
        tree.leaf: {},
    }
    assert answer["unfinished_call_ids"] == [tree.leaf]
    answer = tree.trace_usage(filter={"trace_ids": [tree.trace]})
    assert list(answer["call_usage"]) == [tree.root, tree.child, tree.leaf]
    assert prompts(answer["call_usage"][tree.root]) == {"m": 11, "n": 0}


def test_selected_calls_are_found_by_query_and_cut_at_the_limit(tree: Tree) -> None:
    running = {"$expr": {"$eq": [{"$getField": "ended_at"}, {"$literal": None}]}}
    assert set(tree.trace_usage(query=running)["call_usage"]) == {tree.leaf}
    assert list(tree.trace_usage(limit=2)["call_usage"]) == [tree.root, tree.child]
    assert tree.trace_usage(limit=0)["call_usage"] == {}
    tree.trace_usage(limit=-1, status=400)
    tree.trace_usage(query={"$expr": {"$eq": [{"$getField": "no.such"}, {"$literal": 1}]}}, status=422)


def test_costs_are_those_of_each_calls_time(tree: Tree) -> None:
    for since, prompt in (("2024-01-01T00:00:00Z", 1.0), ("2024-06-01T00:00:30Z", 100.0)):
        price = {"prompt_token_cost": prompt, "completion_token_cost": 2.0, "effective_date": since}
        body = {"project_id": tree.project, "costs": {"m": price}}
        tree.client.post("/cost/create", json=body).raise_for_status()
    for answer in (tree.calls_usage(tree.root, include_costs=True), tree.trace_usage(include_costs=True)):
        usage = answer["call_usage"][tree.root]
        # The root began before the second price did.
        assert (usage["m"]["prompt_tokens_total_cost"], usage["m"]["completion_tokens_total_cost"]) == (1001.0, 10.0)
        assert usage["n"]["prompt_tokens_total_cost"] == 0.0
