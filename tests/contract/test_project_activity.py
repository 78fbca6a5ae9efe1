"""How much the caller's projects hold, over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from weft.core.ids import new_id


def activity(client: TestClient, project: str) -> dict[str, Any] | None:
    answer = client.get("/weft/v1/projects/activity")
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[str, Any]] = {f"{one['entity']}/{one['name']}": one for one in answer.json()["projects"]}
    return found.get(project)


def test_calls_are_counted_and_the_latest_is_told(app_client: TestClient, project: str) -> None:
    assert activity(app_client, project) is None
    calls = [
        {
            "project_id": project,
            "id": new_id(),
            "trace_id": new_id(),
            "op_name": "op",
            "started_at": f"2026-01-0{day}T00:00:00Z",
            "ended_at": f"2026-01-0{day}T00:00:01Z",
            "attributes": {},
            "inputs": {},
            "summary": {},
        }
        for day in (1, 2, 3)
    ]
    assert app_client.post(f"/v2/{project}/calls/complete", json={"batch": calls}).status_code == 200
    app_client.post("/calls/delete", json={"project_id": project, "call_ids": [calls[2]["id"]]}).raise_for_status()
    found = activity(app_client, project)
    assert found is not None
    assert (found["calls"], found["spans"]) == (2, 0)
    assert found["last_activity"].startswith("2026-01-02T00:00:00")


def test_a_project_that_holds_nothing_says_so(app_client: TestClient, project: str) -> None:
    app_client.post("/cost/create", json={"project_id": project, "costs": {}}).raise_for_status()
    entity, name = project.split("/")
    nothing = {"calls": 0, "spans": 0, "last_activity": None}
    assert activity(app_client, project) == {"entity": entity, "name": name, **nothing}
