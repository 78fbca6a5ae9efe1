"""Annotation queues over HTTP."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient


def _create(client: TestClient, project: str, name: str, **fields: Any) -> str:
    body = {"project_id": project, "name": name, "scorer_refs": []} | fields
    response = client.post("/annotation_queues", json=body)
    assert response.status_code == 200, response.text
    queue_id: str = response.json()["id"]
    return queue_id


def _names(client: TestClient, project: str, **fields: Any) -> list[str]:
    response = client.post("/annotation_queues/query", json={"project_id": project} | fields)
    assert response.status_code == 200, response.text
    return [json.loads(line)["name"] for line in response.text.splitlines()]


def test_a_queue_lives_and_dies(app_client: TestClient, project: str) -> None:
    spec = f"weave:///{project}/object/tone:abc"
    queue_id = _create(app_client, project, "Reviews", description="all of them", scorer_refs=[spec, "opaque"])
    at, where = f"/annotation_queues/{queue_id}", {"project_id": project}

    queue = app_client.get(at, params=where).json()["queue"]
    assert (queue["id"], queue["project_id"], queue["name"]) == (queue_id, project, "Reviews")
    assert (queue["description"], queue["scorer_refs"]) == ("all of them", [spec, "opaque"])
    assert queue["created_by"]
    assert queue["created_at"] == queue["updated_at"]
    assert queue["deleted_at"] is None

    untouched = app_client.put(at, json=where | {"name": None}).json()["queue"]
    assert untouched == queue
    changed = app_client.put(at, json=where | {"scorer_refs": [], "description": ""}).json()["queue"]
    assert (changed["name"], changed["description"], changed["scorer_refs"]) == ("Reviews", "", [])
    assert changed["updated_at"] > queue["updated_at"]

    deleted = app_client.delete(at, params=where)
    assert deleted.status_code == 200
    assert deleted.json()["queue"]["deleted_at"] is not None
    assert app_client.delete(at, params=where).status_code == 404
    assert app_client.get(at, params=where).status_code == 404
    assert app_client.put(at, json=where | {"name": "x"}).status_code == 404
    assert app_client.put(at, json=where).status_code == 404
    assert _names(app_client, project) == []


def test_queues_of_another_project_are_not_found(app_client: TestClient, project: str) -> None:
    queue_id = _create(app_client, project, "mine")
    _create(app_client, f"{project}-2", "theirs")
    other = {"project_id": f"{project}-2"}
    assert app_client.get(f"/annotation_queues/{queue_id}", params=other).status_code == 404
    assert app_client.delete(f"/annotation_queues/{queue_id}", params=other).status_code == 404
    assert _names(app_client, project) == ["mine"]


def test_queues_are_listed_as_lines(app_client: TestClient, project: str) -> None:
    for name in ("beta", "Alpha", "100%"):
        _create(app_client, project, name)
    assert _names(app_client, project) == ["100%", "Alpha", "beta"]
    assert _names(app_client, project, name="ALP") == ["Alpha"]
    assert _names(app_client, project, name="%") == ["100%"]
    by_name = [{"field": "unknown", "direction": "asc"}, {"field": "name", "direction": "desc"}]
    assert _names(app_client, project, sort_by=by_name, limit=1, offset=1) == ["Alpha"]
    lines = app_client.post(
        "/annotation_queues/query", json={"project_id": project}, headers={"accept": "application/x-ndjson"}
    )
    assert lines.headers["content-type"].startswith("application/x-ndjson")


def test_bad_requests_are_refused(app_client: TestClient, project: str) -> None:
    _create(app_client, project, "one")
    for fields in ({"limit": -1}, {"offset": -1}):
        response = app_client.post("/annotation_queues/query", json={"project_id": project} | fields)
        assert response.status_code == 400
    assert app_client.post("/annotation_queues", json={"project_id": project, "name": "x"}).status_code == 422
    for name in ("a\0b", "a\ud800b"):
        body = json.dumps({"project_id": project, "name": name, "scorer_refs": []})
        response = app_client.post("/annotation_queues", content=body, headers={"content-type": "application/json"})
        assert response.status_code == 400
    assert _names(app_client, project) == ["one"]
