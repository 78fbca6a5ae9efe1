from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

T0 = "2026-01-01T00:00:00.123456Z"
T1 = "2026-01-01T00:00:01.500000Z"


def _start(project: str, **fields: Any) -> dict[str, Any]:
    start = {"project_id": project, "op_name": "op", "started_at": T0, "attributes": {"k": 1}, "inputs": {"x": 1}}
    return {"id": new_id(), "trace_id": new_id(), **start, **fields}


def _end(project: str, call_id: str, **fields: Any) -> dict[str, Any]:
    return {"project_id": project, "id": call_id, "ended_at": T1, "output": {"y": 2}, "summary": {}, **fields}


def _post(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _calls(client: TestClient, project: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.post("/calls/stream_query", json={"project_id": project, **query})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("style", ["v1", "v1-end-first", "batch", "v2", "complete"])
def test_every_style_of_writing_gives_the_same_call(app_client: TestClient, project: str, style: str) -> None:
    more = {"thread_id": "th", "turn_id": "tu", "wb_run_id": f"{project}/run", "wb_run_step": 3}
    start = _start(project, display_name="named", **more)
    end = _end(project, start["id"], summary={"usage": {"gpt": {"prompt_tokens": 5.0}}}, wb_run_step_end=4)
    writes: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "v1": [("/call/start", {"start": start}), ("/call/end", {"end": end})],
        "v1-end-first": [("/call/end", {"end": end}), ("/call/start", {"start": start})],
        "batch": [
            (
                "/call/upsert_batch",
                {"batch": [{"mode": "end", "req": {"end": end}}, {"mode": "start", "req": {"start": start}}]},
            )
        ],
        "v2": [(f"/v2/{project}/call/start", {"start": start}), (f"/v2/{project}/call/end", {"end": end})],
        "complete": [(f"/v2/{project}/calls/complete", {"batch": [{**start, **end}]})],
    }
    for path, body in writes[style]:
        _post(app_client, path, body)
    [call] = _calls(app_client, project)
    expected = {
        "id": start["id"],
        "project_id": project,
        "trace_id": start["trace_id"],
        "op_name": "op",
        "display_name": "named",
        "started_at": T0,
        "ended_at": T1,
        "inputs": {"x": 1},
        "output": {"y": 2},
        "attributes": {"k": 1},
        "thread_id": "th",
        "turn_id": "tu",
        "parent_id": None,
        "exception": None,
        "wb_run_id": f"{project}/run",
        "wb_run_step": 3,
        "wb_run_step_end": 4,
        "deleted_at": None,
    }
    assert {name: call[name] for name in expected} == expected
    assert call["wb_user_id"]
    assert call["summary"]["usage"] == {"gpt": {"prompt_tokens": 5}}
    assert call["summary"]["weave"] == {"status": "success", "latency_ms": 1376, "display_name": "named"}


def test_styles_mix_in_one_project(app_client: TestClient, project: str) -> None:
    starts = [_start(project) for _ in range(3)]
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [{**starts[0], **_end(project, starts[0]["id"])}]})
    _post(app_client, "/call/start", {"start": starts[1]})
    _post(app_client, f"/v2/{project}/call/start", {"start": starts[2]})
    _post(app_client, f"/v2/{project}/call/end", {"end": _end(project, starts[1]["id"])})
    _post(app_client, "/call/end", {"end": _end(project, starts[2]["id"])})
    assert {call["summary"]["weave"]["status"] for call in _calls(app_client, project)} == {"success"}
    assert len(_calls(app_client, project)) == 3


def test_the_server_chooses_missing_ids(app_client: TestClient, project: str) -> None:
    start = {**_start(project), "id": None, "trace_id": None}
    made = _post(app_client, "/call/start", {"start": start})
    assert [(call["id"], call["trace_id"]) for call in _calls(app_client, project)] == [(made["id"], made["trace_id"])]


def test_a_running_call_is_visible_and_an_end_alone_is_not(app_client: TestClient, project: str) -> None:
    start = _start(project)
    _post(app_client, "/call/start", {"start": start})
    _post(app_client, "/call/end", {"end": _end(project, new_id())})
    [call] = _calls(app_client, project)
    assert call["id"] == start["id"]
    assert call["ended_at"] is None
    assert call["summary"]["weave"]["status"] == "running"


def test_a_v2_end_without_its_start_is_not_found(app_client: TestClient, project: str) -> None:
    _post(app_client, "/call/start", {"start": _start(project)})
    answer = app_client.post(f"/v2/{project}/call/end", json={"end": _end(project, new_id())})
    assert answer.status_code == 404
    assert "reason" in answer.json()


def test_a_resent_batch_changes_nothing(app_client: TestClient, project: str) -> None:
    batch = [{**start, **_end(project, start["id"])} for start in (_start(project), _start(project))]
    for _ in range(3):
        _post(app_client, f"/v2/{project}/calls/complete", {"batch": batch})
    assert len(_calls(app_client, project)) == 2
    assert _post(app_client, "/calls/query_stats", {"project_id": project})["count"] == 2


def test_credentials_are_redacted_in_inputs_and_attributes_only(app_client: TestClient, project: str) -> None:
    start = _start(project, inputs={"api_key": "sk-1", "q": "x"}, attributes={"headers": {"Authorization": "Bearer y"}})
    end = _end(project, start["id"], output={"api_key": "kept"})
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [{**start, **end}]})
    [call] = _calls(app_client, project)
    assert call["inputs"] == {"api_key": "REDACTED", "q": "x"}
    assert call["attributes"] == {"headers": {"Authorization": "REDACTED"}}
    assert call["output"] == {"api_key": "kept"}


def test_display_names_are_set_cleared_and_survive_a_resend(app_client: TestClient, project: str) -> None:
    start = _start(project)
    complete = {**start, **_end(project, start["id"])}
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [complete]})
    update = {"project_id": project, "call_id": start["id"]}
    _post(app_client, "/call/update", {**update, "display_name": "new"})
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [complete]})
    assert _calls(app_client, project)[0]["display_name"] == "new"
    _post(app_client, "/call/update", {**update, "display_name": ""})
    assert _calls(app_client, project)[0]["display_name"] is None
    assert app_client.post("/call/update", json=update).status_code == 400
    assert _post(app_client, "/call/update", {**update, "call_id": new_id(), "display_name": "x"}) == {}


def test_deleting_takes_the_descendants_along(app_client: TestClient, project: str) -> None:
    root = _start(project)
    child = _start(project, trace_id=root["trace_id"], parent_id=root["id"])
    grandchild = _start(project, trace_id=root["trace_id"], parent_id=child["id"])
    sibling = _start(project, trace_id=root["trace_id"], parent_id=root["id"])
    for start in (root, child, grandchild, sibling):
        _post(app_client, "/call/start", {"start": start})
    assert _post(app_client, "/calls/delete", {"project_id": project, "call_ids": [child["id"]]}) == {"num_deleted": 2}
    assert {call["id"] for call in _calls(app_client, project)} == {root["id"], sibling["id"]}
    assert _post(app_client, "/calls/delete", {"project_id": project, "call_ids": [new_id()]}) == {"num_deleted": 0}
    many = {"project_id": project, "call_ids": [new_id() for _ in range(1001)]}
    assert app_client.post("/calls/delete", json=many).status_code == 413


def test_calls_of_another_project_cannot_be_touched(app_client: TestClient, project: str) -> None:
    start = _start(project)
    _post(app_client, "/call/start", {"start": start})
    other = f"{project}-other"
    _post(app_client, "/call/start", {"start": _start(other)})
    assert app_client.post(f"/v2/{other}/call/end", json={"end": _end(other, start["id"])}).status_code == 404
    assert _post(app_client, "/calls/delete", {"project_id": other, "call_ids": [start["id"]]}) == {"num_deleted": 0}
    _post(app_client, "/call/update", {"project_id": other, "call_id": start["id"], "display_name": "stolen"})
    [call] = _calls(app_client, project)
    assert (call["ended_at"], call["display_name"]) == (None, None)


def test_the_trace_api_is_also_served_under_traces_and_with_a_doubled_slash(
    app_client: TestClient, project: str
) -> None:
    for prefix in ("/traces", "http://testserver/", "/traces/"):
        _post(app_client, f"{prefix}/call/start", {"start": _start(project)})
    assert len(_calls(app_client, project)) == 3


def test_refs_in_the_first_request_of_a_project_are_kept_as_refs(app_client: TestClient, project: str) -> None:
    ref = f"weave:///{project}/object/model:{'a' * 43}"
    start = _start(project, inputs={"model": ref, "text": json.dumps({"inner": ref})})
    _post(app_client, "/call/start", {"start": start})
    [call] = _calls(app_client, project, filter={"input_refs": [ref]})
    assert call["inputs"]["model"] == ref
    assert json.loads(call["inputs"]["text"]) == {"inner": ref}
    assert len(_calls(app_client, project, filter={"input_refs": [f"weave:///{project}/object/model:*"]})) == 1
