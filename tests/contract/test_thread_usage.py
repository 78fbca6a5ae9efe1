"""What threads took over HTTP: tokens once, costs where a price is known, failed turns."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

USAGE = {"usage": {"gpt-4o": {"prompt_tokens": 1000, "completion_tokens": 100, "requests": 1}}}


def call(project: str, thread: str, parent: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    call_id = new_id()
    return {
        "project_id": project,
        "id": call_id,
        "trace_id": parent["trace_id"] if parent else new_id(),
        "parent_id": parent["id"] if parent else None,
        "op_name": "op",
        "thread_id": thread,
        "turn_id": parent["id"] if parent else call_id,
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:01Z",
        "attributes": {},
        "inputs": {},
        "summary": USAGE,
        **more,
    }


def usage(client: TestClient, project: str, *threads: str) -> list[dict[str, Any]]:
    answer = client.post("/weft/v1/threads/usage", json={"project_id": project, "thread_ids": threads})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["threads"]
    return found


def test_usage_is_counted_once_and_priced_where_a_price_is_known(app_client: TestClient, project: str) -> None:
    turn = call(project, "a")
    calls = [
        turn,
        call(project, "a", turn),
        call(project, "a", summary={}, exception="ValueError: no"),
        call(project, "b", summary={"usage": {"made-up-model": {"prompt_tokens": 7, "requests": 1}}}),
    ]
    assert app_client.post(f"/v2/{project}/calls/complete", json={"batch": calls}).status_code == 200
    none, b, a = usage(app_client, project, "none", "b", "a")
    assert (a["input_tokens"], a["output_tokens"], a["total_tokens"], a["failed_turns"]) == (1000, 100, 1100, 1)
    assert a["cost"] == pytest.approx(1000 * 2.5e-6 + 100 * 1e-5)
    assert (b["total_tokens"], b["cost"], b["failed_turns"]) == (7, None, 0)
    assert none == {
        "thread_id": "none",
        "input_tokens": 0,
        "output_tokens": 0,
        "total_tokens": 0,
        "cost": None,
        "failed_turns": 0,
    }


def test_too_many_threads_at_once_are_refused(app_client: TestClient, project: str) -> None:
    body = {"project_id": project, "thread_ids": [str(number) for number in range(201)]}
    assert app_client.post("/weft/v1/threads/usage", json=body).status_code == 422
