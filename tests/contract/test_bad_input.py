"""Bad input gets the contract's status and envelope, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

JSON = {"content-type": "application/json"}
T0 = "2026-01-01T00:00:00Z"


def _call(project: str, **fields: Any) -> dict[str, Any]:
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "op",
        "started_at": T0,
        "ended_at": T0,
        "attributes": {},
        "inputs": {},
        "output": None,
        "summary": {},
    }
    return {**call, **fields}


def _feedback(project: str, **fields: Any) -> dict[str, Any]:
    body = {"project_id": project, "weave_ref": "anything", "feedback_type": "wandb.note.1", "payload": {"note": "n"}}
    return {**body, **fields}


def _is_empty(client: TestClient, project: str) -> None:
    """The project holds no calls and no feedback (or does not exist at all)."""
    calls = client.post("/calls/query_stats", json={"project_id": project})
    feedback = client.post("/feedback/query", json={"project_id": project})
    assert calls.status_code == 404 or calls.json()["count"] == 0
    assert feedback.status_code == 404 or feedback.json()["total_count"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 5},
        {"id": "not an id"},
        {"id": "0190A5D0-AC96-774B-BCCE-B302099A8057"},
        {"trace_id": "short"},
        {"parent_id": "x"},
        {"op_name": "x" * 129},
        {"op_name": None},
        {"display_name": "x" * 1025},
        {"started_at": "yesterday"},
        {"started_at": "0001-01-01T00:00:00Z"},
        {"started_at": 1e18},
        {"inputs": []},
        {"attributes": "text"},
        {"summary": {"usage": {"gpt": {"prompt_tokens": 1.5}}}},
        {"summary": {"status_counts": {"odd": 1}}},
        {"wb_run_step": -1},
        {"wb_run_step": 10**30},
        {"inputs": {"ref": "weave:///x"}},
        {"inputs": {"ref": "weave-trace-internal:///someone-else/object/a:b"}},
    ],
    ids=repr,
)
def test_one_bad_call_refuses_its_batch_whole(app_client: TestClient, project: str, fields: dict[str, Any]) -> None:
    batch = [_call(project), _call(project, **fields)]
    answer = app_client.post(f"/v2/{project}/calls/complete", json={"batch": batch})
    assert answer.status_code in (400, 422), answer.text
    assert set(answer.json()) & {"reason", "detail"}
    _is_empty(app_client, project)


def test_a_call_of_another_project_is_refused(app_client: TestClient, project: str) -> None:
    answer = app_client.post(f"/v2/{project}/calls/complete", json={"batch": [_call(f"{project}x")]})
    assert answer.status_code == 400
    assert "reason" in answer.json()


@pytest.mark.parametrize("path", ["/feedback/create", "/calls/score"])
def test_unknown_fields_are_refused_where_the_contract_is_strict(
    app_client: TestClient, project: str, path: str
) -> None:
    score = {"project_id": project, "call_ids": [], "scorer_refs": []}
    body = _feedback(project) if path == "/feedback/create" else score
    answer = app_client.post(path, json={**body, "surprise": 1})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "surprise"]
    _is_empty(app_client, project)


def test_unknown_fields_are_ignored_elsewhere(app_client: TestClient, project: str) -> None:
    answer = app_client.post(f"/v2/{project}/calls/complete", json={"batch": [_call(project, surprise=1)], "more": 2})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON, b"{", 422),
        (JSON, b"", 422),
        (JSON, b"\xff\xfe", 400),
        (JSON, b'{"project_id": "\xe9"}', 400),
        (JSON, b"[" * 5000 + b"]" * 5000, 413),
        (JSON, b'{"project_id":' + b"[" * 300 + b"]" * 300 + b"}", 413),
        ({**JSON, "content-encoding": "gzip"}, b"not gzip", 400),
        ({**JSON, "content-encoding": "gzip"}, gzip.compress(b'{"project_id":"a/b"}' * 100)[:-10], 400),
        ({**JSON, "content-encoding": "gzip"}, gzip.compress(b" " * (33 * 1024 * 1024)), 413),
        ({**JSON, "content-encoding": "br"}, b"x", 400),
        (JSON, b'"' + b"x" * (33 * 1024 * 1024) + b'"', 413),
    ],
    ids=["cut", "empty", "not-utf8", "latin1", "very-deep", "deep", "no-gzip", "cut-gzip", "bomb", "brotli", "large"],
)
def test_bodies_that_cannot_be_read(app_client: TestClient, headers: dict[str, str], body: bytes, status: int) -> None:
    answer = app_client.post("/feedback/create", content=body, headers=headers)
    assert answer.status_code == status, answer.text[:300]
    assert set(answer.json()) & {"reason", "detail"}
    assert len(answer.content) < 2000


def test_a_body_that_is_cut_off_is_no_mistake_of_the_server(app_client: TestClient) -> None:
    messages: list[Any] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-length", b"100"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/calls/score", "query_string": b"", "headers": headers}
    # In the application's own loop: this thread may have one of the browser's.
    assert app_client.portal is not None
    app_client.portal.call(app_client.app, {**scope, "raw_path": b"/calls/score", "client": None}, receive, send)
    assert sent[0]["status"] == 400


def test_a_gzipped_body_is_read(app_client: TestClient, project: str) -> None:
    body = gzip.compress(json.dumps(_feedback(project)).encode())
    answer = app_client.post("/feedback/create", content=body, headers={**JSON, "content-encoding": "gzip"})
    assert answer.status_code == 200, answer.text


def test_odd_texts_come_back_as_they_were(app_client: TestClient, project: str) -> None:
    raw = (
        '{"nul":"a\\u0000b","surrogate":"\\ud800","emoji":"🙂","nan":NaN,"inf":-Infinity,'
        '"big":123456789012345678901234567890,"__proto__":{"a":1},"":"empty key","a.b":1}'
    )
    call = _call(project)
    text = json.dumps({"batch": [call]}).replace('"inputs": {}', f'"inputs": {raw}').encode()
    answer = app_client.post(f"/v2/{project}/calls/complete", content=text, headers=JSON)
    assert answer.status_code == 200, answer.text
    line = app_client.post("/calls/stream_query", json={"project_id": project}).text
    read = json.loads(line)["inputs"]
    expected = json.loads(raw) | {"nan": "NaN", "inf": "-Infinity"}
    assert read == expected


def test_odd_texts_in_feedback_and_objects(app_client: TestClient, project: str) -> None:
    payload = '{"note":"a\\u0000b \\ud800","n":NaN}'
    body = json.dumps(_feedback(project)).replace('{"note": "n"}', payload).encode()
    answer = app_client.post("/feedback/create", content=body, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert app_client.post("/feedback/query", json={"project_id": project}).status_code == 200
    obj = f'{{"obj":{{"project_id":"{project}","object_id":"odd","val":{payload}}}}}'.encode()
    created = app_client.post("/obj/create", content=obj, headers=JSON)
    assert created.status_code == 200, created.text
    read = app_client.post(
        "/obj/read", json={"project_id": project, "object_id": "odd", "digest": created.json()["digest"]}
    )
    assert json.loads(read.text)["obj"]["val"]["note"] == "a\x00b \ud800"


@pytest.mark.parametrize("name", ["", "noslash", "a/b/c", "/", "a/", "/b", "a b/c\n", "x" * 300 + "/y", "a/\x00"])
def test_project_names_that_cannot_be(app_client: TestClient, name: str) -> None:
    answer = app_client.post("/feedback/create", json=_feedback(name))
    assert answer.status_code in (400, 422), answer.text


def test_unknown_projects_are_not_found(app_client: TestClient) -> None:
    answer = app_client.post("/calls/query_stats", json={"project_id": f"nobody/{new_id()}"})
    assert answer.status_code == 404
    assert "reason" in answer.json()


@pytest.mark.parametrize(
    "change",
    [
        {"feedback_type": "wandb.note.1", "payload": {"note": ""}},
        {"feedback_type": "wandb.note.1", "payload": {"note": "x" * 1025}},
        {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "no"}},
        {"feedback_type": "wandb.runnable.x", "payload": {"output": 1}},
        {"feedback_type": "wandb.annotationx", "payload": {"value": 1}},
        {"feedback_type": "custom", "payload": {"text": "x" * 1_100_000}},
        {"feedback_type": "custom", "call_ref": "weave:///a/b/call/1"},
        {"feedback_type": "custom", "scorer_tags": ["a"]},
        {"feedback_type": "custom", "queue_id": "nowhere"},
        {"feedback_type": "custom", "payload": []},
        {"feedback_type": 5},
        {"scorer_ratings": {"a": "high"}},
    ],
    ids=lambda change: str(change)[:60],
)
def test_bad_feedback_is_refused_and_not_stored(app_client: TestClient, project: str, change: dict[str, Any]) -> None:
    answer = app_client.post("/feedback/create", json=_feedback(project, **change))
    assert answer.status_code in (400, 422), answer.text[:300]
    _is_empty(app_client, project)


@pytest.mark.parametrize(
    ("path", "change", "statuses"),
    [
        ("predictions", {"model": 5}, {422}),
        ("predictions", {"inputs": []}, {422}),
        ("predictions", {"output": ...}, {422}),
        ("predictions", {"evaluation_run_id": new_id()}, {404}),
        ("predictions", {"evaluation_run_id": "x"}, {400, 404}),
        ("predictions", {"model": "weave:///x"}, {400}),
        ("predictions", {"genai_span_ref": [{"trace_id": "a"}]}, {422}),
        ("scores", {"prediction_id": new_id()}, {404}),
        ("scores", {"value": ...}, {422}),
        ("scores", {"scorer": "no ref"}, {400, 404}),
    ],
    ids=str,
)
def test_bad_predictions_and_scores(
    app_client: TestClient, project: str, path: str, change: dict[str, Any], statuses: set[int]
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "predictions": {"model": "m", "inputs": {}, "output": None},
        "scores": {"prediction_id": new_id(), "scorer": f"weave:///{project}/object/s:{'0' * 43}", "value": 1},
    }
    body = {key: value for key, value in {**bodies[path], **change}.items() if value is not ...}
    answer = app_client.post(f"/v2/{project}/{path}", json=body)
    assert answer.status_code in statuses, answer.text
    _is_empty(app_client, project)


def test_reasons_name_refs_as_clients_do(app_client: TestClient, project: str) -> None:
    ref = f"weave:///{project}/call/{new_id()}"
    answer = app_client.post(f"/v2/{project}/predictions", json={"model": ref, "inputs": {}, "output": 1})
    assert answer.status_code == 200
    answer = app_client.post("/refs/read_batch", json={"refs": [ref]})
    assert answer.status_code == 400
    assert "weave-trace-internal" not in answer.text
    assert ref in answer.json()["reason"]
