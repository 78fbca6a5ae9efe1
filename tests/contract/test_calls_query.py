"""Reading calls over HTTP: streams, lists, statistics, one by its id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id


class Calls:
    """Writes and reads the calls of one project through the API."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    def write(self, **given: Any) -> str:
        call_id = given.pop("id", None) or new_id()
        call = {
            "project_id": self.project,
            "id": call_id,
            "trace_id": new_id(),
            "op_name": "op",
            "started_at": "2026-01-01T00:00:00.000001Z",
            "ended_at": "2026-01-01T00:00:01.5Z",
            "attributes": {},
            "inputs": {},
            "summary": {},
            **given,
        }
        self._ok(f"/v2/{self.project}/calls/complete", {"batch": [call]})
        return call_id

    def start(self, **given: Any) -> str:
        start = {"project_id": self.project, "op_name": "op", "started_at": "2026-01-01T00:00:00Z", **given}
        answer = self._ok("/call/start", {"start": {"attributes": {}, "inputs": {}, **start}})
        return str(answer["id"])

    def stream(self, **request: Any) -> list[dict[str, Any]]:
        response = self.post("/calls/stream_query", **request)
        assert response.status_code == 200, response.text
        return [json.loads(line) for line in response.text.splitlines()]

    def post(self, path: str, **request: Any) -> Any:
        return self.client.post(path, json={"project_id": self.project, **request})

    def _ok(self, path: str, body: dict[str, Any]) -> Any:
        response = self.client.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def calls(app_client: TestClient, project: str) -> Calls:
    return Calls(app_client, project)


def literal_eq(path: str, value: Any) -> dict[str, Any]:
    return {"$expr": {"$eq": [{"$getField": path}, {"$literal": value}]}}


def test_a_call_is_read_with_every_key(calls: Calls) -> None:
    call_id = calls.write(inputs={"q": "ä\u0000"}, output={"a": [1, 2.5]}, attributes={"x": 1}, summary={"k": "v"})
    (call,) = calls.stream()
    assert call["id"] == call_id
    assert call["project_id"] == calls.project
    assert call["inputs"] == {"q": "ä\u0000"}
    assert call["output"] == {"a": [1, 2.5]}
    assert call["started_at"] == "2026-01-01T00:00:00.000001Z"
    assert call["summary"] == {
        "k": "v",
        "weave": {"status": "success", "latency_ms": 1499, "trace_name": "op"},
    }
    nulls = ("display_name", "parent_id", "thread_id", "turn_id", "exception", "wb_run_id", "deleted_at", "expire_at")
    assert [call[name] for name in nulls] == [None] * len(nulls)
    assert call["storage_size_bytes"] is call["total_storage_size_bytes"] is None
    assert "wb_username" not in call
    assert calls.post("/call/read", id=call_id).json() == {"call": call}
    assert calls.post("/calls/query").json() == {"calls": [call]}


def test_a_missing_call_reads_as_null_and_a_missing_project_as_404(calls: Calls) -> None:
    calls.write()
    assert calls.post("/call/read", id=new_id()).json() == {"call": None}
    response = calls.client.post("/calls/stream_query", json={"project_id": "nobody/nothing"})
    assert response.status_code == 404


@pytest.mark.parametrize("kind", ["application/jsonl", "application/x-ndjson"])
def test_the_stream_has_one_line_per_call_in_the_type_asked_for(calls: Calls, kind: str) -> None:
    calls.write()
    calls.write()
    body = {"project_id": calls.project}
    response = calls.client.post("/calls/stream_query", json=body, headers={"accept": kind})
    assert response.headers["content-type"].startswith(kind)
    assert response.text.endswith("\n")
    assert len(response.text.split("\n")) == 3
    empty = calls.client.post("/calls/stream_query", json={**body, "limit": 0}, headers={"accept": kind})
    assert empty.content == b""


def test_null_is_the_same_as_absent_everywhere(calls: Calls) -> None:
    calls.write()
    nothing = ("filter", "limit", "offset", "sort_by", "query", "columns", "expand_columns", "include_costs")
    assert len(calls.stream(**dict.fromkeys(nothing))) == 1
    assert len(calls.stream(filter={"op_names": None, "thread_ids": None, "trace_roots_only": None})) == 1


def test_statuses_are_derived(calls: Calls) -> None:
    running = calls.start()
    failed = calls.write(exception="broke")
    below = calls.write(summary={"status_counts": {"error": 1}, "weave": {"status": "mine", "kept": 1}})
    found = {call["id"]: call["summary"]["weave"] for call in calls.stream()}
    assert found[running] == {"status": "running", "trace_name": "op"}
    assert found[failed]["status"] == "error"
    assert found[below]["status"] == "descendant_error"
    assert found[below]["kept"] == 1
    for call_id, status in ((running, "running"), (failed, "error"), (below, "descendant_error")):
        assert [call["id"] for call in calls.stream(query=literal_eq("summary.weave.status", status))] == [call_id]


def test_columns_limit_what_is_read(calls: Calls) -> None:
    calls.write(inputs={"a": 1}, output=2, display_name="shown", thread_id="t")
    (call,) = calls.stream(columns=["inputs.a"])
    assert call["inputs"] == {"a": 1}
    assert call["output"] is call["summary"] is call["thread_id"] is call["ended_at"] is None
    assert call["attributes"] == {}
    (call,) = calls.stream(columns=["summary_dump"])
    assert call["summary"]["weave"] == {"status": "success", "latency_ms": 1499, "display_name": "shown"}
    assert calls.post("/calls/stream_query", columns=["nope"]).status_code == 422


def test_costs_come_from_list_prices(calls: Calls) -> None:
    usage = {"gpt-4o": {"prompt_tokens": 1000, "input_tokens": 0, "completion_tokens": 10, "requests": 1}, "mine": {}}
    calls.write(summary={"usage": usage})
    (call,) = calls.stream(include_costs=True, columns=["id"])
    costs = call["summary"]["weave"]["costs"]
    assert set(costs) == {"gpt-4o"}
    cost = costs["gpt-4o"]
    assert cost["pricing_level"] == "default"
    assert cost["prompt_tokens_total_cost"] == pytest.approx(1000 * cost["prompt_token_cost"])
    assert cost["completion_tokens_total_cost"] == pytest.approx(10 * cost["completion_token_cost"])
    assert cost["prompt_token_cost"] > 0
    assert "costs" not in calls.stream()[0]["summary"]["weave"]


def test_sizes_and_usernames_are_added_when_asked_for(calls: Calls) -> None:
    trace = new_id()
    root = calls.write(trace_id=trace, inputs={"a": "x" * 100})
    calls.write(trace_id=trace, parent_id=root, started_at="2026-01-01T00:00:00.5Z")
    first, second = calls.stream(include_storage_size=True, include_total_storage_size=True, include_usernames=True)
    assert first["storage_size_bytes"] > 100
    assert first["total_storage_size_bytes"] == first["storage_size_bytes"] + second["storage_size_bytes"]
    assert second["total_storage_size_bytes"] is None
    assert first["wb_user_id"]
    read = calls.post("/call/read", id=root, include_storage_size=True, include_total_storage_size=True).json()["call"]
    assert read["storage_size_bytes"] == first["storage_size_bytes"]
    assert read["total_storage_size_bytes"] == first["total_storage_size_bytes"]
    (limited, _) = calls.stream(include_total_storage_size=True, columns=["id"])
    assert limited["total_storage_size_bytes"] == first["total_storage_size_bytes"]


def test_otel_data_shows_among_the_attributes(calls: Calls) -> None:
    calls.write(otel_dump={"name": "span"}, attributes={})
    calls.write(otel_dump={"name": "span"}, attributes={"a": 1, "otel_span": "mine"})
    attributes = [call["attributes"] for call in calls.stream()]
    assert {"otel_span": {"name": "span"}} in attributes
    assert {"a": 1, "otel_span": {"name": "span"}} in attributes


def test_feedback_is_added_to_the_summary(calls: Calls) -> None:
    call_id = calls.write()
    ref = f"weave:///{calls.project}/call/{call_id}"
    note = {"weave_ref": ref, "feedback_type": "wandb.note.1", "payload": {"note": "fine"}}
    assert calls.post("/feedback/create", **note).status_code == 200
    calls.write(started_at="2026-01-02T00:00:00Z")
    with_note, without = calls.stream(include_feedback=True)
    (shown,) = with_note["summary"]["weave"]["feedback"]
    assert shown["weave_ref"] == ref
    assert shown["payload"] == {"note": "fine"}
    assert shown["runnable_ref"] is None
    assert without["summary"]["weave"]["feedback"] == []
    query = {"$expr": {"$not": [literal_eq("feedback.[wandb.note.1].payload.note", "")["$expr"]]}}
    assert [call["id"] for call in calls.stream(query=query)] == [call_id]


def test_refs_are_expanded_in_answers_and_seen_through_by_conditions(calls: Calls) -> None:
    value = {"name": "m", "size": 7, "long": "x" * 500}
    obj = {"project_id": calls.project, "object_id": "model", "val": value}
    digest = calls.client.post("/obj/create", json={"obj": obj}).json()["digest"]
    ref = f"weave:///{calls.project}/object/model:{digest}"
    outer = {"project_id": calls.project, "object_id": "outer", "val": {"inner": ref}}
    outer_digest = calls.client.post("/obj/create", json={"obj": outer}).json()["digest"]
    outer_ref = f"weave:///{calls.project}/object/outer:{outer_digest}"
    call_id = calls.write(inputs={"model": ref, "outer": outer_ref})
    calls.write(inputs={"model": "none"}, started_at="2026-01-02T00:00:00Z")
    listed = ["inputs.model", "inputs.outer", "inputs.outer.inner"]

    call, other = calls.stream(expand_columns=listed)
    assert call["inputs"]["model"] == {"_ref": ref, **value}
    assert call["inputs"]["outer"]["inner"] == {"_ref": ref, **value}
    assert other["inputs"] == {"model": "none"}
    call, _ = calls.stream(expand_columns=listed, return_expanded_column_values=False)
    assert call["inputs"]["model"] == ref

    for path, wanted in (("inputs.model.size", 7), ("inputs.outer.inner.name", "m"), ("inputs.model.long", "x" * 500)):
        query = literal_eq(path, wanted)
        assert [call["id"] for call in calls.stream(query=query, expand_columns=listed)] == [call_id]
        assert calls.stream(query=query) == []
        stats = calls.post("/calls/query_stats", query=query, expand_columns=listed).json()
        assert stats["count"] == 1
    sort_by = [{"field": "inputs.model.size", "direction": "desc"}]
    assert calls.stream(sort_by=sort_by, expand_columns=listed)[0]["id"] == call_id


def test_a_missing_target_is_an_error_in_the_answer_but_not_in_a_condition(calls: Calls) -> None:
    ref = f"weave:///{calls.project}/object/gone:{'a' * 43}"
    calls.write(inputs={"model": ref})
    assert calls.post("/calls/stream_query", expand_columns=["inputs.model"]).status_code == 404
    query = literal_eq("inputs.model.x", "y")
    assert calls.stream(query=query, expand_columns=["inputs.model"], return_expanded_column_values=False) == []


def test_refs_in_filters_and_queries_are_understood_in_their_outside_form(calls: Calls) -> None:
    op = f"weave:///{calls.project}/op/my_op:v1digest"
    ref = f"weave:///{calls.project}/object/data:{'b' * 43}"
    call_id = calls.write(op_name=op, inputs={"d": ref})
    calls.write()
    for request in (
        {"filter": {"op_names": [op]}},
        {"filter": {"op_names": [op.replace("v1digest", "*")]}},
        {"filter": {"input_refs": [ref]}},
        {"filter": {"input_refs": [ref.replace("b" * 43, "*")]}},
        {"query": literal_eq("op_name", op)},
        {"query": literal_eq("inputs.d", ref)},
        {"query": literal_eq("summary.weave.trace_name", "my_op")},
    ):
        (call,) = calls.stream(**request)
        assert call["id"] == call_id
        assert call["op_name"] == op
        assert call["summary"]["weave"]["trace_name"] == "my_op"


def test_runs_are_filtered_by_name_with_or_without_the_project(calls: Calls) -> None:
    calls.write(wb_run_id=f"{calls.project}/run1", wb_run_step=3)
    calls.write()
    for run in ("run1", f"{calls.project}/run1"):
        (call,) = calls.stream(filter={"wb_run_ids": [run]})
        assert call["wb_run_id"] == f"{calls.project}/run1"
        assert call["wb_run_step"] == 3


def test_statistics_count_up_to_the_limit(calls: Calls) -> None:
    for _ in range(3):
        calls.write(inputs={"a": 1})
    assert calls.post("/calls/query_stats").json() == {
        "count": 3,
        "has_more": False,
        "total_storage_size_bytes": None,
    }
    assert calls.post("/calls/query_stats", limit=2).json()["count"] == 2
    assert calls.post("/calls/query_stats", limit=2).json()["has_more"] is True
    assert calls.post("/calls/query_stats", limit=1, query=literal_eq("inputs.a", 2)).json()["count"] == 0
    assert calls.post("/calls/query_stats", include_total_storage_size=True).json()["total_storage_size_bytes"] > 0


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"limit": -1}, 400),
        ({"offset": -1}, 400),
        ({"sort_by": [{"field": "id", "direction": "ASC"}]}, 422),
        ({"sort_by": [{"field": "nope", "direction": "asc"}]}, 422),
        ({"query": {"$expr": {"$and": []}}}, 400),
        ({"query": {"$expr": {"$literal": 1}}}, 422),
        ({"query": {"$expr": {"$eq": [{"$literal": 1}]}}}, 422),
        ({"query": {"$expr": {"$and": [{"$literal": True}]}, "more": 1}}, 422),
        ({"query": literal_eq("op_name", 5)}, 400),
        ({"query": literal_eq("started_at", "soon")}, 400),
        ({"query": literal_eq("inputs.a", {"x": {"$literal": 1}})}, 400),
        ({"query": literal_eq("summary.weave.costs", 1)}, 422),
        ({"filter": {"call_ids": ["x"] * 1001}}, 400),
        ({"query": {"$expr": {"eq_": [{"get_field_": "id"}, {"literal_": "x"}]}}}, 200),
        ({"query": {"$expr": {"$eq": [{"$getField": "id"}, {"$literal": "x"}], "extra": 1}}}, 200),
        ({"filter": {"unknown": 1}, "unknown": 2}, 200),
    ],
)
def test_bad_requests_are_refused_with_their_status(calls: Calls, request_: dict[str, Any], status: int) -> None:
    calls.write()
    response = calls.post("/calls/stream_query", **request_)
    assert response.status_code == status, response.text
    if status == 400:
        assert response.json()["reason"]
