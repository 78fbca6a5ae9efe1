"""`GET /metrics`, `/health` and `/ready`: who may see them, what they count, what they say of a process that ends."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from weft.app import create_app
from weft.core.identity import Role
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

Start = Callable[..., TestClient]
Labels = dict[str, str]


@pytest.fixture
def start(tmp_path: Path, events_engine: EventsEngine, events_url: str) -> Iterator[Start]:
    opened = []

    def started(**more: object) -> TestClient:
        given = {"data": tmp_path / "data", "events_url": events_url, "scoring_worker": False, **more}
        client = TestClient(create_app(Settings(**given)), raise_server_exceptions=False)
        opened.append(client.__enter__())
        return client

    yield started
    for client in opened:
        client.__exit__(None, None, None)


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def _counted(client: TestClient, name: str) -> list[tuple[Labels, float]]:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return [
        (dict(sample.labels), sample.value) for family in families for sample in family.samples if sample.name == name
    ]


def _requests(client: TestClient) -> dict[tuple[str, str, str], float]:
    found = _counted(client, "weft_http_requests_total")
    return {(labels["method"], labels["route"], labels["status"]): value for labels, value in found}


def test_without_keys_everyone_on_this_machine_sees_the_metrics(start: Start) -> None:
    answer = start(auth="off").get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_with_keys_only_administrators_see_the_metrics(start: Start) -> None:
    client = start(auth="keys")
    keys = client.app.state.services.stores.keys  # type: ignore[attr-defined]
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=_bearer(keys.create_key("a", Role.viewer))).status_code == 403
    assert client.get("/metrics", headers=_bearer(keys.create_key("a", Role.admin, project="a/b"))).status_code == 403
    key = keys.create_key("root", Role.admin)
    assert client.get("/metrics", headers=_bearer(key)).status_code == 200
    basic = base64.b64encode(f"api:{key}".encode()).decode()
    assert client.get("/metrics", headers={"authorization": f"Basic {basic}"}).status_code == 200


def test_metrics_can_be_opened_to_scrapers_without_keys(start: Start) -> None:
    client = start(auth="keys", metrics_open=True)
    assert client.get("/metrics").status_code == 200
    assert client.get("/weft/v1/projects").status_code == 401


def test_requests_are_counted_by_route_and_never_by_path(start: Start, project: str) -> None:
    client = start(auth="off")
    for name in ("one", "two", "three"):
        client.get(f"/v2/{project}/evaluation_runs/{name}")
        client.get(f"/nowhere/{name}/at/all")
    client.request("BREW", "/health")
    client.post("/feedback/query", json={"project_id": project})
    client.post("/traces//feedback/query", json=7)
    found = _requests(client)
    runs = "/v2/{entity}/{project}/evaluation_runs/{evaluation_run_id}"
    assert found["GET", runs, "404"] == 3
    assert found["GET", "unmatched", "404"] == 3
    assert found["OTHER", "/health", "405"] == 1
    assert sum(value for (_, route, _), value in found.items() if route == "/feedback/query") == 2
    assert found["POST", "/feedback/query", "422"] == 1
    assert not [key for key in found if project in key[1] or "one" in key[1]]


def test_requests_are_timed_to_the_end_of_their_answers(start: Start) -> None:
    client = start(auth="off")
    client.get("/server_info")
    (timed,) = [
        value
        for labels, value in _counted(client, "weft_http_request_duration_seconds_count")
        if labels["route"] == "/server_info"
    ]
    assert timed == 1
    # The scrape itself.
    assert _counted(client, "weft_http_requests_in_progress") == [({}, 1)]


def test_a_scrape_has_what_the_stores_tell(start: Start, project: str) -> None:
    client = start(auth="off")
    ref = f"weave:///{project}/call/0190c6a8-0000-7000-8000-000000000000"
    body = {"project_id": project, "weave_ref": ref, "feedback_type": "wandb.note.1", "payload": {"note": "x"}}
    assert client.post("/feedback/create", json=body).status_code == 200
    assert ({"store": "entities"}, 1) in _counted(client, "weft_store_up")
    assert ({"store": "events"}, 1) in _counted(client, "weft_store_up")
    assert {labels["table"]: rows for labels, rows in _counted(client, "weft_events_rows")}["feedback"] >= 1
    assert ({"table": "feedback"}, 1) in _counted(client, "weft_group_commit_submissions_sum")
    assert ({"kind": "score", "state": "queued"}, 0) in _counted(client, "weft_scoring_queue_depth")
    assert next(labels for labels, _ in _counted(client, "weft_build_info"))["version"]


def test_ready_says_no_from_the_moment_the_process_is_told_to_end(start: Start) -> None:
    client = start(auth="off")
    assert client.get("/ready").json()["status"] == "ready"
    client.app.state.draining = True  # type: ignore[attr-defined]
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
    assert client.get("/health").status_code == 200
    assert client.get("/server_info").headers["connection"] == "close"


def test_health_is_that_of_the_process(start: Start) -> None:
    answer = start(auth="off", scoring_worker=True).get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_fails_when_the_worker_stands_still(start: Start) -> None:
    # No loop turns as fast as this asks for.
    client = start(auth="off", scoring_worker=True, worker_stall_seconds=1e-9)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "stalled")
    assert _counted(client, "weft_scoring_worker_stalled") == [({}, 1)]
    assert client.get("/ready").status_code == 200
